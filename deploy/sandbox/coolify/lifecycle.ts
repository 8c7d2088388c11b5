import type { Logger } from 'pino';
import type { Ledger } from '../shared/ledger.ts';
import { lookUp } from '../shared/lookup.ts';
import { environmentOf } from './containers.ts';
import type { WebGuests } from './guests.ts';
import {
  type CoolifyStore,
  type Deployment,
  type Job,
  type Resource,
  apiTime,
  newUuid,
  nextSeq,
} from './state.ts';

/** What share of the boot time each step waits before it happens. */
const WAITS: Record<Job['step'], number> = {
  starting: 0.1,
  up: 0.7,
  deploying: 0.1,
  deployed: 0.7,
  stop: 0.2,
  delete: 0.2,
};

/** Carries out what the API has queued, also over restarts. */
export interface Lifecycle {
  /** Queues a step of a resource. */
  queue(resource: Resource, step: Job['step'], deployment?: string): void;
  /** Queues a deployment of an application. */
  deploy(resource: Resource, restartOnly: boolean): Deployment;
  /** Cancels a deployment; `false` if it is over. */
  cancel(deployment: Deployment): boolean;
  /** Deletes at once, as a person on the machine itself could. */
  remove(resource: Resource, by: string): Promise<void>;
  /** Takes up everything where the last run left it. */
  resume(): Promise<void>;
  /** Waits for everything that is queued, or for nothing while it is held. */
  rearm(): void;
  /** Stops all clocks. */
  stop(): void;
}

/** @param bootMs time from a start to containers that answer, in milliseconds. */
export function createLifecycle(
  store: CoolifyStore,
  ledger: Ledger,
  guests: WebGuests,
  bootMs: number,
  logger: Logger,
): Lifecycle {
  const { state } = store;
  const timers = new Map<string, NodeJS.Timeout>();

  const save = (resource: Resource, change: Partial<Resource>): void => {
    Object.assign(resource, change, { updatedAt: apiTime() });
    store.save('resources', resource.uuid);
  };
  const saveDeployment = (uuid: string | undefined, status: Deployment['status']): void => {
    const deployment = lookUp(state.deployments, uuid ?? '');
    if (!deployment) return;
    deployment.status = status;
    store.save('deployments', deployment.uuid);
  };

  const drop = (id: string): void => {
    clearTimeout(timers.get(id));
    timers.delete(id);
    delete state.jobs[id];
    store.save('jobs', id);
  };
  const dropAll = (resource: string, steps?: Job['step'][]): void => {
    for (const job of Object.values(state.jobs)) {
      if (job.resource === resource && (steps?.includes(job.step) ?? true)) drop(job.id);
    }
  };

  const arm = (job: Job): void => {
    if (state.control.isHeld) return;
    const work = (): void => {
      if (!lookUp(state.jobs, job.id)) return;
      drop(job.id);
      take(job).catch((error: unknown) => logger.error({ err: error, job }, 'a step of the sandbox failed'));
    };
    timers.set(job.id, setTimeout(work, Math.max(0, job.dueAtMs - Date.now())));
  };

  const queue: Lifecycle['queue'] = ({ uuid }, step, deployment) => {
    const job = {
      id: newUuid(),
      resource: uuid,
      step,
      dueAtMs: Date.now() + WAITS[step] * bootMs,
      deployment,
    };
    state.jobs[job.id] = job;
    store.save('jobs', job.id);
    arm(job);
  };

  const bringUp = async (resource: Resource): Promise<void> => {
    await guests.boot(resource.uuid, resource.address, environmentOf(resource));
    // Deleted or stopped while its guest was coming up.
    if (lookUp(state.resources, resource.uuid) !== resource) return guests.shutDown(resource.uuid);
    if (!resource.status.startsWith('running')) {
      const effect = resource.wasUp ? 'instance.started' : 'instance.deployed';
      ledger.record({ effect, id: resource.uuid });
    }
    save(resource, { status: 'running:healthy', wasUp: true });
  };

  const remove: Lifecycle['remove'] = async (resource, by) => {
    const { uuid } = resource;
    dropAll(uuid);
    delete state.resources[uuid];
    store.save('resources', uuid);
    for (const deployment of Object.values(state.deployments)) {
      if (deployment.applicationUuid !== uuid) continue;
      delete state.deployments[deployment.uuid];
      store.save('deployments', deployment.uuid);
    }
    ledger.record({ effect: 'instance.deleted', id: uuid, detail: { by } });
    await guests.shutDown(uuid);
  };

  async function take({ resource: uuid, step, deployment }: Job): Promise<void> {
    const resource = lookUp(state.resources, uuid);
    if (!resource) return;
    switch (step) {
      case 'starting':
        await guests.shutDown(uuid);
        save(resource, { status: 'starting:unhealthy' });
        if (!resource.isStuck) queue(resource, 'up');
        return;
      case 'up':
        return bringUp(resource);
      case 'deploying':
        saveDeployment(deployment, 'in_progress');
        if (!resource.isStuck) queue(resource, 'deployed', deployment);
        return;
      case 'deployed':
        if (state.control.failing > 0) {
          state.control.failing -= 1;
          store.saveAll('control');
          return saveDeployment(deployment, 'failed');
        }
        await bringUp(resource);
        return saveDeployment(deployment, 'finished');
      case 'stop':
        dropAll(uuid, ['starting', 'up']);
        await guests.shutDown(uuid);
        if (!resource.status.startsWith('exited')) ledger.record({ effect: 'instance.stopped', id: uuid });
        return save(resource, { status: 'exited:unhealthy' });
      case 'delete':
        return remove(resource, 'api');
    }
  }

  const stop = (): void => {
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
  };
  const rearm = (): void => {
    stop();
    Object.values(state.jobs).forEach(arm);
  };

  return {
    queue,
    remove,
    deploy: (resource, restartOnly) => {
      const deployment: Deployment = {
        seq: nextSeq(store),
        uuid: newUuid(),
        applicationUuid: resource.uuid,
        status: 'queued',
        restartOnly,
        createdAt: apiTime(),
      };
      state.deployments[deployment.uuid] = deployment;
      store.save('deployments', deployment.uuid);
      queue(resource, 'deploying', deployment.uuid);
      return deployment;
    },
    cancel: ({ uuid, status }) => {
      if (status !== 'queued' && status !== 'in_progress') return false;
      for (const job of Object.values(state.jobs)) if (job.deployment === uuid) drop(job.id);
      saveDeployment(uuid, 'cancelled-by-user');
      return true;
    },
    resume: async () => {
      const wereUp = Object.values(state.resources).filter(({ status }) => status.startsWith('running'));
      for (const { uuid, address, ...rest } of wereUp)
        await guests.boot(uuid, address, environmentOf({ uuid, address, ...rest }));
      rearm();
    },
    rearm,
    stop,
  };
}
