/** A namespace of a Kubernetes cluster: its objects by kind, and what can be done to them. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { createApi } from '../../http/api.ts';
import { createHttpClient } from '../../http/client.ts';
import { NOT_FOUND, UNEXPECTED_ANSWER, answerLost } from '../../http/failures.ts';
import type { Pace } from '../../http/pace.ts';
import { type Page, readPages } from '../../http/paging.ts';
import { type Client, lazyClient } from './client.ts';
import { failureOf, isFailure } from './failures.ts';
import type { Manifest } from './manifests.ts';
import { MANAGER } from './names.ts';
import { Named, Restore, Snapshot, SnapshotContent, Vm, Vmi } from './shapes.ts';
import { type Waiting, createWaiting } from './waiting.ts';

export interface ClusterOptions {
  /** The API server, e.g. `https://10.0.0.1:6443`. */
  apiBase: string;
  /** Bearer token of a service account. */
  token: string;
  namespace: string;
  /** PEM of the authority that signed the server's certificate; default: the system's. */
  ca?: string;
  /** Time limit of one call, in ms. */
  timeoutMs: number;
  requestsPerSecond: number;
  pace?: Pace;
}

/** The objects of one kind in the namespace. */
export interface Kind<T> {
  /** `null` if there is none of that name. */
  get(name: string): Promise<T | null>;
  /** @throws TenureFailure `refused` (`already-exists`) if there is one of that name. */
  create(manifest: Manifest): Promise<T>;
  /** Changes what the JSON merge patch (RFC 7396) says. */
  patch(name: string, change: Record<string, unknown>): Promise<T>;
  /** Accepts the deletion; succeeds if it is gone. @param uid only this one, not one made anew under its name. */
  remove(name: string, uid?: string): Promise<void>;
  /** All of them in the order of their names, page by page. */
  pages(labelSelector?: string): AsyncIterable<Page<T>>;
  /**
   * Waits, by watching, until the object (`null`: there is none) is as wanted.
   *
   * @returns whether it became so in time.
   */
  until(name: string, isWanted: (seen: T | null) => boolean, waitMs: number): Promise<boolean>;
}

export interface Cluster {
  readonly namespace: string;
  vms: Kind<Vm>;
  vmis: Kind<Vmi>;
  snapshots: Kind<Snapshot>;
  contents: Kind<z.output<typeof SnapshotContent>>;
  restores: Kind<Restore>;
  /** CDI's disks, made from a machine's `dataVolumeTemplates`. */
  dataVolumes: Kind<Named>;
  /** The generated client, for the kinds that Kubernetes itself has. */
  client(): Promise<Client>;
  /** Creates or updates by server-side apply; saying it twice changes nothing. */
  applySecret(manifest: Manifest): Promise<void>;
  applyNetworkPolicy(manifest: Manifest): Promise<void>;
  /** `PUT …/virtualmachines/{name}/{action}`. */
  act(name: string, action: string, body: unknown): Promise<void>;
}

/** The largest page that is asked for. */
const PAGE_SIZE = 500;

/** Opens the namespace; nothing is sent yet. */
export function openCluster(options: ClusterOptions): Cluster {
  const { apiBase, token, namespace, ca, timeoutMs, requestsPerSecond, pace } = options;
  const http = createHttpClient({
    api: 'KubeVirt',
    baseUrl: apiBase,
    timeoutMs,
    headers: { Authorization: `Bearer ${token}` },
    requestsPerSecond,
    pace,
    ...(ca !== undefined && { ca }),
  });
  const api = createApi(http, (exchange) => failureOf(exchange, [token]));
  const client = lazyClient(options, api);
  const waiting = createWaiting(async () => (await client()).watch);

  const kindOf = <T>(group: string, version: string, plural: string, shape: z.ZodType<T>): Kind<T> =>
    createKind(client, waiting, { group, version, namespace, plural }, shape);
  const snapshotKind = <T>(plural: string, shape: z.ZodType<T>): Kind<T> =>
    kindOf('snapshot.kubevirt.io', 'v1beta1', plural, shape);
  const applied = { namespace, fieldManager: MANAGER, fieldValidation: 'Strict', force: true };

  return {
    namespace,
    vms: kindOf('kubevirt.io', 'v1', 'virtualmachines', Vm),
    vmis: kindOf('kubevirt.io', 'v1', 'virtualmachineinstances', Vmi),
    snapshots: snapshotKind('virtualmachinesnapshots', Snapshot),
    contents: snapshotKind('virtualmachinesnapshotcontents', SnapshotContent),
    restores: snapshotKind('virtualmachinerestores', Restore),
    dataVolumes: kindOf('cdi.kubevirt.io', 'v1beta1', 'datavolumes', Named),
    client,
    applySecret: async (body) => {
      const { core, apply } = await client();
      await core.patchNamespacedSecret({ ...applied, name: body.metadata.name, body }, apply);
    },
    applyNetworkPolicy: async (body) => {
      const { networking, apply } = await client();
      await networking.patchNamespacedNetworkPolicy({ ...applied, name: body.metadata.name, body }, apply);
    },
    act: async (name, action, body) => {
      const machine = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${name}`;
      await api.call({ method: 'PUT', path: `${machine}/${action}`, body });
    },
  };
}

/** `null` in place of the failure `not-found`. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isFailure(error, NOT_FOUND)) return null;
    throw error;
  }
}

interface Place {
  group: string;
  version: string;
  namespace: string;
  plural: string;
}

function createKind<T>(
  client: () => Promise<Client>,
  waiting: Waiting,
  place: Place,
  shape: z.ZodType<T>,
): Kind<T> {
  const { group, version, namespace, plural } = place;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
  const List = z.object({
    metadata: z.object({ continue: z.string().optional(), resourceVersion: z.string().optional() }),
    items: z.array(shape),
  });
  const strict = { fieldManager: MANAGER, fieldValidation: 'Strict' };
  const readOne = (answer: unknown, change?: string): T => read(shape, answer, plural, change);
  const list = async (query: {
    limit?: number;
    _continue?: string;
    labelSelector?: string;
    fieldSelector?: string;
  }) => {
    const { custom } = await client();
    return read(List, await custom.listNamespacedCustomObject({ ...place, ...query }), plural);
  };

  return {
    async get(name) {
      const { custom } = await client();
      const answer: unknown = await unlessGone(custom.getNamespacedCustomObject({ ...place, name }));
      return answer === null ? null : readOne(answer);
    },
    async create(body) {
      const { custom } = await client();
      return readOne(await custom.createNamespacedCustomObject({ ...place, ...strict, body }), 'creating');
    },
    async patch(name, body) {
      const { custom, merge } = await client();
      const change = { ...place, ...strict, name, body };
      return readOne(await custom.patchNamespacedCustomObject(change, merge), 'changing');
    },
    async remove(name, uid) {
      const { custom } = await client();
      const body = uid === undefined ? {} : { preconditions: { uid } };
      await unlessGone(custom.deleteNamespacedCustomObject({ ...place, name, body }));
    },
    pages: (labelSelector) =>
      readPages(
        async (cursor) => {
          const { items, metadata } = await list({
            limit: PAGE_SIZE,
            ...(cursor !== '' && { _continue: cursor }),
            ...(labelSelector !== undefined && { labelSelector }),
          });
          // Pages are cut from one consistent list, so that nothing can slip away between them.
          return { items, total: 0, next: metadata.continue ?? '' };
        },
        (item) => (item as { metadata: { name: string } }).metadata.name,
      ),
    until: (name, isWanted, waitMs) =>
      waiting.until({
        path,
        name,
        list: async () => {
          const { items, metadata } = await list({ fieldSelector: `metadata.name=${name}` });
          return { seen: items[0] ?? null, resourceVersion: metadata.resourceVersion ?? '' };
        },
        read: (object) => shape.safeParse(object).data,
        isWanted,
        waitMs,
      }),
  };
}

function read<T>(shape: z.ZodType<T>, answer: unknown, plural: string, change?: string): T {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const wrong = `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'unreadable'}`;
  const message = `KubeVirt answered about ${plural} in an unexpected way (${wrong}).`;
  if (change !== undefined) throw answerLost(message, UNEXPECTED_ANSWER);
  throw new TenureFailure('retryable', message, {
    reason: UNEXPECTED_ANSWER,
    nextStep: 'If it stays so, KubeVirt’s API has changed and its driver must follow.',
  });
}
