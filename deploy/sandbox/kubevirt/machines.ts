/** What the machines' own rules are, beyond the shape of their objects. */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from './kinds.ts';
import type { Objects } from './objects.ts';
import type { VirtualMachine } from './shapes.ts';
import type { KubeObject, KubeState } from './state.ts';
import { forbidden, invalid } from './status.ts';

/** The cluster's ready-made sizes. */
const INSTANCETYPES: Record<string, { cores: number; guest: string }> = {
  'u1.nano': { cores: 1, guest: '512Mi' },
  'u1.small': { cores: 1, guest: '2Gi' },
  'u1.medium': { cores: 1, guest: '4Gi' },
  'u1.large': { cores: 2, guest: '8Gi' },
};

export const NODES = [
  { name: 'node-1', zone: 'fsn1', cpu: '64', memory: '256Gi' },
  { name: 'node-2', zone: 'fsn1', cpu: '64', memory: '256Gi' },
  { name: 'node-3', zone: 'nbg1', cpu: '128', memory: '512Gi' },
] as const;

export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const QUOTA = 'tenure-quota';

/** The VirtualMachine within an object that its shape has passed. */
export function asVirtualMachine(object: { spec?: unknown }): VirtualMachine['spec'] {
  return object.spec as VirtualMachine['spec'];
}

/**
 * What KubeVirt's admission webhook refuses.
 *
 * @throws StatusError 422.
 */
export function checkMachine(name: string, sent: { spec?: unknown }): void {
  const { instancetype, running, runStrategy, dataVolumeTemplates = [], template } = asVirtualMachine(sent);
  const { domain, volumes = [], networks = [] } = template.spec;
  const refuse = (why: string): never => {
    throw invalid(KINDS.vm, name, why);
  };
  if ((running === undefined) === (runStrategy === undefined)) {
    refuse('spec: Running and RunStrategy are mutually exclusive, and one of them is needed');
  }
  if (instancetype !== undefined) {
    if (domain.cpu || domain.memory)
      refuse('spec.template.spec.domain: conflicts with the selected instance type');
    const isKnown = Object.hasOwn(INSTANCETYPES, instancetype.name ?? '');
    if (!isKnown) refuse(`spec.instancetype: Failure to find instancetype: "${instancetype.name}" not found`);
  } else if (domain.memory?.guest === undefined && domain.resources?.requests?.['memory'] === undefined) {
    refuse('spec.template.spec.domain.memory: no memory requested');
  }
  const volumeNames = new Set(volumes.map((volume) => volume.name));
  for (const disk of domain.devices.disks ?? []) {
    if (!volumeNames.has(disk.name))
      refuse(`spec.template.spec.domain.devices.disks: no volume "${disk.name}" found`);
  }
  const networkNames = new Set(networks.map((network) => network.name));
  for (const { name: network } of domain.devices.interfaces ?? []) {
    if (!networkNames.has(network))
      refuse(`spec.template.spec.domain.devices.interfaces: no network "${network}" found`);
  }
  for (const { metadata } of dataVolumeTemplates) {
    const isUsed = volumes.some(({ dataVolume }) => dataVolume?.name === metadata?.name);
    if (!isUsed)
      refuse('spec.dataVolumeTemplates: DataVolumeTemplate must be referenced in the VMI template’s volumes');
  }
}

/**
 * While a disk is copied, its machine's disks and run state stay as they are; while one is put back, its run state does.
 *
 * @throws StatusError 422.
 */
export function refuseDuringDiskWork(before: KubeObject, after: { spec?: unknown }): void {
  const { snapshotInProgress: snapshot, restoreInProgress: restore } = before.status ?? {};
  const [was, is] = [asVirtualMachine(before), asVirtualMachine(after)];
  const isSwitched = was.runStrategy !== is.runStrategy;
  const isRebuilt = !isDeepStrictEqual(was.template.spec.volumes, is.template.spec.volumes);
  const refuse = (what: string, work: string): never => {
    throw invalid(KINDS.vm, before.metadata.name, `spec: Cannot update VM ${what} until ${work} completes`);
  };
  if (typeof snapshot === 'string' && isRebuilt) refuse('disks or volumes', `snapshot "${snapshot}"`);
  if (typeof snapshot === 'string' && isSwitched) refuse('running state', `snapshot "${snapshot}"`);
  if (typeof restore === 'string' && isSwitched) refuse('runStrategy', `restore "${restore}"`);
}

/** @throws StatusError 403 where the namespace's quota is used up. */
export function checkQuota(objects: Objects, state: KubeState, name: string): void {
  const { instanceLimit } = state.control;
  const used = objects.list(KINDS.vm).length;
  if (used < instanceLimit) return;
  const count = 'count/virtualmachines.kubevirt.io';
  const why = `exceeded quota: ${QUOTA}, requested: ${count}=1, used: ${count}=${used}, limited: ${count}=${instanceLimit}`;
  throw forbidden(KINDS.vm, name, why);
}

/** CPU and memory that a machine's next run gets. */
export function sizeOfMachine(vm: { spec?: unknown }): { cores: number; guest: string | number } {
  const { instancetype, template } = asVirtualMachine(vm);
  const type = INSTANCETYPES[instancetype?.name ?? ''];
  if (type) return type;
  const { cpu, memory, resources } = template.spec.domain;
  const { cores = 1, sockets = 1, threads = 1 } = cpu ?? {};
  return {
    cores: cores * sockets * threads,
    guest: memory?.guest ?? resources?.requests?.['memory'] ?? '1Gi',
  };
}

/** The disk that a machine starts from. */
export function rootDiskOf(vm: { spec?: unknown }): string {
  const [first] = asVirtualMachine(vm).template.spec.volumes ?? [];
  return first?.dataVolume?.name ?? first?.persistentVolumeClaim?.claimName ?? first?.name ?? '';
}

/** The nodes, and the quota's use: both are computed when they are looked at. */
export function nodeObjects({ control }: KubeState): KubeObject[] {
  return NODES.map(({ name, zone, cpu, memory }) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { [ZONE_LABEL]: zone, 'kubevirt.io/schedulable': 'true' },
    },
    spec: control.closedZones.includes(zone) ? { unschedulable: true } : {},
    status: {
      capacity: { cpu, memory, pods: '250' },
      allocatable: { cpu, memory, pods: '250' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }));
}

export function quotaObject(objects: Objects, { control }: KubeState, namespace: string): KubeObject {
  const hard = { 'count/virtualmachines.kubevirt.io': String(control.instanceLimit) };
  const used = { 'count/virtualmachines.kubevirt.io': String(objects.list(KINDS.vm).length) };
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: {
      name: QUOTA,
      namespace,
      uid: QUOTA,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { hard },
    status: { hard, used },
  };
}
