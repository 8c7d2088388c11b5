/** What the cluster's answers must have, and what they mean in Tenure's words. */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { ProviderInstance, ProviderSnapshot } from '../port.ts';
import { ANNOTATIONS } from './names.ts';
import { sizeText } from './plan.ts';
import { bytesOf } from './quantity.ts';

const texts = z.record(z.string(), z.string());

export const Metadata = z.object({
  name: z.string().min(1),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  labels: texts.optional(),
  annotations: texts.optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
});

/** An object of which nothing more needs to be known. */
export const Named = z.object({ metadata: Metadata });
export type Named = z.output<typeof Named>;

const Domain = z.object({
  cpu: z
    .object({
      cores: z.number().optional(),
      sockets: z.number().optional(),
      threads: z.number().optional(),
    })
    .optional(),
  memory: z.object({ guest: z.union([z.string(), z.number()]).optional() }).optional(),
  // Whole, because extra ones are sent back as they are.
  devices: z.object({ disks: z.array(z.looseObject({ name: z.string() })).optional() }).optional(),
});

export const Vm = z.object({
  metadata: Metadata,
  spec: z.object({
    runStrategy: z.string().optional(),
    running: z.boolean().optional(),
    instancetype: z.object({ name: z.string().optional() }).optional(),
    template: z.object({
      spec: z.object({
        domain: Domain,
        nodeSelector: texts.optional(),
        volumes: z
          .array(
            z.looseObject({
              name: z.string(),
              dataVolume: z.object({ name: z.string() }).optional(),
              persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
            }),
          )
          .optional(),
      }),
    }),
  }),
  status: z
    .object({
      printableStatus: z.string().optional(),
      snapshotInProgress: z.string().nullish(),
      restoreInProgress: z.string().nullish(),
      stateChangeRequests: z.array(z.unknown()).nullish(),
    })
    .optional(),
});
export type Vm = z.output<typeof Vm>;

export const Vmi = z.object({
  metadata: Metadata,
  spec: z.object({ domain: Domain }).optional(),
  status: z
    .object({
      phase: z.string().optional(),
      nodeName: z.string().optional(),
      interfaces: z
        .array(z.object({ ipAddress: z.string().optional(), ipAddresses: z.array(z.string()).nullish() }))
        .nullish(),
    })
    .optional(),
});
export type Vmi = z.output<typeof Vmi>;

export const Snapshot = z.object({
  metadata: Metadata,
  spec: z.object({ source: z.object({ name: z.string() }) }),
  status: z
    .object({
      phase: z.string().optional(),
      readyToUse: z.boolean().nullish(),
      virtualMachineSnapshotContentName: z.string().nullish(),
    })
    .optional(),
});
export type Snapshot = z.output<typeof Snapshot>;

export const SnapshotContent = z.object({
  spec: z.object({
    volumeBackups: z
      .array(
        z.object({
          persistentVolumeClaim: z.object({
            spec: z.object({ resources: z.object({ requests: texts.optional() }).optional() }).optional(),
          }),
        }),
      )
      .nullish(),
  }),
});

export const Restore = z.object({
  metadata: Metadata,
  spec: z.object({ target: z.object({ name: z.string() }), virtualMachineSnapshotName: z.string() }),
  status: z
    .object({
      complete: z.boolean().nullish(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string().nullish() }))
        .nullish(),
    })
    .optional(),
});
export type Restore = z.output<typeof Restore>;

/** Zone label of nodes; a machine's region is the value that its node must have. */
export const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** @param vmi the running side of the machine, if there is one. */
export function toInstance(vm: Vm, vmi: Vmi | null): ProviderInstance {
  const { metadata, spec } = vm;
  return {
    ref: metadata.name,
    key: metadata.annotations?.[ANNOTATIONS.key] ?? null,
    state: stateOf(vm, vmi),
    address: vmi ? (addressesOf(vmi)[0] ?? null) : null,
    region: spec.template.spec.nodeSelector?.[ZONE_LABEL] ?? '',
    createdAt: metadata.creationTimestamp ?? null,
    name: metadata.annotations?.[ANNOTATIONS.name] ?? metadata.name,
    size: (vmi && sizeOfRunning(vmi)) ?? sizeOfVm(vm),
  };
}

/** All addresses, the first interface's first. */
export function addressesOf({ status }: Vmi): string[] {
  const all = (status?.interfaces ?? []).flatMap(({ ipAddress, ipAddresses }) => [
    ...(ipAddress === undefined ? [] : [ipAddress]),
    ...(ipAddresses ?? []),
  ]);
  // Link-local ones lead nowhere from outside.
  return [...new Set(all)].filter((address) => isIP(address) !== 0 && !/^fe80:/i.test(address));
}

/** The size that a machine will have at its next start. */
export function sizeOfVm({ spec }: Vm): string | null {
  return spec.instancetype?.name ?? sizeOfDomain(spec.template.spec.domain);
}

/** The size that it runs with now: a change waits for the next start. */
export function sizeOfRunning({ metadata, spec }: Vmi): string | null {
  const { annotations = {} } = metadata;
  const type =
    annotations['kubevirt.io/cluster-instancetype-name'] ?? annotations['kubevirt.io/instancetype-name'];
  return type ?? (spec ? sizeOfDomain(spec.domain) : null);
}

/** CPU and memory of a running machine, `null` if it does not tell. */
export function sizeOfSpec({ spec }: Vmi): { cpus: number; memoryMb: number } | null {
  return spec ? amountsOf(spec.domain) : null;
}

function sizeOfDomain(domain: z.output<typeof Domain>): string | null {
  const amounts = amountsOf(domain);
  return amounts && sizeText(amounts.cpus, amounts.memoryMb);
}

function amountsOf({ cpu, memory }: z.output<typeof Domain>): { cpus: number; memoryMb: number } | null {
  const bytes = bytesOf(memory?.guest);
  if (bytes === null) return null;
  const { cores = 1, sockets = 1, threads = 1 } = cpu ?? {};
  return { cpus: cores * sockets * threads, memoryMb: Math.round(bytes / 1024 ** 2) };
}

const FAILED = new Set([
  'CrashLoopBackOff',
  'DataVolumeError',
  'ErrImagePull',
  'ErrorDataVolumeNotFound',
  'ErrorPvcNotFound',
  'ImagePullBackOff',
]);
/** An unschedulable machine starts by itself as soon as a node has room. */
const COMING = new Set(['Provisioning', 'Starting', 'WaitingForVolumeBinding', 'ErrorUnschedulable']);

/** Whether a machine is meant to run, whatever it does at the moment. */
export function willRun({ spec, status }: Vm): boolean {
  // `running` is the older way of saying it.
  const strategy = spec.runStrategy ?? (spec.running === false ? 'Halted' : 'Always');
  if (strategy === 'Always' || strategy === 'Halted') return strategy === 'Always';
  // The others follow what was last asked for, by a person or by the guest; ours never have them.
  return !['Stopped', 'Stopping'].includes(status?.printableStatus ?? 'Stopped');
}

/** What isn't known is `busy`: wait, and decide nothing on it. */
export function stateOf(vm: Vm, vmi: Vmi | null): ProviderInstance['state'] {
  const { metadata, status } = vm;
  if (metadata.deletionTimestamp !== undefined) return 'busy';
  // Right after its creation a machine has no status at all.
  if (status?.printableStatus === undefined) return 'creating';
  if (status.restoreInProgress || (status.stateChangeRequests ?? []).length > 0) return 'busy';
  const { printableStatus: printed } = status;
  const isToRun = willRun(vm);
  if (FAILED.has(printed)) return 'failed';
  if (COMING.has(printed)) return 'creating';
  // The controller has not looked yet.
  if (printed === 'Stopped') return isToRun ? 'creating' : 'stopped';
  if (printed !== 'Running' && printed !== 'Migrating') return 'busy';
  if (!isToRun || vmi?.metadata.deletionTimestamp !== undefined) return 'busy';
  return vmi?.status?.phase === 'Running' ? 'running' : 'creating';
}

export function toSnapshot({ metadata, status }: Snapshot, sizeBytes: number | null): ProviderSnapshot {
  const isReady = status?.readyToUse === true && metadata.deletionTimestamp === undefined;
  const state = isReady ? 'complete' : status?.phase === 'Failed' ? 'failed' : 'pending';
  return {
    ref: metadata.name,
    key: metadata.annotations?.[ANNOTATIONS.key] ?? null,
    state,
    sizeBytes: isReady ? sizeBytes : null,
  };
}

/** The disks that a snapshot holds, in bytes; `null` if it does not tell. */
export function sizeOfContent({ spec }: z.output<typeof SnapshotContent>): number | null {
  const sizes = (spec.volumeBackups ?? []).map(({ persistentVolumeClaim }) =>
    bytesOf(persistentVolumeClaim.spec?.resources?.requests?.['storage']),
  );
  const known = sizes.filter((size) => size !== null);
  return known.length === 0 ? null : known.reduce((sum, size) => sum + size, 0);
}
