/** Reading machines together with their running side, which has their addresses. */
import type { Page } from '../../http/paging.ts';
import type { ProviderInstance } from '../port.ts';
import type { Cluster } from './cluster.ts';
import { ANNOTATIONS, LABELS, keyLabel } from './names.ts';
import { type Vm, type Vmi, toInstance } from './shapes.ts';
import type { Writes } from './writes.ts';

export interface Inventory {
  get(name: string): Promise<ProviderInstance | null>;
  findByKey(key: string): Promise<ProviderInstance[]>;
  list(): AsyncIterable<ProviderInstance>;
  /** The machine with what is known of its present run. */
  withRunning(vm: Vm): Promise<ProviderInstance>;
}

export function createInventory({ vms, vmis }: Cluster, writes: Writes): Inventory {
  const withRunning = async (vm: Vm): Promise<ProviderInstance> =>
    toInstance(vm, await vmis.get(vm.metadata.name));
  const isOf = (key: string, { metadata }: Vm): boolean => metadata.annotations?.[ANNOTATIONS.key] === key;

  return {
    withRunning,

    async get(name) {
      const vm = await vms.get(name);
      if (vm !== null) return withRunning(vm);
      const ordered = await writes.orderedMachine(name);
      return ordered && toInstance(ordered, null);
    },

    async findByKey(key) {
      const found: Vm[] = [];
      for await (const { items } of vms.pages(`${LABELS.key}=${keyLabel(key)}`)) {
        found.push(...items.filter((vm) => isOf(key, vm)));
      }
      if (found.length > 0) return Promise.all(found.map(withRunning));
      const ordered: ProviderInstance[] = [];
      for await (const vm of writes.orderedMachines()) if (isOf(key, vm)) ordered.push(toInstance(vm, null));
      return ordered;
    },

    async *list() {
      const applied = new Set<string>();
      for await (const [vm, vmi] of joined(vms.pages(), vmis.pages())) {
        applied.add(vm.metadata.name);
        yield toInstance(vm, vmi);
      }
      for await (const vm of writes.orderedMachines()) {
        if (!applied.has(vm.metadata.name)) yield toInstance(vm, null);
      }
    },
  };
}

/** Both lists come in the order of their names, so that one page of each at a time is enough. */
async function* joined(
  vmPages: AsyncIterable<Page<Vm>>,
  vmiPages: AsyncIterable<Page<Vmi>>,
): AsyncGenerator<[Vm, Vmi | null]> {
  const vmis = itemsOf(vmiPages)[Symbol.asyncIterator]();
  try {
    let running = await vmis.next();
    for await (const vm of itemsOf(vmPages)) {
      const { name } = vm.metadata;
      while (!running.done && running.value.metadata.name < name) running = await vmis.next();
      yield [vm, !running.done && running.value.metadata.name === name ? running.value : null];
    }
  } finally {
    await vmis.return?.(undefined);
  }
}

async function* itemsOf<T>(pages: AsyncIterable<Page<T>>): AsyncGenerator<T> {
  for await (const { items } of pages) yield* items;
}
