import { isDeepStrictEqual } from 'node:util';
import express, { type Request, type Response, type Router } from 'express';
import { parse } from 'yaml';
import type { Cluster } from './cluster.ts';
import { type ServedKind, KINDS } from './kinds.ts';
import { checkMachine, checkQuota, nodeObjects, quotaObject, refuseDuringDiskWork } from './machines.ts';
import type { Sent } from './objects.ts';
import type { KubeObject } from './state.ts';
import { StatusError, badRequest, expired, invalid, notFound } from './status.ts';
import { checkObject, mergePatch } from './validation.ts';
import { matches, watchObjects } from './watching.ts';

const MERGE = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

/** Everything that is done to objects: listing, watching, reading, making, changing, deleting. */
export function objectRoutes(cluster: Cluster): Router {
  const router = express.Router();
  for (const kind of Object.values<ServedKind>(KINDS)) {
    const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
    const path = `${root}${kind.clusterWide ? '' : '/namespaces/:namespace'}/${kind.plural}`;
    const serves = (verb: ServedKind['verbs'][number]): void => {
      if (!kind.verbs.includes(verb)) {
        throw new StatusError(
          405,
          'MethodNotAllowed',
          'the server does not allow this method on the requested resource',
        );
      }
    };
    router
      .route(path)
      .get((req, res) => {
        if (isTrue(req.query['watch'])) watchObjects(cluster.objects, kind, req, res);
        else listObjects(cluster, kind, req, res);
      })
      .post((req, res) => {
        serves('create');
        checkNamespace(cluster, req);
        res.status(201).json(createObject(cluster, kind, req.body, req.query['fieldValidation']));
      });
    router
      .route(`${path}/:name`)
      .get((req, res) => {
        res.json(present(cluster, kind, nameOf(req)));
      })
      .patch((req, res) => {
        checkNamespace(cluster, req);
        const type = req.get('content-type')?.split(';')[0] ?? '';
        const name = nameOf(req);
        if (type === APPLY) {
          serves('apply');
          if (typeof req.query['fieldManager'] !== 'string') {
            throw badRequest(
              'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
            );
          }
          const { object, isNew } = applyObject(
            cluster,
            kind,
            name,
            readApplied(req),
            req.query['fieldValidation'],
          );
          res.status(isNew ? 201 : 200).json(object);
          return;
        }
        serves('patch');
        if (type !== MERGE)
          throw new StatusError(
            415,
            'UnsupportedMediaType',
            `the body of the request was in an unknown format - accepted media types include: ${MERGE}, ${APPLY}`,
          );
        const before = present(cluster, kind, name);
        const merged = mergePatch(before, readJson(req)) as Sent;
        res.json(replaceObject(cluster, kind, before, merged, req.query['fieldValidation']));
      })
      .delete((req, res) => {
        serves('delete');
        const { preconditions } = (req.body ?? {}) as { preconditions?: { uid?: string } };
        const object = deleteObject(cluster, kind, nameOf(req), 'client', preconditions?.uid);
        res.json(object);
      });
  }
  return router;
}

/** Makes an object as a client's POST does. @throws StatusError for all that the server refuses. */
export function createObject(
  { objects, store, controller, ledger }: Cluster,
  kind: ServedKind,
  body: unknown,
  fieldValidation: unknown,
): KubeObject {
  const sent = checkObject(kind, body, fieldValidation);
  if (kind.plural === KINDS.vm.plural) {
    checkMachine(sent.metadata.name, sent);
    // A name that is taken is found out before the quota is charged.
    if (!objects.get(kind, sent.metadata.name)) checkQuota(objects, store.state, sent.metadata.name);
  }
  if (kind.plural === KINDS.restore.plural) checkRestore(objects, sent);
  const object = objects.create(kind, sent, controller.finalizersOf(kind));
  if (kind.plural === KINDS.claim.plural) {
    const { labels = {} } = object.metadata;
    ledger.record({ effect: 'claim.created', id: labels['tenure/instance'] ?? object.metadata.name });
  }
  if (kind.plural === KINDS.policy.plural) {
    ledger.record({ effect: 'policy.set', id: object.metadata.name });
  }
  controller.created(kind, object);
  return objects.get(kind, object.metadata.name) ?? object;
}

/** As the admission webhook of restores does: another machine's disks only go to a name that nobody has. */
function checkRestore(objects: Cluster['objects'], sent: Sent): void {
  const { target, virtualMachineSnapshotName } = sent['spec'] as {
    target: { name: string };
    virtualMachineSnapshotName: string;
  };
  const snapshot = objects.get(KINDS.snapshot, virtualMachineSnapshotName);
  const source = (snapshot?.['spec'] as { source: { name: string } } | undefined)?.source.name;
  if (source === undefined || source === target.name || !objects.get(KINDS.vm, target.name)) return;
  throw invalid(
    KINDS.restore,
    sent.metadata.name,
    'spec: restore source and restore target are different but restore target already exists',
  );
}

/** Creates or updates as server-side apply does, one manager being the owner of all. */
export function applyObject(
  cluster: Cluster,
  kind: ServedKind,
  name: string,
  body: unknown,
  fieldValidation: unknown,
): { object: KubeObject; isNew: boolean } {
  const before = cluster.objects.get(kind, name);
  if (!before) return { object: createObject(cluster, kind, body, fieldValidation), isNew: true };
  const sent = checkObject(kind, body, fieldValidation);
  const merged = {
    ...before,
    ...sent,
    metadata: { ...before.metadata, ...sent.metadata },
    status: before.status,
  };
  return { object: replaceObject(cluster, kind, before, merged, fieldValidation), isNew: false };
}

/** @param by who does it, for the ledger. */
export function deleteObject(
  { objects, controller, ledger }: Cluster,
  kind: ServedKind,
  name: string,
  by: 'client' | 'sandbox',
  uid?: string,
): KubeObject {
  const before = objects.get(kind, name);
  const isFirst = before !== undefined && before.metadata.deletionTimestamp === undefined;
  const object = objects.remove(kind, name, uid);
  if (isFirst && kind.plural === KINDS.vm.plural) {
    ledger.record({ effect: 'machine.deleted', id: name, detail: { by } });
  }
  if (isFirst && kind.plural === KINDS.claim.plural) {
    ledger.record({ effect: 'claim.deleted', id: object.metadata.labels?.['tenure/instance'] ?? name });
  }
  controller.deleted(kind, object);
  return object;
}

function replaceObject(
  { objects, controller, ledger }: Cluster,
  kind: ServedKind,
  before: KubeObject,
  merged: Sent,
  fieldValidation: unknown,
): KubeObject {
  const { name } = before.metadata;
  const sent = checkObject(kind, merged, fieldValidation);
  const isSpecChanged = !isDeepStrictEqual(before.spec, sent.spec);
  if (kind.plural === KINDS.vm.plural && isSpecChanged) {
    checkMachine(name, sent);
    refuseDuringDiskWork(before, sent);
  }
  const after = objects.update(kind, name, (object) => {
    const { uid, resourceVersion, creationTimestamp, deletionTimestamp, generation, finalizers } =
      object.metadata;
    const kept = { uid, resourceVersion, creationTimestamp, deletionTimestamp, generation, finalizers };
    for (const part of Object.keys(object)) if (!(part in sent)) delete object[part];
    Object.assign(object, sent, {
      metadata: { ...sent.metadata, ...withoutUndefined(kept) },
      status: object.status,
    });
    if (object.status === undefined) delete object.status;
  });
  if (after !== before) {
    if (kind.plural === KINDS.policy.plural) ledger.record({ effect: 'policy.set', id: name });
    controller.changed(kind, before, after);
  }
  return after;
}

function listObjects(cluster: Cluster, kind: ServedKind, req: Request, res: Response): void {
  const { objects } = cluster;
  const { limit, continue: token } = req.query;
  let all = allOf(cluster, kind, req).filter((object) => matches(object, req.query));
  const isNarrowed = req.query['labelSelector'] !== undefined || req.query['fieldSelector'] !== undefined;
  if (typeof token === 'string' && token !== '') {
    const { version, last } = readToken(token);
    if (objects.isForgotten(version)) throw expired();
    all = all.filter(({ metadata }) => metadata.name > last);
  }
  const size = Number(limit ?? 0);
  const items = size > 0 ? all.slice(0, size) : all;
  const rest = all.length - items.length;
  const last = items.at(-1)?.metadata.name ?? '';
  const next = Buffer.from(JSON.stringify({ version: objects.version(), last })).toString('base64url');
  res.json({
    apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
    kind: `${kind.kind}List`,
    metadata: {
      resourceVersion: String(objects.version()),
      ...(rest > 0 && { continue: next, ...(!isNarrowed && { remainingItemCount: rest }) }),
    },
    items,
  });
}

function allOf(cluster: Cluster, kind: ServedKind, req: Request): KubeObject[] {
  const { objects, store, namespace } = cluster;
  if (kind.plural === KINDS.node.plural) return nodeObjects(store.state);
  if (req.params['namespace'] !== namespace) return [];
  if (kind.plural === KINDS.quota.plural) return [quotaObject(objects, store.state, namespace)];
  return objects.list(kind);
}

function present({ objects }: Cluster, kind: ServedKind, name: string): KubeObject {
  const object = objects.get(kind, name);
  if (!object) throw notFound(kind, name);
  return object;
}

function checkNamespace({ namespace }: Cluster, req: Request): void {
  const asked = String(req.params['namespace']);
  if (asked !== namespace) throw notFound({ group: '', plural: 'namespaces' }, asked);
  const { metadata } = (req.body ?? {}) as { metadata?: { namespace?: string } };
  if (metadata?.namespace !== undefined && metadata.namespace !== asked) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

function readJson(req: Request): unknown {
  if (typeof req.body === 'object' && req.body !== null) return req.body;
  throw badRequest('the body of the request is not JSON');
}

function readApplied(req: Request): unknown {
  return typeof req.body === 'string' ? parse(req.body) : readJson(req);
}

function readToken(token: string): { version: number; last: string } {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as { version: number; last: string };
  } catch {
    throw badRequest('continue key is not valid');
  }
}

function withoutUndefined(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

const nameOf = (req: Request): string => String(req.params['name']);
const isTrue = (value: unknown): boolean => value === 'true' || value === '1';
