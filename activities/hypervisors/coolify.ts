/**
 * Coolify API v1, from 4.2 on (https://coolify.io/docs/api-reference). An instance here is an application or a service: containers
 * behind Coolify's proxy, with an address on the web and no machine to sign in to.
 *
 * Creating is not idempotent and takes three more calls (variables, start, mark): the business key goes into the description with the
 * first one, `advance` goes on with a making that broke off, and one that nobody goes on with shows as `failed` after a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TenureFailure } from '../../schemas/failures.ts';
import { readJson } from '../http/answers.ts';
import { createApi } from '../http/api.ts';
import { createHttpClient } from '../http/client.ts';
import { ANSWER_LOST, NOT_FOUND, answerLost } from '../http/failures.ts';
import type { Pace } from '../http/pace.ts';
import { assertQueued, cancelActive, isActive, latestDeployments } from './coolify/deployments.ts';
import { failureOf, unlessSoAlready } from './coolify/failures.ts';
import { fromApplication, fromService } from './coolify/instances.ts';
import { LACKS, noSnapshots } from './coolify/lacks.ts';
import { createMaking } from './coolify/making.ts';
import { changeMarks, readMarks, writeMarks } from './coolify/marks.ts';
import { type Place, badPlan, readPlan } from './coolify/plan.ts';
import { type Reference, pathOf, readRef, toRef } from './coolify/reference.ts';
import { readCapacity, refuseIfClosed } from './coolify/servers.ts';
import * as wire from './coolify/wire.ts';
import { HYPERVISOR_REASONS as REASONS, type Hypervisor, type ProviderInstance } from './port.ts';

export interface CoolifyOptions extends Pick<Hypervisor, 'createSettleMs' | 'pollMs'>, Place {
  token: string;
  /** With the version: `https://coolify.example.com/api/v1`. */
  apiBase: string;
  /** Time limit of one call, in ms. */
  timeoutMs: number;
  /** How long Coolify may take to carry out a queued stop or deletion, in ms. Default one minute. */
  jobMs?: number;
  /** Where Coolify's proxy answers, if not at the usual ports. */
  webPort?: number;
  /** Default 3; Coolify allows 200 per minute and token, and answers 429 above. */
  requestsPerSecond?: number;
  pace?: Pace;
}

/** After the order itself: variables, start, a look at the deployment, and the mark. */
const CALLS_OF_A_MAKING = 4;

/** Creates the driver of one project of a Coolify. */
export function createCoolifyDriver(options: CoolifyOptions): Hypervisor {
  const { token, apiBase, timeoutMs, createSettleMs, pollMs, webPort } = options;
  const { jobMs = 60_000, requestsPerSecond = 3, pace } = options;
  const headers = { Authorization: `Bearer ${token}` };
  const api = createApi(
    createHttpClient({ api: 'Coolify', baseUrl: apiBase, timeoutMs, headers, requestsPerSecond, pace }),
    (exchange) => failureOf(exchange, [token]),
  );
  const { call, callUnlessGone } = api;
  const presenting = { webPort, makingMs: createSettleMs + jobMs + CALLS_OF_A_MAKING * timeoutMs };

  /** Also the description, which only the marks are read from otherwise. */
  async function look(ref: Reference): Promise<{ instance: ProviderInstance; description: string } | null> {
    const exchange = await callUnlessGone({ method: 'GET', path: pathOf(ref) });
    if (exchange === null) return null;
    const thing = readJson(ref.kind === 'service' ? wire.Service : wire.Application, exchange);
    const instance =
      ref.kind === 'service' ? fromService(thing, presenting) : fromApplication(thing, presenting);
    const present = await withDeployments(ref, instance);
    return present && { instance: present, description: thing.description ?? '' };
  }

  /** An application shows `exited` all through its deployment, and after one that failed. `null`: it has gone meanwhile. */
  async function withDeployments(
    ref: Reference,
    instance: ProviderInstance,
  ): Promise<ProviderInstance | null> {
    if (ref.kind === 'service' || !['stopped', 'creating', 'failed'].includes(instance.state))
      return instance;
    const deployments = await latestDeployments(api, ref.uuid);
    if (deployments === null) return null;
    if (deployments.some(isActive)) return { ...instance, state: 'creating', address: null };
    const hasFailed = deployments.length > 0 && deployments.every(({ status }) => status !== 'finished');
    return hasFailed ? { ...instance, state: 'failed' } : instance;
  }

  async function get(ref: string): Promise<ProviderInstance | null> {
    return (await look(readRef(ref)))?.instance ?? null;
  }

  async function lookOrRefuse(ref: Reference): Promise<NonNullable<Awaited<ReturnType<typeof look>>>> {
    const found = await look(ref);
    if (found !== null) return found;
    throw new TenureFailure('refused', `Coolify has no ${toRef(ref)}.`, { reason: NOT_FOUND });
  }

  async function* list(): AsyncGenerator<ProviderInstance> {
    const applications = await call({ method: 'GET', path: '/applications' });
    const services = await call({ method: 'GET', path: '/services' });
    for (const each of readJson(wire.Applications, applications)) yield fromApplication(each, presenting);
    for (const each of readJson(wire.Services, services)) yield fromService(each, presenting);
  }

  async function collect(isWanted: (instance: ProviderInstance) => boolean): Promise<ProviderInstance[]> {
    const found: ProviderInstance[] = [];
    for await (const instance of list()) if (isWanted(instance)) found.push(instance);
    return found;
  }

  /** Puts what is stored into containers. */
  async function deploy(ref: Reference): Promise<void> {
    if (ref.kind === 'service') {
      await unlessSoAlready(() => call({ method: 'POST', path: `${pathOf(ref)}/start` }));
      return;
    }
    const exchange = await call({ method: 'POST', path: '/deploy', query: { uuid: ref.uuid } });
    const [deployment] = readJson(wire.Deploying, exchange).deployments;
    await assertQueued(api, ref.uuid, deployment?.deployment_uuid);
  }

  async function restart(ref: Reference): Promise<void> {
    const exchange = await call({ method: 'POST', path: `${pathOf(ref)}/restart` });
    if (ref.kind === 'service') return;
    await assertQueued(api, ref.uuid, readJson(wire.Restarting, exchange).deployment_uuid);
  }

  async function patch(ref: Reference, body: Record<string, unknown>): Promise<void> {
    await call({ method: 'PATCH', path: pathOf(ref), body });
  }

  async function remove(ref: Reference): Promise<void> {
    const query = {
      delete_configurations: 'true',
      delete_volumes: 'true',
      delete_connected_networks: 'true',
      // Prunes the whole server, also what others have switched off.
      docker_cleanup: 'false',
    };
    const queued = await callUnlessGone({ method: 'DELETE', path: pathOf(ref), query });
    if (queued !== null) await untilDone(ref, (instance) => instance === null);
  }

  /**
   * Stops and deletions are queued, and nothing tells that one is waiting: an instance that still seems to run would be taken for
   * one that need not be started.
   */
  async function untilDone(
    ref: Reference,
    isDone: (instance: ProviderInstance | null) => boolean,
  ): Promise<void> {
    const giveUpAt = Date.now() + jobMs;
    while (!isDone((await look(ref))?.instance ?? null)) {
      if (Date.now() >= giveUpAt) {
        throw new TenureFailure(
          'retryable',
          `Coolify has queued it, but not carried it out (${toRef(ref)}).`,
          {
            reason: REASONS.locked,
            nextStep: 'Look at the queue of Coolify (Horizon) and at its connection to the server.',
          },
        );
      }
      await sleep(pollMs);
    }
  }

  const { begin, advance } = createMaking({
    ...{ api, look, deploy, patch },
    envOf: ({ plan, region }) => readPlan(plan, region, options).env,
  });

  /**
   * What a failure after the first call of a making comes to. If the next call surely did nothing, what is there is taken away again,
   * so that the failure may mean what it says; else it stays to be found by its key.
   */
  async function undo(ref: Reference, error: unknown): Promise<unknown> {
    if (!(error instanceof TenureFailure) || error.details.reason === ANSWER_LOST) return error;
    try {
      await remove(ref);
      return error;
    } catch {
      return answerLost(`${error.message} ${toRef(ref)} is left half made.`, error.details.upstream ?? '');
    }
  }

  return {
    name: 'coolify',
    capabilities: {
      snapshots: false,
      snapshotsOutlive: false,
      lacks: LACKS,
      billsWhileStopped: false,
      userData: true,
      restoresElsewhere: false,
      protocols: ['web'],
    },
    createSettleMs,
    pollMs,
    requestsPerSecond,

    checkPlan: (plan, region) => void readPlan(plan, region, options),
    sizeOf: (plan, region) => readPlan(plan, region, options).size,
    isInRegion: (plan, region, seen) => readPlan(plan, region, options).server === seen,

    capacity: () => readCapacity(api),

    async create(request) {
      const { key, hostname, region, plan, labels } = request;
      const { kind, path, server, size, body } = readPlan(plan, region, options);
      await refuseIfClosed(api, server);
      const marks = { key, server, size };
      const making = writeMarks({ ...marks, isMade: false }, labels);
      const exchange = await call({ method: 'POST', path, body: { ...body(hostname), description: making } });
      const ref = { kind, uuid: readJson(wire.Created, exchange).uuid };
      try {
        await begin(ref, making, request);
      } catch (error) {
        throw await undo(ref, error);
      }
      return {
        ref: toRef(ref),
        key,
        state: 'creating',
        address: null,
        region: server,
        createdAt: null,
        name: hostname,
        size,
      };
    },

    advance,

    async findByKey(key) {
      const found = await collect((instance) => instance.key === key);
      const present = await Promise.all(
        found.map((instance) => withDeployments(readRef(instance.ref), instance)),
      );
      return present.filter((instance) => instance !== null);
    },

    get,
    list,

    async start(text) {
      const ref = readRef(text);
      const { instance } = await lookOrRefuse(ref);
      // Deploying an application that runs would take it down for a while.
      if (!['running', 'creating'].includes(instance.state)) await deploy(ref);
    },

    async stop(text) {
      const ref = readRef(text);
      const { instance, description } = await lookOrRefuse(ref);
      if (instance.state === 'stopped') return;
      // A making whose last call was lost: once it is off, nothing else would tell that it had gone through.
      if (readMarks(description)?.isMade === false)
        await patch(ref, { description: changeMarks(description, { isMade: true }) });
      if (ref.kind === 'application') await cancelActive(api, ref.uuid);
      const path = `${pathOf(ref)}/stop`;
      // Cleaning up would delete volumes and images that nobody uses just now.
      await unlessSoAlready(() => call({ method: 'POST', path, query: { docker_cleanup: 'false' } }));
      await untilDone(ref, (seen) => seen === null || seen.state === 'stopped' || seen.state === 'failed');
    },

    delete: async (ref) => remove(readRef(ref)),

    operations: {
      async reboot(text) {
        const ref = readRef(text);
        await lookOrRefuse(ref);
        await restart(ref);
      },
      async resize(text, { plan, region }) {
        const ref = readRef(text);
        const { kind, size, resizing } = readPlan(plan, region, options);
        if (kind !== ref.kind) throw badPlan('providers.coolify.kind', `is no ${ref.kind}`);
        const { instance, description } = await lookOrRefuse(ref);
        if (instance.size === size) return;
        await patch(ref, resizing);
        // One that is off takes its new size when it is started.
        if (instance.state !== 'stopped') await (ref.kind === 'service' ? restart(ref) : deploy(ref));
        // Last, so that a resize that broke off is done again.
        await patch(ref, { description: changeMarks(description, { size }) });
      },
      async rename(text, name) {
        const ref = readRef(text);
        await lookOrRefuse(ref);
        await patch(ref, { name });
      },
    },

    createSnapshot: () => Promise.reject(noSnapshots()),
    findSnapshotsByKey: () => Promise.resolve([]),
    getSnapshot: () => Promise.resolve(null),
    async *listSnapshots() {
      // There are none.
    },
    deleteSnapshot: () => Promise.reject(noSnapshots()),
  };
}
