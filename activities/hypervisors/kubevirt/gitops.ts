/**
 * GitOps mode: a change is a commit of manifests, and Flux applies it. What has been pushed will come about, also if this
 * process dies; what has not been pushed has not happened. Saying the same twice makes no second commit.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { TenureFailure } from '../../../schemas/failures.ts';
import { NOT_FOUND } from '../../http/failures.ts';
import { type Cluster, unlessGone } from './cluster.ts';
import { notYet } from './failures.ts';
import { rulesOf, sameRules } from './firewall.ts';
import type { GitRepository } from './git-repository.ts';
import type { Manifest } from './manifests.ts';
import { Snapshot, Vm, willRun } from './shapes.ts';
import { type Writes, checkOurs, missing } from './writes.ts';

export interface GitOpsOptions {
  repository: GitRepository;
  /** Folder of the manifests within the repository; Flux's Kustomization points to it. */
  folder: string;
  /** How long Flux may take to apply a commit, in ms. */
  waitMs: number;
}

const POLL_MS = 500;

type FileKind = 'virtualmachine' | 'virtualmachinesnapshot' | 'networkpolicy';

export function createGitOpsWrites(cluster: Cluster, options: GitOpsOptions): Writes {
  const { repository, folder, waitMs } = options;
  const { vms, snapshots, client, namespace } = cluster;
  const fileOf = (kind: FileKind, name: string): string =>
    [...folder.split('/').filter(Boolean), `${kind}-${name}.yaml`].join('/');

  async function order<T extends Vm | Snapshot>(
    kind: FileKind,
    manifest: Manifest,
    read: (object: unknown) => T,
  ): Promise<T> {
    const { name } = manifest.metadata;
    const file = fileOf(kind, name);
    let ordered = manifest;
    await repository.commit(`Order ${manifest.kind} ${name}`, async (readFile) => {
      const present = await readFile(file);
      ordered = present === null ? manifest : (parse(present) as Manifest);
      return present === null ? { [file]: stringify(manifest) } : {};
    });
    return checkOurs(read(ordered), manifest);
  }

  async function change(
    name: string,
    patch: Record<string, unknown>,
    isDone: (vm: Vm) => boolean,
    what: string,
  ): Promise<void> {
    const file = fileOf('virtualmachine', name);
    await repository.commit(`${what} VirtualMachine ${name}`, async (readFile) => {
      const present = await readFile(file);
      if (present === null) throw notInRepository(name, (await vms.get(name)) !== null, file);
      const before = parse(present) as Manifest;
      const after = mergePatch(before, patch);
      return isDeepStrictEqual(before, after) ? {} : { [file]: stringify(after) };
    });
    const isApplied = await vms.until(name, (vm) => vm !== null && isDone(vm), waitMs);
    if (!isApplied) throw notYet(`Flux has not applied the change of ${name}; look at its Kustomization`);
  }

  async function remove(kinds: FileKind[], name: string): Promise<void> {
    await repository.commit(`Remove ${name}`, async (readFile) => {
      const removed: Record<string, null> = {};
      for (const file of kinds.map((kind) => fileOf(kind, name))) {
        if ((await readFile(file)) !== null) removed[file] = null;
      }
      return removed;
    });
  }

  return {
    createMachine: (manifest) => order('virtualmachine', manifest, (object) => Vm.parse(object)),

    changeMachine: (name, patch, isDone) => change(name, patch, isDone, 'Change'),

    async setPower(name, isToRun) {
      const runStrategy = isToRun ? 'Always' : 'Halted';
      const isDone = (vm: Vm): boolean => willRun(vm) === isToRun;
      await change(name, { spec: { runStrategy } }, isDone, isToRun ? 'Start' : 'Stop');
    },

    async removeMachine(name) {
      await remove(['virtualmachine', 'networkpolicy'], name);
      if (await vms.until(name, (vm) => vm === null, waitMs)) return;
      throw notYet(`Flux has not removed ${name}; its Kustomization must prune`);
    },

    createSnapshot: (manifest) =>
      order('virtualmachinesnapshot', manifest, (object) => Snapshot.parse(object)),

    async removeSnapshot(name) {
      await remove(['virtualmachinesnapshot'], name);
      if (await snapshots.until(name, (seen) => seen === null, waitMs)) return;
      throw notYet(`Flux has not removed snapshot ${name}; its Kustomization must prune`);
    },

    async applyFirewall(manifest, rules) {
      const { name } = manifest.metadata;
      const { networking } = await client();
      const file = fileOf('networkpolicy', name);
      await repository.commit(`Set firewall of ${name}`, async () => ({ [file]: stringify(manifest) }));
      const untilMs = Date.now() + waitMs;
      do {
        const policy = await unlessGone(networking.readNamespacedNetworkPolicy({ name, namespace }));
        if (policy !== null && sameRules(rulesOf(policy), rules)) return;
        await sleep(Math.min(POLL_MS, waitMs));
      } while (Date.now() < untilMs);
      throw notYet(`Flux has not applied the firewall of ${name}`);
    },

    async orderedMachine(name) {
      const text = await repository.read(fileOf('virtualmachine', name));
      return text === null ? null : Vm.parse(parse(text));
    },

    async *orderedMachines() {
      for await (const { file, text } of repository.files(folder)) {
        if (file.startsWith('virtualmachine-')) yield Vm.parse(parse(text));
      }
    },

    async orderedSnapshot(name) {
      const text = await repository.read(fileOf('virtualmachinesnapshot', name));
      return text === null ? null : Snapshot.parse(parse(text));
    },
  };
}

/** RFC 7396, on copies. */
export function mergePatch<T>(target: T, patch: unknown): T {
  if (!isObject(patch)) return patch as T;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A machine that the cluster has and the repository has not was made otherwise; a change of it would be undone. */
function notInRepository(name: string, isInCluster: boolean, file: string): TenureFailure {
  if (!isInCluster) return missing(name);
  return new TenureFailure('needs-a-human', `${name} is in the cluster, but not in the git repository.`, {
    reason: NOT_FOUND,
    nextStep: `Commit its manifest as ${file}, then retry.`,
  });
}
