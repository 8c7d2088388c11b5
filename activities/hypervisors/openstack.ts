/**
 * OpenStack: Keystone v3, Nova, Glance, and Cinder and Neutron where the cloud has them (https://docs.openstack.org/api-quick-start/).
 *
 * Creating is not idempotent there, so the business key goes on as a tag in the create call itself, and Nova looks for it.
 * A resize Nova leaves to its client to confirm. That is done by {@link Hypervisor.get}, so that whoever waits for the server
 * finishes what a dead worker began. The floating address of a new server is given to it by {@link Hypervisor.advance}.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readJson } from '../http/answers.ts';
import { createHttpClient } from '../http/client.ts';
import { ANSWER_LOST, BAD_REQUEST, NOT_FOUND } from '../http/failures.ts';
import type { Pace } from '../http/pace.ts';
import { searchPages } from '../http/paging.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { createAddresses } from './openstack/addresses.ts';
import { createChoices } from './openstack/choices.ts';
import { createCloud } from './openstack/cloud.ts';
import { createDisks } from './openstack/disks.ts';
import { isConflict, isGone } from './openstack/faults.ts';
import { createFirewall } from './openstack/firewall.ts';
import { SNAPSHOT_KEY, findImage, snapshotPages, toSnapshot } from './openstack/images.ts';
import { releaseOwn } from './openstack/network.ts';
import { KEY_TAG, type Networks, checkRef, encodeUserData, readPlan, serverBody } from './openstack/plan.ts';
import { type Server, createServers, keyOf, lacksFloating, taskOf, toInstance } from './openstack/servers.ts';
import { type SessionOptions, createSessions } from './openstack/session.ts';
import { openConsole, readLimits } from './openstack/extras.ts';
import type { Hypervisor, ProviderInstance } from './port.ts';

export interface OpenStackOptions extends SessionOptions, Pick<Hypervisor, 'createSettleMs' | 'pollMs'> {
  /** Where plans do not say; see {@link Networks}. */
  networks: Networks;
  /** An external network: where extra addresses come from. */
  floatingNetwork?: string;
  /** Time limit of one call, in ms. */
  timeoutMs: number;
  /** Default 20; OpenStack itself has no limit, but a proxy in front of it may. */
  requestsPerSecond?: number;
  pace?: Pace;
}

const Created = z.object({ server: z.object({ id: z.string().min(1) }) });
/** From microversion 2.45 on. */
const ImageOrdered = z.object({ image_id: z.string().min(1) });
/** A rebuild takes a host name from microversion 2.90 on. */
const REBUILD_HOSTNAME = 90;
/** Tasks that end by themselves in a moment, and during which Nova refuses another switch. */
const SWITCHING = ['powering-on', 'powering-off', 'rebooting', 'reboot_pending', 'reboot_started'];

/** Creates the driver of one project in one cloud. */
export function createOpenStackDriver(options: OpenStackOptions): Hypervisor {
  const { credentials, timeoutMs, createSettleMs, pollMs, requestsPerSecond = 20, pace } = options;
  const secret = 'user' in credentials ? credentials.user.password : credentials.applicationCredential.secret;
  // The services are at different places, so calls name their whole URL.
  const calling = { timeoutMs, headers: {}, requestsPerSecond, pace };
  const http = createHttpClient({ api: 'OpenStack', baseUrl: '', ...calling });
  const cloud = createCloud(http, createSessions(http, options), [secret]);
  const servers = createServers(cloud);
  const choices = createChoices(cloud);
  const addresses = createAddresses(cloud, servers, options.floatingNetwork);
  const { giveFirst, ...addressOperations } = addresses;
  const waiting = { pollMs, patienceMs: timeoutMs };

  async function confirmResize(ref: string): Promise<void> {
    try {
      await servers.act(ref, { confirmResize: null });
    } catch (error) {
      // Confirmed already, for Nova goes on showing VERIFY_RESIZE for a moment; or an open outcome, which the next look shows.
      const isOpen = error instanceof TenureFailure && error.details.reason === ANSWER_LOST;
      if (!isOpen && !isConflict(error) && !isGone(error)) throw error;
    }
  }

  /** Confirms what Tenure ordered; a resize of a server that is not ours is its owner's affair. */
  async function settle(server: Server): Promise<ProviderInstance> {
    const isDone = server.status === 'VERIFY_RESIZE' && taskOf(server) === null;
    if (isDone && keyOf(server) !== null) await confirmResize(server.id);
    return toInstance(server);
  }

  /** Switches the power unless it already is, or is about to be, as wanted. */
  async function switchPower(ref: string, action: 'os-start' | 'os-stop'): Promise<void> {
    const giveUpAt = Date.now() + timeoutMs;
    let server = await servers.require(ref);
    const wanted = action === 'os-start' ? ['ACTIVE', 'BUILD'] : ['SHUTOFF'];
    while (SWITCHING.includes(taskOf(server) ?? '') && Date.now() < giveUpAt) {
      await sleep(pollMs);
      server = await servers.require(ref);
    }
    if (!wanted.includes(server.status)) await servers.act(ref, { [action]: null });
  }

  async function rebuild(ref: string, change: Record<string, unknown>): Promise<void> {
    await servers.act(ref, { rebuild: change }, true);
  }

  return {
    name: 'openstack',
    // Quota and room on the hosts stay taken; public clouds charge for them until a server is shelved.
    capabilities: {
      snapshots: true,
      snapshotsOutlive: true,
      billsWhileStopped: true,
      userData: true,
      lacks: {},
      restoresElsewhere: true,
      protocols: ['ssh', 'rdp'],
    },
    createSettleMs,
    pollMs,
    requestsPerSecond,

    checkPlan: (plan, region) => void readPlan(plan, region),
    sizeOf: (plan, region) => readPlan(plan, region).flavor,
    // Where Nova chooses the zone, any is right.
    isInRegion: (plan, region, seen) => [seen, null].includes(readPlan(plan, region).zone),
    capacity: () => readLimits(cloud),

    async create(request) {
      const order = readPlan(request.plan, request.region);
      const body = serverBody(request, order, {
        flavorRef: await choices.flavorRef(order),
        imageRef: await choices.imageRef(order),
        networks: order.networks ?? options.networks,
      });
      const call = { method: 'POST', path: '/servers', body: { server: body }, isLong: true } as const;
      const { id } = readJson(Created, await cloud.call('compute', call)).server;
      return {
        ref: id,
        key: request.key,
        state: 'creating',
        address: null,
        region: order.zone ?? '',
        createdAt: null,
        name: request.hostname,
        size: order.flavor,
      };
    },

    async advance(ref) {
      const server = await servers.find(ref);
      if (server && lacksFloating(server)) await giveFirst(server);
    },

    async findByKey(key) {
      const pages = servers.pages({ tags: `${KEY_TAG}${key}` });
      return (await searchPages(pages, (server) => keyOf(server) === key)).map(toInstance);
    },

    async get(ref) {
      const server = await servers.find(ref);
      return server && settle(server);
    },

    async *list() {
      for await (const { items } of servers.pages()) yield* items.map(toInstance);
    },

    start: (ref) => switchPower(ref, 'os-start'),
    stop: (ref) => switchPower(ref, 'os-stop'),

    async delete(ref) {
      await cloud.callUnlessGone('compute', {
        method: 'DELETE',
        path: `/servers/${checkRef(ref)}`,
        isLong: true,
      });
      if (await cloud.has('network')) await releaseOwn(cloud, ref);
    },

    async createSnapshot(ref, key) {
      const createImage = { name: `tenure-${key}`, metadata: { [SNAPSHOT_KEY]: key } };
      const { image_id } = readJson(ImageOrdered, await servers.act(ref, { createImage }, true));
      return { ref: image_id, key, state: 'pending', sizeBytes: null };
    },

    async findSnapshotsByKey(key) {
      return (await searchPages(snapshotPages(cloud), (image) => image[SNAPSHOT_KEY] === key)).map(
        toSnapshot,
      );
    },

    async getSnapshot(snapshotRef) {
      const image = await findImage(cloud, snapshotRef);
      return image && toSnapshot(image);
    },

    async *listSnapshots() {
      for await (const { items } of snapshotPages(cloud)) yield* items.map(toSnapshot);
    },

    async deleteSnapshot(snapshotRef) {
      await cloud.callUnlessGone('image', { method: 'DELETE', path: `/images/${checkRef(snapshotRef)}` });
    },

    operations: {
      async reboot(ref) {
        await servers.act(ref, { reboot: { type: 'SOFT' } });
      },

      async resize(ref, { plan, region }) {
        const order = readPlan(plan, region);
        const server = await servers.require(ref);
        if (server.flavor.original_name !== order.flavor) {
          const flavorRef = await choices.flavorRef(order);
          await servers.act(ref, { resize: { flavorRef } }, true);
        } else if (server.status === 'VERIFY_RESIZE') {
          await confirmResize(ref);
        }
      },

      async reinstall(ref, { plan, region, hostname, userData }) {
        const imageRef = await choices.imageRef(readPlan(plan, region));
        // Without data it must not keep the old.
        const user_data = userData === '' ? null : encodeUserData(userData);
        const takesHostname = (await cloud.microversion()) >= REBUILD_HOSTNAME;
        await rebuild(ref, { imageRef, user_data, ...(takesHostname && { hostname }) });
      },

      async rename(ref, name) {
        const path = `/servers/${checkRef(ref)}`;
        await cloud.call('compute', { method: 'PUT', path, body: { server: { name } } });
      },

      console: async (ref) => openConsole(cloud, checkRef(ref)),

      async restoreSnapshot(ref, snapshotRef) {
        await servers.require(ref);
        const image = await findImage(cloud, snapshotRef);
        if (image === null) {
          throw new TenureFailure('refused', `There is no snapshot ${snapshotRef}.`, { reason: NOT_FOUND });
        }
        if (image.status !== 'active') {
          const message = `The snapshot ${snapshotRef} is ${image.status}.`;
          throw new TenureFailure('refused', message, { reason: BAD_REQUEST });
        }
        await rebuild(ref, { imageRef: image.id });
      },

      ...createDisks(cloud, servers, waiting),
      ...addressOperations,
      ...createFirewall(cloud, servers),
    },
  };
}
