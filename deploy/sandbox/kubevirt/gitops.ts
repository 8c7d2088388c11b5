/** A small Flux: applies the manifests of a folder in a repository, and prunes what was in it and is no more. */
import * as fs from 'node:fs';
import git from 'isomorphic-git';
import type { Logger } from 'pino';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from './cluster.ts';
import { KINDS, type ServedKind } from './kinds.ts';
import { applyObject, deleteObject } from './object-routes.ts';
import { StatusError } from './status.ts';

export interface GitSource {
  /** A bare repository on this machine. */
  gitdir: string;
  branch: string;
  /** Folder of the manifests; empty for all of the repository's top. */
  folder: string;
  intervalMs: number;
}

export interface GitReconciler {
  /** Applies the head of the branch; nothing if it is applied already. */
  reconcile(): Promise<void>;
  suspend(): void;
  resume(): void;
  stop(): void;
}

/** On everything that was applied, so that it is known what to prune. */
const OWNER_LABEL = 'kustomize.toolkit.fluxcd.io/name';
const OWNER = 'tenure';

interface Applied {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
}

export function createGitReconciler(cluster: Cluster, source: GitSource, logger: Logger): GitReconciler {
  const { gitdir, branch, folder, intervalMs } = source;
  const { store, objects } = cluster;
  const applicable = Object.values<ServedKind>(KINDS).filter(({ verbs }) => verbs.includes('apply'));
  let turn = Promise.resolve();
  let isSuspended = false;

  const apply = async (): Promise<void> => {
    const head = await git.resolveRef({ fs, gitdir, ref: `refs/heads/${branch}` }).catch(() => '');
    if (head === '' || head === store.state.appliedCommit) return;
    const manifests = await readManifests(gitdir, head, folder);
    const seen = new Set<string>();
    let hasFailed = false;
    for (const manifest of manifests) {
      const kind = applicable.find(
        ({ group, version, kind: name }) =>
          name === manifest.kind && `${group}/${version}` === manifest.apiVersion,
      );
      if (!kind) continue;
      const { name } = manifest.metadata;
      seen.add(`${kind.plural}/${name}`);
      const labels = { ...manifest.metadata.labels, [OWNER_LABEL]: OWNER };
      const owned = { ...manifest, metadata: { ...manifest.metadata, labels } };
      try {
        applyObject(cluster, kind, name, owned, 'Strict');
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        // As Flux does: one that is refused is tried again, and does not hold up the others.
        hasFailed = true;
        logger.warn({ err: error, name }, 'a manifest was refused');
      }
    }
    for (const kind of applicable) {
      for (const { metadata } of objects.list(kind)) {
        const isOurs = metadata.labels?.[OWNER_LABEL] === OWNER && metadata.deletionTimestamp === undefined;
        if (isOurs && !seen.has(`${kind.plural}/${metadata.name}`)) {
          deleteObject(cluster, kind, metadata.name, 'client');
        }
      }
    }
    store.state.appliedCommit = hasFailed ? '' : head;
    store.saveAll('appliedCommit');
  };
  const reconcile = (): Promise<void> => {
    turn = turn.then(apply, apply);
    return turn;
  };
  const timer = setInterval(() => {
    if (isSuspended) return;
    reconcile().catch((error: unknown) =>
      logger.error({ err: error }, 'the repository could not be applied'),
    );
  }, intervalMs);

  return {
    reconcile,
    suspend: () => (isSuspended = true),
    resume: () => (isSuspended = false),
    stop: () => clearInterval(timer),
  };
}

async function readManifests(gitdir: string, oid: string, folder: string): Promise<Applied[]> {
  const filepath = folder === '' ? undefined : folder;
  const found = await git.readTree({ fs, gitdir, oid, filepath }).catch(() => ({ tree: [] }));
  const manifests: Applied[] = [];
  for (const entry of found.tree) {
    if (entry.type !== 'blob' || !/\.ya?ml$/.test(entry.path)) continue;
    const { blob } = await git.readBlob({ fs, gitdir, oid: entry.oid });
    for (const document of parseAllDocuments(Buffer.from(blob).toString('utf8'))) {
      manifests.push(document.toJS() as Applied);
    }
  }
  return manifests;
}
