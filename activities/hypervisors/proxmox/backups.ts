/**
 * Snapshots, as backups on a storage of their own (vzdump): Proxmox VE's own snapshots end with their machine, and these do not.
 *
 * The key stands in the backup's notes. Until it is complete a backup is in no list; then its job's log tells of it, whose first
 * line repeats the job's options.
 */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { NOT_FOUND } from '../../http/failures.ts';
import { HYPERVISOR_REASONS as REASONS, type ProviderSnapshot } from '../port.ts';
import type { Machine, Machines } from './machines.ts';
import { decodeKey, digest, encodeKey, readRef, refOf } from './marks.ts';
import { type Session, taskPath, vmPath } from './session.ts';
import { Backups, Resource, TaskLog, Tasks } from './wire.ts';

export interface BackupOptions {
  /** A storage for backups; `null` if there is none. */
  storage: string | null;
}

export interface BackupMethods {
  createSnapshot(ref: string, key: string): Promise<ProviderSnapshot>;
  findSnapshotsByKey(key: string): Promise<ProviderSnapshot[]>;
  getSnapshot(snapshotRef: string): Promise<ProviderSnapshot | null>;
  listSnapshots(): AsyncIterable<ProviderSnapshot>;
  deleteSnapshot(snapshotRef: string): Promise<void>;
  restoreSnapshot(ref: string, snapshotRef: string): Promise<void>;
}

/** A backup with where it lies; `volume` is `null` while it is being written. */
interface Backup extends ProviderSnapshot {
  node: string;
  volume: string | null;
  /** The reference of the machine that it was made of. */
  owner: string | null;
}

const NOTES = /tenure:([^\s'"@]+)@(\d+-[0-9a-f]{12})/;
const JOB_LINES = 20;

export function createBackups(
  session: Session,
  machines: Machines,
  { storage }: BackupOptions,
): BackupMethods {
  const storagePath = (node: string, part: string): string =>
    `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(storage ?? '')}/${part}`;

  /** Nodes whose lists of the storage make up all of it. */
  async function keepers(): Promise<{ nodes: string[]; lists: string[] }> {
    const rows = await session.read(z.array(Resource), '/cluster/resources');
    const nodes = rows.flatMap(({ type, node, status }) =>
      type === 'node' && status === 'online' && node !== undefined ? [node] : [],
    );
    const having = rows.filter(
      (row) => row.type === 'storage' && row.storage === storage && nodes.includes(row.node ?? ''),
    );
    if (having.length === 0) {
      const message = `The storage ${storage} for backups is on no node that is online.`;
      throw new TenureFailure('retryable', message, {
        reason: 'no-backup-storage',
        nextStep: 'Check PROXMOX_BACKUP_STORAGE, the storage, and the rights of the token on it.',
      });
    }
    const lists = having.map(({ node = '' }) => node);
    return { nodes, lists: having.every(({ shared }) => shared) ? lists.slice(0, 1) : lists };
  }

  /** Jobs first: one that ends in between is then in the list, and seen twice rather than never. */
  async function all(): Promise<Backup[]> {
    const { nodes, lists } = await keepers();
    const found = new Map<string, Backup>();
    for (const node of nodes) for (const backup of await underWay(node)) found.set(backup.ref, backup);
    for (const node of lists) {
      const written = await session.read(Backups, storagePath(node, 'content'), { content: 'backup' });
      for (const { volid, size, notes = '', vmid = 100 } of written) {
        const { key, owner } = readNotes(notes);
        const ref = `${vmid}-${digest(key ?? volid)}`;
        const volumes = { node, volume: volid, owner };
        found.set(`${ref} ${volid}`, { ref, key, state: 'complete', sizeBytes: size ?? null, ...volumes });
        found.delete(ref);
      }
    }
    return [...found.values()];
  }

  async function underWay(node: string): Promise<Backup[]> {
    const path = `/nodes/${encodeURIComponent(node)}/tasks`;
    const tasks = await session.read(Tasks, path, { source: 'active', typefilter: 'vzdump' });
    const backups: Backup[] = [];
    for (const { upid, endtime } of tasks) {
      if (endtime !== undefined) continue;
      const lines = await session.read(TaskLog, taskPath(upid, 'log'), { limit: JOB_LINES });
      const begin = lines.find(({ t }) => t.includes('starting new backup job'))?.t;
      if (begin === undefined) {
        throw new TenureFailure('retryable', 'A backup has just begun and does not yet tell of what.', {
          reason: REASONS.locked,
        });
      }
      const { key, owner } = readNotes(begin);
      if (key === null || owner === null) continue;
      const ref = `${readRef(owner).vmid}-${digest(key)}`;
      backups.push({ ref, key, state: 'pending', sizeBytes: null, node, volume: null, owner });
    }
    return backups;
  }

  const withRef = async (snapshotRef: string): Promise<Backup[]> => {
    const { digest: wanted } = readRef(snapshotRef);
    // The form of a machine that is not ours: no backup has it.
    if (wanted === null) return [];
    return (await all()).filter(({ ref }) => ref === snapshotRef);
  };

  const demandStorage = (): void => {
    if (storage !== null) return;
    throw new TenureFailure('refused', 'Proxmox VE has no storage for backups here.', {
      reason: REASONS.unsupported,
      nextStep: 'Set PROXMOX_BACKUP_STORAGE.',
    });
  };

  return {
    async createSnapshot(ref, key) {
      demandStorage();
      const { vmid, node, mark } = await machines.demand(ref);
      const owner = refOf(vmid, mark?.key ?? String(vmid));
      await session.post(`/nodes/${encodeURIComponent(node)}/vzdump`, {
        vmid: String(vmid),
        storage: storage ?? '',
        mode: 'snapshot',
        compress: 'zstd',
        // Older ones are not ours to prune.
        remove: 0,
        'notes-template': `tenure:${encodeKey(key)}@${owner}`,
      });
      return { ref: `${vmid}-${digest(key)}`, key, state: 'pending', sizeBytes: null };
    },

    async findSnapshotsByKey(key) {
      if (storage === null) return [];
      return onePerRef((await all()).filter((backup) => backup.key === key));
    },

    async getSnapshot(snapshotRef) {
      readRef(snapshotRef);
      if (storage === null) return null;
      return onePerRef(await withRef(snapshotRef))[0] ?? null;
    },

    async *listSnapshots() {
      if (storage !== null) yield* onePerRef(await all());
    },

    async deleteSnapshot(snapshotRef) {
      readRef(snapshotRef);
      if (storage === null) return;
      for (const { node, volume } of await withRef(snapshotRef)) {
        if (volume === null) throw stillBusy('The backup is still being written.');
        const upid = await removeVolume(storagePath(node, `content/${encodeURIComponent(volume)}`));
        if (upid !== null) await session.settle(upid);
      }
    },

    async restoreSnapshot(ref, snapshotRef) {
      readRef(snapshotRef);
      demandStorage();
      const machine = await machines.demand(ref);
      const [backup] = await withRef(snapshotRef);
      const owner = refOf(machine.vmid, machine.mark?.key ?? String(machine.vmid));
      // Whoever had this id before must not be restored into another's machine.
      if (backup?.volume == null || backup.owner !== owner) {
        throw new TenureFailure('refused', `The machine has no complete snapshot ${snapshotRef}.`, {
          reason: NOT_FOUND,
        });
      }
      const { volume } = backup;
      const putBack = async (): Promise<string> => {
        const current = await machines.demand(ref);
        await switchOffHard(session, current);
        const { vmid, node } = current;
        const body = { vmid, archive: volume, force: 1, start: 1 };
        return session.post(`/nodes/${encodeURIComponent(node)}/qemu`, body);
      };
      // The restoring before this one may start the machine just now; what is refused for that has changed nothing.
      const upid = await putBack().catch((error: unknown) => {
        if (!(error instanceof TenureFailure && error.message.includes('vm is running'))) throw error;
        return putBack();
      });
      await session.settle(upid);
    },
  };

  async function removeVolume(path: string): Promise<string | null> {
    try {
      return await session.remove(path);
    } catch (error) {
      if (error instanceof TenureFailure && error.details.reason === NOT_FOUND) return null;
      throw error;
    }
  }
}

/** Pulls the plug and waits until it is off. @throws TenureFailure `retryable` (`locked`) if that takes too long */
export async function switchOffHard(session: Session, { vmid, node, isRunning }: Machine): Promise<void> {
  if (!isRunning) return;
  const isOff = await session.settle(await session.post(vmPath(node, vmid, 'status/stop'), {}));
  if (!isOff) throw stillBusy('The machine is still being switched off.');
}

function stillBusy(message: string): TenureFailure {
  return new TenureFailure('retryable', message, { reason: REASONS.locked });
}

function readNotes(notes: string): { key: string | null; owner: string | null } {
  const [, key, owner] = NOTES.exec(notes) ?? [];
  return { key: key === undefined ? null : decodeKey(key), owner: owner ?? null };
}

/** Two backups may bear one key, after a lost answer; they are one to the caller, complete if one is. */
function onePerRef(backups: Backup[]): ProviderSnapshot[] {
  const byRef = new Map<string, ProviderSnapshot>();
  for (const { ref, key, state, sizeBytes } of backups) {
    if (byRef.get(ref)?.state !== 'complete') byRef.set(ref, { ref, key, state, sizeBytes });
  }
  return [...byRef.values()];
}
