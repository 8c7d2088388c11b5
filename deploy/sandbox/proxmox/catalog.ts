/** The cluster: nodes, storages, mappings, and the templates that a fresh one has. */
import type { OsFamily } from '../guests/record.ts';
import { type ProxmoxState, type Vm, epochSeconds } from './state.ts';

export interface Node {
  name: string;
  cpus: number;
  memoryBytes: number;
}

export interface Storage {
  name: string;
  plugin: string;
  content: string;
  shared: boolean;
  bytes: number;
}

const TIB = 1_024 ** 4;

export const nodes: readonly Node[] = ['pve1', 'pve2', 'pve3'].map((name) => ({
  name,
  cpus: 64,
  memoryBytes: 4 * TIB,
}));

export const storages: readonly Storage[] = [
  { name: 'ceph', plugin: 'rbd', content: 'images,rootdir', shared: true, bytes: 200 * TIB },
  { name: 'local-zfs', plugin: 'zfspool', content: 'images,rootdir', shared: false, bytes: 8 * TIB },
  { name: 'backup', plugin: 'nfs', content: 'backup', shared: true, bytes: 100 * TIB },
  { name: 'snippets', plugin: 'nfs', content: 'snippets', shared: true, bytes: TIB },
];

/** Resource mappings of PCI devices: how many cards each has. */
export const mappings: Readonly<Record<string, number>> = { a16: 1 };

export const pools: readonly string[] = ['tenure'];

interface Template {
  vmid: number;
  node: string;
  name: string;
  family: OsFamily;
  osName: string;
  storage: string;
  disk: string;
  tags: string;
}

const templates: readonly Template[] = [
  {
    vmid: 9000,
    node: 'pve1',
    name: 'ubuntu-24.04',
    family: 'linux',
    osName: 'Ubuntu 24.04 LTS',
    storage: 'ceph',
    disk: '3584M',
    tags: 'golden',
  },
  {
    vmid: 9001,
    node: 'pve1',
    name: 'windows-2022',
    family: 'windows',
    osName: 'Windows Server 2022 Standard',
    storage: 'ceph',
    disk: '40G',
    tags: 'golden',
  },
  ...['pve1', 'pve2'].map((node, index) => ({
    vmid: 9010 + index,
    node,
    name: 'ubuntu-local',
    family: 'linux' as const,
    osName: 'Ubuntu 24.04 LTS',
    storage: 'local-zfs',
    disk: '3584M',
    tags: 'golden',
  })),
];

function templateVm({ vmid, node, name, family, osName, storage, disk, tags }: Template, seq: number): Vm {
  return {
    seq,
    vmid,
    node,
    config: {
      name,
      tags,
      template: 1,
      ostype: family === 'windows' ? 'win11' : 'l26',
      boot: 'order=scsi0;net0',
      scsihw: 'virtio-scsi-single',
      scsi0: `${storage}:base-${vmid}-disk-0,size=${disk}`,
      ide2: `${storage}:vm-${vmid}-cloudinit,media=cdrom`,
      net0: `virtio=BC:24:11:00:00:${String(seq).padStart(2, '0')},bridge=vmbr0`,
      cores: 1,
      sockets: 1,
      memory: '2048',
      agent: 'enabled=1',
      meta: `creation-qemu=10.1.2,ctime=${epochSeconds()}`,
    },
    pending: {},
    lock: null,
    running: false,
    family,
    osName,
    password: '',
    installed: false,
    userData: '',
    address: null,
    unmarkedUntilMs: 0,
    agentAtMs: 0,
    silent: false,
    madeAt: epochSeconds(),
    startedAt: 0,
  };
}

/** The state of a cluster that has nothing but its templates. */
export function freshState(): ProxmoxState {
  const vms = templates.map((template, index) => templateVm(template, index + 1));
  return {
    vms: Object.fromEntries(vms.map((vm) => [String(vm.vmid), vm])),
    tasks: {},
    backups: {},
    control: {
      offline: [],
      full: [],
      containers: null,
      unmarked: { times: 0, ms: 0 },
      stuck: 0,
      silent: 0,
      failing: [],
    },
    lastSeq: vms.length,
    guestPorts: { ssh: 0, rdp: 0 },
  };
}
