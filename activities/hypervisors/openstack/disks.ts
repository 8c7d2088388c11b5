/**
 * Extra disks: volumes of Cinder (https://docs.openstack.org/api-ref/block-storage/v3/#volumes-volumes) attached by Nova.
 * A volume says in its metadata for which server it was made, so that one whose attachment was lost is found again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { readJson } from '../../http/answers.ts';
import { NOT_FOUND, answerLost } from '../../http/failures.ts';
import { HYPERVISOR_REASONS, type InstanceOperations, type ProviderDisk } from '../port.ts';
import type { Cloud } from './cloud.ts';
import { checkRef } from './plan.ts';
import type { Server, Servers } from './servers.ts';

const KEY = 'tenure_key';
const SERVER = 'tenure_server';
/** From here on Nova can be told that a disk goes with its server. */
const DELETE_ON_TERMINATION = 79;

const Volume = z.object({
  id: z.string().min(1),
  status: z.string(),
  size: z.int(),
  bootable: z.string().optional(),
  metadata: z.record(z.string(), z.string()),
  attachments: z.array(z.object({ server_id: z.string() })),
});
type Volume = z.infer<typeof Volume>;
const OneVolume = z.object({ volume: Volume });
const VolumeList = z.object({ volumes: z.array(Volume) });

export interface DiskOptions {
  /** How often a volume is looked at while it is made or taken off, in ms. */
  pollMs: number;
  /** How long it is waited for within one call, in ms. */
  patienceMs: number;
}

/** The operations on extra disks. */
export function createDisks(
  cloud: Cloud,
  servers: Servers,
  { pollMs, patienceMs }: DiskOptions,
): Pick<InstanceOperations, 'addDisk' | 'disks' | 'removeDisk'> {
  const find = async (ref: string): Promise<Volume | null> => {
    const exchange = await cloud.callUnlessGone('volume', {
      method: 'GET',
      path: `/volumes/${checkRef(ref)}`,
    });
    return exchange && readJson(OneVolume, exchange).volume;
  };

  /** Those that are attached to a server, and those that were made for it. */
  const volumesOf = async (server: Server): Promise<Volume[]> => {
    const query = { metadata: `{"${SERVER}":"${server.id}"}` };
    const exchange = await cloud.call('volume', { method: 'GET', path: '/volumes/detail', query });
    const made = readJson(VolumeList, exchange).volumes.filter(
      ({ metadata }) => metadata[SERVER] === server.id,
    );
    const known = new Set(made.map(({ id }) => id));
    const others = server['os-extended-volumes:volumes_attached'].filter(({ id }) => !known.has(id));
    const found = await Promise.all(others.map(({ id }) => find(id)));
    return [...made, ...found.filter((volume) => volume !== null)].filter(isExtra);
  };

  const untilStatus = async (ref: string, status: string): Promise<Volume | null> => {
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const volume = await find(ref);
      if (!volume || volume.status === status || volume.status.startsWith('error')) return volume;
      if (Date.now() >= giveUpAt) return volume;
      await sleep(pollMs);
    }
  };

  const order = async (server: Server, key: string, sizeGb: number): Promise<Volume> => {
    const volume = {
      size: sizeGb,
      name: key,
      description: `Extra disk of ${server.name ?? server.id}`,
      metadata: { [KEY]: key, [SERVER]: server.id },
    };
    return readJson(
      OneVolume,
      await cloud.call('volume', { method: 'POST', path: '/volumes', body: { volume } }),
    ).volume;
  };

  const attach = async (server: Server, volumeId: string): Promise<void> => {
    const goesWithServer = (await cloud.microversion()) >= DELETE_ON_TERMINATION;
    const volumeAttachment = { volumeId, ...(goesWithServer && { delete_on_termination: true }) };
    const path = `/servers/${server.id}/os-volume_attachments`;
    await cloud.call('compute', { method: 'POST', path, body: { volumeAttachment }, isLong: true });
  };

  /** Attaches an ordered volume. What fails here fails after the order, whose outcome it leaves open. */
  const finish = async (server: Server, ordered: Volume): Promise<void> => {
    const volume = await untilStatus(ordered.id, 'available');
    if (volume?.status === 'error') {
      await cloud.callUnlessGone('volume', { method: 'DELETE', path: `/volumes/${volume.id}` });
      const message = `The cloud could not make a volume of ${volume.size} GB.`;
      throw new TenureFailure('refused', message, { reason: HYPERVISOR_REASONS.regionSoldOut });
    }
    if (volume?.status !== 'available') {
      throw answerLost(
        `The volume ${ordered.id} is ordered, but not ready to be attached.`,
        volume?.status ?? 'gone',
      );
    }
    try {
      await attach(server, volume.id);
    } catch (error) {
      if (!(error instanceof TenureFailure)) throw error;
      throw answerLost(`The volume ${volume.id} is made, but not attached: ${error.message}`, 'attach');
    }
  };

  return {
    async addDisk(ref, { key, sizeGb }) {
      const server = await servers.require(ref);
      const earlier = (await volumesOf(server)).find(({ metadata }) => metadata[KEY] === key);
      if (earlier && isAttachedTo(earlier, ref)) return toDisk(earlier);
      const volume = earlier ?? (await order(server, key, sizeGb));
      await finish(server, volume);
      return { ...toDisk(volume), instanceRef: ref };
    },

    async disks(ref) {
      return (await volumesOf(await servers.require(ref))).map(toDisk);
    },

    async removeDisk(ref, diskRef) {
      checkRef(ref);
      const volume = await find(diskRef);
      if (!volume || volume.status === 'deleting') return;
      const isOurs =
        isAttachedTo(volume, ref) || (volume.attachments.length === 0 && volume.metadata[SERVER] === ref);
      if (!isOurs || !isExtra(volume)) {
        const message = `${diskRef} is not an extra disk of ${ref}.`;
        throw new TenureFailure('refused', message, { reason: NOT_FOUND });
      }
      if (isAttachedTo(volume, ref) && volume.status !== 'detaching') {
        const path = `/servers/${ref}/os-volume_attachments/${volume.id}`;
        await cloud.callUnlessGone('compute', { method: 'DELETE', path, isLong: true });
      }
      const detached = await untilStatus(volume.id, 'available');
      if (detached && detached.attachments.length > 0) {
        throw answerLost(`The volume ${volume.id} is still being taken off.`, detached.status);
      }
      await cloud.callUnlessGone('volume', { method: 'DELETE', path: `/volumes/${volume.id}` });
    },
  };
}

/** Neither the one that it boots from nor one on its way out. */
function isExtra({ bootable, status }: Volume): boolean {
  return bootable !== 'true' && status !== 'deleting';
}

function isAttachedTo({ attachments }: Volume, ref: string): boolean {
  return attachments.some(({ server_id }) => server_id === ref);
}

function toDisk({ id, metadata, size, attachments }: Volume): ProviderDisk {
  return {
    ref: id,
    key: metadata[KEY] ?? null,
    sizeGb: size,
    instanceRef: attachments[0]?.server_id ?? null,
  };
}
