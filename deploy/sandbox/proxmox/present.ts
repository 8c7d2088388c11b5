/** Machines as answers show them. */
import { createHash } from 'node:crypto';
import { bootDiskBytes } from './disks.ts';
import { type Settings, type Vm, epochSeconds } from './state.ts';

/** Settings in force, or with those that the next power cycle brings. */
export function presentConfig(vm: Vm, isCurrent: boolean): Settings {
  const { config, pending, lock } = vm;
  if (isUnmarked(vm)) return { lock: 'clone', digest: digestOf(vm) };
  const shown = Object.entries(isCurrent ? config : { ...config, ...pending }).filter(
    (entry): entry is [string, string | number] => entry[1] !== null,
  );
  return { ...Object.fromEntries(shown), ...(lock !== null && { lock }), digest: digestOf(vm) };
}

export function digestOf({ config, pending }: Vm): string {
  return createHash('sha1')
    .update(JSON.stringify([config, pending]))
    .digest('hex');
}

function measuresOf({ config, running, startedAt }: Vm): Record<string, number> {
  const maxmem = Number(/\d+/.exec(String(config['memory'] ?? 512))?.[0]) * 1_024 ** 2;
  return {
    maxcpu: Number(config['cores'] ?? 1) * Number(config['sockets'] ?? 1),
    maxmem,
    maxdisk: bootDiskBytes(config),
    cpu: running ? 0.01 : 0,
    mem: running ? Math.round(maxmem / 4) : 0,
    disk: 0,
    diskread: 0,
    diskwrite: 0,
    netin: 0,
    netout: 0,
    uptime: running ? epochSeconds() - startedAt : 0,
  };
}

/** A clone that has just begun. */
function isUnmarked({ lock, unmarkedUntilMs }: Vm): boolean {
  return lock === 'clone' && Date.now() < unmarkedUntilMs;
}

function marksOf({ config, lock }: Vm): Record<string, string | number> {
  const { tags } = config;
  return { ...(tags !== undefined && { tags }), ...(lock !== null && { lock }) };
}

/** A row of the cluster's list. What nodes have not yet told of a new machine is missing. */
export function presentResource(vm: Vm): Record<string, unknown> {
  const { vmid, node, config, running, lock } = vm;
  const marks = isUnmarked(vm) ? { lock: 'clone' } : marksOf(vm);
  const base = { id: `qemu/${vmid}`, type: 'qemu', vmid, node, ...marks };
  if (lock === 'clone') return { ...base, status: 'unknown', template: 0 };
  return {
    ...base,
    name: String(config['name'] ?? ''),
    status: running ? 'running' : 'stopped',
    template: Number(config['template'] ?? 0),
    ...measuresOf(vm),
  };
}

export function presentStatus(vm: Vm): Record<string, unknown> {
  const { vmid, config, running } = vm;
  const { maxcpu, ...measures } = measuresOf(vm);
  return {
    vmid,
    name: String(config['name'] ?? ''),
    status: running ? 'running' : 'stopped',
    qmpstatus: running ? 'running' : 'stopped',
    ha: { managed: 0 },
    cpus: maxcpu,
    ...measures,
    ...(config['template'] === 1 && { template: 1 }),
    ...(/^(1|enabled=1)/.test(String(config['agent'] ?? '')) && { agent: 1 }),
    ...marksOf(vm),
  };
}
