/** A server in the place of Proxmox VE that says what it is told, and the driver on it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { createProxmoxDriver } from '../../../activities/hypervisors/proxmox.ts';
import {
  describeClone,
  refOf,
  tagsOfMade,
  tagsOfMaking,
} from '../../../activities/hypervisors/proxmox/marks.ts';

export const SECRET = '5a4b3c2d-0000-4000-8000-00000000beef';
export const UPID = 'UPID:pve1:00001F40:0001E240:65A0B1C2:qmstop:10000:tenure@pve!t:';
export const KEY = 'sub_1-1-g1';
export const MARK = { key: KEY, madeAt: new Date('2026-03-01T10:00:00.000Z') };
export const REF = refOf(10_000, KEY);
export const MADE = tagsOfMade(tagsOfMaking(10_000, MARK, []).split(';'), '192.0.2.9');
export const NOT_THERE = "Configuration file 'nodes/pve1/qemu-server/10000.conf' does not exist";

export const ORDER = {
  key: KEY,
  hostname: 'web-1',
  region: 'fra',
  plan: { template: 9_000, cores: 1, memoryMb: 1_024, diskGb: 10, regions: { fra: ['pve1'] } },
  userData: '',
  labels: {},
};

export interface Answer {
  status?: number;
  data?: unknown;
  message?: string;
  errors?: Record<string, string>;
  raw?: string;
}
export type Row = Record<string, unknown>;

/** The machine as the cluster lists it. */
const row = (change: Row = {}): Row => ({
  ...{
    id: 'qemu/10000',
    type: 'qemu',
    vmid: 10_000,
    node: 'pve1',
    name: 'web-1',
    status: 'running',
    template: 0,
  },
  ...{ maxcpu: 1, maxmem: 1_024 ** 3, maxdisk: 10 * 1_024 ** 3, tags: MADE, something_new: true },
  ...change,
});
export const TEMPLATE = {
  id: 'qemu/9000',
  type: 'qemu',
  vmid: 9_000,
  node: 'pve1',
  template: 1,
  name: 'ubuntu',
};
/** What the cluster lists; the change is to the machine. */
export const cluster = (change: Row = {}): Row[] => [
  row(change),
  TEMPLATE,
  { id: 'node/pve1', type: 'node', node: 'pve1', status: 'online', maxmem: 64 * 1_024 ** 3, maxcpu: 8 },
  { id: 'sdn/pve1/zone', type: 'sdn', sdn: 'zone', node: 'pve1', status: 'ok' },
];
/** The machine's settings. */
export const config = (change: Row = {}): Row => ({
  ...{ name: 'web-1', cores: 1, memory: '1024', scsi0: 'ceph:vm-10000-disk-0,size=10G' },
  ...{ boot: 'order=scsi0;net0', net0: 'virtio=BC:24:11:AA:BB:CC,bridge=vmbr0', digest: 'd', tags: MADE },
  ...{ ipconfig0: 'ip=dhcp', description: describeClone(10_000, MARK, { tenant: 'ten_1' }) },
  ...change,
});

/** What goes over the wire, both ways. */
export interface ScriptedProxmox {
  readonly driver: Hypervisor;
  /** All calls since the last reset. */
  asked: { call: string; body: Row }[];
  /** By method and the end of the path; the longest end counts. */
  answers: Record<string, Answer>;
  /** What was asked of clones. */
  clones(): Row[];
  /** Forgets everything; the machine runs again, and everything works. */
  reset(): void;
  close(): void;
}

export async function startScriptedProxmox(): Promise<ScriptedProxmox> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const call = `${req.method} ${req.url?.split('?')[0]}`;
      const body = Buffer.concat(chunks).toString();
      wire.asked.push({ call, body: body === '' ? {} : (JSON.parse(body) as Row) });
      const wanted = Object.keys(wire.answers).filter((each) => {
        const [method = '', end = ''] = each.split(' ');
        return call.startsWith(method) && call.endsWith(end);
      });
      const key = wanted.sort((a, b) => b.length - a.length)[0] ?? '';
      const { status = 200, data = null, message, errors, raw } = wire.answers[key] ?? { status: 501 };
      res.writeHead(status).end(raw ?? JSON.stringify({ data, message, errors }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const driver = createProxmoxDriver({
    apiBase: `http://127.0.0.1:${port}/api2/json`,
    token: `tenure@pve!t=${SECRET}`,
    timeoutMs: 2_000,
    requestsPerSecond: 10_000,
    taskWaitMs: 200,
    pollMs: 10,
    createSettleMs: 4_000,
    range: { from: 10_000, to: 10_099 },
    rules: { nodes: [], memoryOvercommit: 1 },
    pool: null,
    nameservers: [],
    snippets: null,
    backupStorage: 'pbs',
  });
  const fresh = () => ({
    asked: [],
    answers: {
      'GET /cluster/resources': { data: cluster() },
      'GET /status/current': { data: { status: 'running', qmpstatus: 'running', vmid: 10_000 } },
      'GET /qemu/10000/config': { data: config() },
      'GET /qemu/9000/config': {
        data: { scsi0: 'ceph:base-9000-disk-0,size=3G', ide2: 'ceph:vm-9000-cloudinit,media=cdrom' },
      },
      'GET /tasks': { data: [] },
      'POST /agent': { status: 500, message: 'QEMU guest agent is not running\n' },
      'POST /clone': { data: UPID.replace('qmstop', 'qmclone') },
      'POST /status/shutdown': { data: UPID },
      'GET /status': { data: { status: 'stopped', exitstatus: 'OK' } },
    },
  });
  const wire: ScriptedProxmox = {
    driver,
    ...fresh(),
    clones: () => wire.asked.filter(({ call }) => call.endsWith('/clone')).map(({ body }) => body),
    reset: () => void Object.assign(wire, fresh()),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return wire;
}
