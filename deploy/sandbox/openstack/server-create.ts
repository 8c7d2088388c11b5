import { randomUUID } from 'node:crypto';
import { flavors, networks, zones } from './catalog.ts';
import { ApiError, badRequest, conflict, forbidden } from './errors.ts';
import { findImage } from './images.ts';
import type { CreateServer } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { type ServerRecord, apiTime, nextSeq, useUp } from './state.ts';

/**
 * Creates a server. Two equal requests make two servers: the API knows no idempotency.
 *
 * @throws ApiError 400, 403 over quota, 409.
 */
export function createServer(sandbox: Sandbox, wanted: CreateServer, microversion: number): ServerRecord {
  const { store, lifecycle, ledger } = sandbox;
  refuseTooNew(wanted, microversion);
  const flavor = flavors.find(({ id }) => id === wanted.flavorRef);
  if (!flavor) throw badRequest('Invalid flavorRef provided.');
  const bootDevice = wanted.block_device_mapping_v2?.find(({ boot_index }) => Number(boot_index ?? -1) === 0);
  const imageId = wanted.imageRef || (bootDevice?.source_type === 'image' ? (bootDevice.uuid ?? '') : '');
  const image = findImage(store.state, imageId);
  if (!image)
    throw badRequest(imageId === '' ? 'Invalid imageRef provided.' : 'Can not find requested image');
  if (!image.isActive) throw badRequest(`Image ${imageId} is not active.`);
  if (image.minDisk > (bootDevice?.volume_size ?? flavor.disk)) {
    throw badRequest("Flavor's disk is too small for requested image.");
  }
  if (wanted.key_name !== undefined) throw badRequest('Invalid key_name provided.');
  const zone = wanted.availability_zone;
  if (zone !== undefined && !openZones(sandbox).includes(zone)) {
    throw badRequest('The requested availability zone is not available');
  }
  const groups = Object.values(store.state.securityGroups).map(({ name }) => name);
  const unknownGroup = wanted.security_groups.find(({ name }) => !groups.includes(name));
  if (unknownGroup) throw badRequest(`Security group ${unknownGroup.name} not found.`);
  const wantsNetworks = networksOf(sandbox, wanted.networks);
  refuseOverQuota(sandbox, flavor);

  const id = randomUUID();
  const record: ServerRecord = {
    seq: nextSeq(store),
    id,
    name: wanted.name,
    hostname: wanted.hostname ?? wanted.name,
    created: apiTime(),
    status: 'BUILD',
    task: 'scheduling',
    zone: zone ?? openZones(sandbox)[0] ?? '',
    flavor: flavor.name,
    imageId,
    bootVolume:
      bootDevice?.destination_type === 'volume' ? makeBootVolume(sandbox, id, bootDevice) : undefined,
    tags: wanted.tags,
    metadata: wanted.metadata,
    userData: wanted.user_data ?? '',
    wantsNetworks,
    ports: [],
    isOff: false,
  };
  store.state.servers[id] = record;
  if (useUp(store, 'stuck')) store.save('servers', id);
  else lifecycle.plan(record, 'schedule');
  const { name, tags, metadata } = record;
  ledger.record({
    effect: 'server.created',
    id,
    detail: { name, flavor: flavor.name, zone, tags, metadata },
  });
  return record;
}

/** The zones that have hosts. */
export function openZones({ store }: Sandbox): string[] {
  return zones.filter((zone) => !store.state.control.closedZones.includes(zone));
}

/** Fields are known from a microversion on. */
function refuseTooNew({ tags, hostname }: CreateServer, microversion: number): void {
  const tooNew = [
    ...(tags.length > 0 && microversion < 52 ? ['tags'] : []),
    ...(hostname !== undefined && microversion < 90 ? ['hostname'] : []),
  ];
  if (tooNew.length > 0) {
    throw badRequest(`Additional properties are not allowed ('${tooNew.join("', '")}' was unexpected)`);
  }
}

function networksOf({ hasNetwork }: Sandbox, wanted: CreateServer['networks']): string[] {
  if (wanted === 'none') return [];
  if (!hasNetwork) throw new ApiError(500, 'Unexpected API Error. EndpointNotFound: network');
  if (wanted === 'auto') return [networks.public];
  const known: readonly string[] = Object.values(networks);
  return wanted.map(({ uuid, port }) => {
    if (port) throw conflict(`Port ${port} could not be found.`);
    if (uuid === undefined || !known.includes(uuid)) throw badRequest(`Network ${uuid} could not be found.`);
    return uuid;
  });
}

function refuseOverQuota({ store }: Sandbox, { ram, vcpus }: { ram: number; vcpus: number }): void {
  const used = Object.keys(store.state.servers).length;
  const { instanceLimit } = store.state.control;
  if (used < instanceLimit) return;
  throw forbidden(
    `Quota exceeded for instances: Requested 1, but already used ${used} of ${instanceLimit} instances (${vcpus} cores, ${ram} MB)`,
  );
}

function makeBootVolume(
  { store }: Sandbox,
  serverId: string,
  device: { volume_size?: number; delete_on_termination?: boolean | string },
): string {
  const id = randomUUID();
  if (device.volume_size === undefined) throw badRequest('Boot volume has no size.');
  store.state.volumes[id] = {
    seq: nextSeq(store),
    id,
    name: '',
    description: '',
    size: device.volume_size,
    status: 'in-use',
    bootable: true,
    metadata: {},
    attachedTo: serverId,
    deleteOnTermination: String(device.delete_on_termination).toLowerCase() === 'true',
    created: apiTime(),
  };
  store.save('volumes', id);
  return id;
}
