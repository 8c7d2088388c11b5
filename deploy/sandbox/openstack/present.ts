import { isIP } from 'node:net';
import type { publicImages } from './catalog.ts';
import { flavors, microversions, networks, projectId } from './catalog.ts';
import type { Sandbox } from './sandbox.ts';
import { vmState } from './server-actions.ts';
import type { ImageRecord, Port, ServerRecord, VolumeRecord } from './state.ts';

const links = (kind: string, id: string): { rel: string; href: string }[] => [
  { rel: 'self', href: `http://openstack.invalid/compute/v2.1/${kind}/${id}` },
  { rel: 'bookmark', href: `http://openstack.invalid/compute/${kind}/${id}` },
];

export function presentFlavor({
  id,
  name,
  vcpus,
  ram,
  disk,
}: (typeof flavors)[number]): Record<string, unknown> {
  return {
    id,
    name,
    vcpus,
    ram,
    disk,
    swap: 0,
    'os-flavor-access:is_public': true,
    links: links('flavors', id),
  };
}

export function briefly({ id, name }: { id: string; name: string }, kind: string): Record<string, unknown> {
  return { id, name, links: links(kind, id) };
}

/** A server as answers carry it from a microversion on. */
export function presentServer(
  sandbox: Sandbox,
  record: ServerRecord,
  microversion: number,
): Record<string, unknown> {
  const { id, name, status, task, created, zone, tags, metadata, fault, bootVolume, hostname } = record;
  const flavor = flavors.find((each) => each.name === record.flavor);
  const { original_name, ...size } = {
    original_name: record.flavor,
    vcpus: flavor?.vcpus ?? 0,
    ram: flavor?.ram ?? 0,
    disk: flavor?.disk ?? 0,
    ephemeral: 0,
    swap: 0,
    extra_specs: {},
  };
  return {
    id,
    name,
    status,
    created,
    updated: created,
    tenant_id: projectId,
    metadata,
    accessIPv4: '',
    accessIPv6: '',
    addresses: status === 'BUILD' && task !== 'spawning' ? {} : presentAddresses(sandbox, record),
    flavor: microversion < 47 ? { id: flavor?.id ?? '', links: [] } : { original_name, ...size },
    image: bootVolume === undefined ? { id: record.imageId, links: links('images', record.imageId) } : '',
    key_name: null,
    config_drive: '',
    links: links('servers', id),
    'OS-DCF:diskConfig': 'MANUAL',
    'OS-EXT-AZ:availability_zone': status === 'BUILD' && task === 'scheduling' ? '' : zone,
    'OS-EXT-STS:task_state': task,
    'OS-EXT-STS:vm_state': vmState(status),
    'OS-EXT-STS:power_state': status === 'ACTIVE' ? 1 : status === 'SHUTOFF' ? 4 : 0,
    'os-extended-volumes:volumes_attached': volumesOf(sandbox, id).map((volume) => ({
      id: volume.id,
      delete_on_termination: volume.deleteOnTermination,
    })),
    ...(microversion >= 26 && { tags }),
    ...(microversion >= 90 && { 'OS-EXT-SRV-ATTR:hostname': hostname }),
    ...(fault && { fault }),
  };
}

export function volumesOf({ store }: Sandbox, serverId: string): VolumeRecord[] {
  return Object.values(store.state.volumes).filter(({ attachedTo }) => attachedTo === serverId);
}

function presentAddresses({ store }: Sandbox, { ports }: ServerRecord): Record<string, unknown[]> {
  const shown: Record<string, unknown[]> = {};
  const show = (network: string, addr: string, type: string): void => {
    const entry = {
      addr,
      version: isIP(addr),
      'OS-EXT-IPS:type': type,
      'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01',
    };
    shown[network] = [...(shown[network] ?? []), entry];
  };
  for (const { id, networkId, fixedIp } of ports) {
    const network = networkId === networks.public ? 'public' : 'private';
    show(network, fixedIp, 'fixed');
    for (const floating of Object.values(store.state.floatingIps)) {
      if (floating.portId === id) show(network, floating.address, 'floating');
    }
  }
  return shown;
}

export function presentPublicImage({
  id,
  name,
  minDisk,
}: (typeof publicImages)[number]): Record<string, unknown> {
  return {
    id,
    name,
    status: 'active',
    visibility: 'public',
    owner: 'f00d',
    size: 600_000_000,
    min_disk: minDisk,
    min_ram: 0,
    protected: true,
    tags: [],
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    schema: '/v2/schemas/image',
  };
}

export function presentImage({
  id,
  name,
  status,
  size,
  minDisk,
  created,
  properties,
}: ImageRecord): Record<string, unknown> {
  return {
    ...properties,
    id,
    name,
    status,
    visibility: 'private',
    owner: projectId,
    size: status === 'active' ? size : null,
    min_disk: minDisk,
    min_ram: 0,
    protected: false,
    tags: [],
    created_at: created,
    updated_at: created,
    schema: '/v2/schemas/image',
  };
}

export function presentVolume(volume: VolumeRecord): Record<string, unknown> {
  const { id, name, description, size, status, bootable, metadata, attachedTo, created } = volume;
  const attachment = {
    server_id: attachedTo,
    volume_id: id,
    attachment_id: id,
    device: bootable ? '/dev/vda' : '/dev/vdb',
  };
  return {
    id,
    name,
    description,
    size,
    status,
    bootable: String(bootable),
    metadata,
    attachments: attachedTo === null ? [] : [attachment],
    availability_zone: 'nova',
    volume_type: 'default',
    created_at: created,
    encrypted: false,
  };
}

export function presentPort(
  server: ServerRecord,
  { id, networkId, fixedIp, securityGroups }: Port,
): Record<string, unknown> {
  return {
    id,
    network_id: networkId,
    device_id: server.id,
    device_owner: `compute:${server.zone}`,
    status: 'ACTIVE',
    fixed_ips: [{ subnet_id: networkId, ip_address: fixedIp }],
    security_groups: securityGroups,
  };
}

export function presentVersion(): Record<string, unknown> {
  return {
    version: {
      id: 'v2.1',
      status: 'CURRENT',
      version: `2.${microversions.max}`,
      min_version: `2.${microversions.min}`,
      updated: '2013-07-23T11:33:21Z',
      links: [{ rel: 'self', href: 'http://openstack.invalid/compute/v2.1/' }],
    },
  };
}
