/** A provider that answers at once, in the worker's own process: what is left of an activity's time is the product's. */
import type { Hypervisor, ProviderInstance } from '../../../activities/hypervisors/port.ts';
import type { ProbeTarget } from '../../../activities/access/probe.ts';

const running = (ref: string, key: string | null, region: string): ProviderInstance => ({
  ref,
  key,
  region,
  state: 'running',
  address: '127.0.0.1',
  createdAt: null,
  name: ref,
  size: '',
});

/** Every instance runs from its creation on; its reference is its key. */
export function stillHypervisor(name: string): Hypervisor {
  const states = new Map<string, ProviderInstance>();
  const set = async (ref: string, state: 'running' | 'stopped'): Promise<void> => {
    const known = states.get(ref);
    if (known) states.set(ref, { ...known, state });
  };
  return {
    name,
    capabilities: {
      snapshots: false,
      snapshotsOutlive: false,
      lacks: {},
      billsWhileStopped: true,
      userData: true,
      restoresElsewhere: false,
      protocols: ['ssh', 'rdp', 'web'],
    },
    createSettleMs: 1,
    pollMs: 1,
    requestsPerSecond: 10_000,
    operations: {},
    checkPlan: () => undefined,
    sizeOf: () => '',
    isInRegion: () => true,
    capacity: async () => [],
    async create({ key, region }) {
      const made = running(key, key, region);
      states.set(key, made);
      return made;
    },
    findByKey: async (key) => [...states.values()].filter((instance) => instance.key === key),
    get: async (ref) => states.get(ref) ?? null,
    async *list() {
      yield* states.values();
    },
    start: (ref) => set(ref, 'running'),
    stop: (ref) => set(ref, 'stopped'),
    async delete(ref) {
      states.delete(ref);
    },
    createSnapshot: async (ref, key) => ({ ref, key, state: 'complete', sizeBytes: 0 }),
    findSnapshotsByKey: async () => [],
    getSnapshot: async () => null,
    async *listSnapshots() {
      yield* [];
    },
    deleteSnapshot: async () => undefined,
  };
}

/** Every login works at once. */
export async function stillProbe({ address }: ProbeTarget): Promise<{ identity: string }> {
  return { identity: `SHA256:${address}` };
}
