/** The controllers of the cluster: what happens by itself once objects say what is wanted. */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Guests } from '../guests/guests.ts';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { createDiskWork } from './disk-work.ts';
import { KINDS } from './kinds.ts';
import { asVirtualMachine, rootDiskOf, sizeOfMachine } from './machines.ts';
import type { Kind, Objects } from './objects.ts';
import { createRuns } from './runs.ts';
import type { Job, KubeObject, KubeStore, Step } from './state.ts';

export interface Controller {
  /** What has to be finished before an object of this kind is gone. */
  finalizersOf(kind: Kind): string[] | undefined;
  created(kind: Kind, object: KubeObject): void;
  changed(kind: Kind, before: KubeObject, after: KubeObject): void;
  deleted(kind: Kind, object: KubeObject): void;
  /** Ends the present run and begins another. */
  restart(name: string): void;
  /** Removes a machine at once, whatever it is doing. */
  removeNow(name: string): Promise<void>;
  /** Takes up everything where the last run left it. */
  resume(): Promise<void>;
  stop(): void;
}

/** What plans steps, shared by the parts of the controller. */
export interface Plan {
  /** In place of any step planned before for the same object. */
  (kind: Kind, name: string, step: Step, afterMs: number): void;
}

export interface World {
  store: KubeStore;
  objects: Objects;
  guests: Guests;
  ledger: Ledger;
  bootMs: number;
  plan: Plan;
}

/** Finished before a machine is gone. */
const FINALIZER = 'kubevirt.io/virtualMachineControllerFinalize';

/**
 * Creates the controllers of a cluster.
 *
 * @param bootMs time from the create call to a guest that answers, in milliseconds.
 */
export function createController(
  { store, objects, guests, ledger }: Pick<World, 'store' | 'objects' | 'guests' | 'ledger'>,
  bootMs: number,
  logger: Logger,
): Controller {
  const { state } = store;
  const timers = new Map<string, NodeJS.Timeout>();
  const idOf = (kind: Kind, name: string): string => `${kind.plural}/${name}`;

  const drop = (id: string): void => {
    clearTimeout(timers.get(id));
    timers.delete(id);
    delete state.jobs[id];
    store.save('jobs', id);
  };
  const arm = (id: string, job: Job): void => {
    clearTimeout(timers.get(id));
    const run = (): void => {
      if (state.jobs[id] !== job) return;
      drop(id);
      take(job).catch((error: unknown) => logger.error({ err: error, id }, 'a step of the sandbox failed'));
    };
    timers.set(id, setTimeout(run, Math.max(0, job.dueAtMs - Date.now())));
  };
  const plan: Plan = (kind, name, step, afterMs) => {
    const id = idOf(kind, name);
    const job: Job = { step, name, dueAtMs: Date.now() + afterMs };
    state.jobs[id] = job;
    store.save('jobs', id);
    arm(id, job);
  };

  const world: World = { store, objects, guests, ledger, bootMs, plan };
  const runs = createRuns(world);
  const diskWork = createDiskWork(world);

  const take = async ({ step, name }: Job): Promise<void> => {
    if (step === 'finalize') return removeNow(name);
    if (step === 'capture' || step === 'miss-deadline' || step === 'put-back')
      return diskWork.take(step, name);
    return runs.take(step, name);
  };

  const removeNow = async (name: string): Promise<void> => {
    drop(idOf(KINDS.vm, name));
    objects.drop(KINDS.vmi, name);
    objects.drop(KINDS.vm, name);
    const machine = lookUp(state.machines, name);
    if (!machine) return;
    delete state.machines[name];
    store.save('machines', name);
    await guests.destroy(machine.uid);
  };

  return {
    finalizersOf: ({ plural }) => (plural === KINDS.vm.plural ? [FINALIZER] : undefined),

    created({ plural }, object) {
      const { name, annotations } = object.metadata;
      if (plural === KINDS.vm.plural) {
        const key = annotations?.['tenure/key'];
        ledger.record({
          effect: 'machine.created',
          id: name,
          ...(key !== undefined && { key }),
          detail: sizeOfMachine(object),
        });
        runs.begin(object);
      }
      if (plural === KINDS.snapshot.plural) diskWork.beginSnapshot(object);
      if (plural === KINDS.restore.plural) diskWork.beginRestore(object);
    },

    changed({ plural }, before, after) {
      if (plural !== KINDS.vm.plural) return;
      const { name } = after.metadata;
      const note = (effect: string): void => ledger.record({ effect, id: name });
      if (!isDeepStrictEqual(sizeOfMachine(before), sizeOfMachine(after))) note('machine.resized');
      if (rootDiskOf(before) !== rootDiskOf(after)) note('machine.reinstalled');
      const nameOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.['tenure/name'];
      if (nameOf(before) !== nameOf(after)) note('machine.renamed');
      const [was, is] = [before, after].map((each) => asVirtualMachine(each).runStrategy);
      if (was !== is) note(is === 'Halted' ? 'machine.stopped' : 'machine.started');
      runs.reconcile(name);
    },

    deleted({ plural }, object) {
      const { name } = object.metadata;
      if (plural === KINDS.vm.plural) runs.end(name);
      if (plural === KINDS.snapshot.plural) diskWork.forgetSnapshot(object);
      if (plural === KINDS.restore.plural) diskWork.forgetRestore(object);
    },

    restart: (name) => runs.restart(name),
    removeNow,

    async resume() {
      await runs.resume();
      for (const [id, job] of Object.entries(state.jobs)) arm(id, job);
    },

    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
