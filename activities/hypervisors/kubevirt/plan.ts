/** A plan's `providers.kubevirt` entry. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is not a name of Kubernetes');

/** Where the first disk's content comes from; CDI copies it when the machine is made. */
const Image = z.union([
  z.strictObject({ registry: z.string().startsWith('docker://') }),
  z.strictObject({ http: z.url() }),
  z.strictObject({ dataSource: name, namespace: name.optional() }),
  z.strictObject({ pvc: name, namespace: name }),
]);
export type Image = z.output<typeof Image>;

const PlanEntry = z
  .strictObject({
    /** CPU and memory by a ready-made type of the cluster … */
    instancetype: z
      .strictObject({
        name,
        kind: z
          .enum(['VirtualMachineClusterInstancetype', 'VirtualMachineInstancetype'])
          .default('VirtualMachineClusterInstancetype'),
      })
      .optional(),
    /** … or by numbers. */
    cpus: z.int().positive().optional(),
    memoryMb: z.int().positive().optional(),
    /** Devices that suit the guest's system, e.g. `ubuntu` or `windows.11`. */
    preference: z
      .strictObject({
        name,
        kind: z
          .enum(['VirtualMachineClusterPreference', 'VirtualMachinePreference'])
          .default('VirtualMachineClusterPreference'),
      })
      .optional(),
    diskGb: z.int().positive(),
    image: Image,
    /** Default: the cluster's own default class. */
    storageClass: name.optional(),
    /** Resource names of device plugins, e.g. `nvidia.com/GA102GL_A10`; one device each. */
    gpus: z.array(z.string().min(1)).default([]),
    /** A NetworkAttachmentDefinition (`namespace/name`) with public addresses; default: the pod network. */
    network: z.string().min(1).optional(),
    /** Tenure's region key → value of the nodes' label `topology.kubernetes.io/zone`; empty: any node. */
    regions: z.record(z.string(), z.string()),
  })
  .refine(
    ({ instancetype, cpus, memoryMb }) =>
      instancetype === undefined
        ? cpus !== undefined && memoryMb !== undefined
        : cpus === undefined && memoryMb === undefined,
    { path: ['instancetype'], message: 'give either instancetype or both cpus and memoryMb' },
  );

/** A valid entry, with the region in the cluster's words. */
export interface Order extends Omit<z.output<typeof PlanEntry>, 'regions'> {
  /** Empty: any node. */
  zone: string;
}

/** @throws TenureFailure `refused` (`bad-plan`) that names the field. */
export function readPlan(plan: Record<string, unknown>, region: string): Order {
  const parsed = PlanEntry.safeParse(plan);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badPlan(['providers.kubevirt', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is wrong');
  }
  const { regions, ...order } = parsed.data;
  const zone = Object.hasOwn(regions, region) ? regions[region] : undefined;
  if (zone === undefined) throw badPlan(`providers.kubevirt.regions.${region}`, 'is missing');
  return { ...order, zone };
}

/** How big a machine of this order is, as {@link sizeOfDomain} reads it from the cluster. */
export function sizeOfOrder({ instancetype, cpus, memoryMb }: Order): string {
  return instancetype?.name ?? sizeText(cpus ?? 1, memoryMb ?? 0);
}

/** E.g. `2 CPU, 4096 MB`. */
export function sizeText(cpus: number, memoryMb: number): string {
  return `${cpus} CPU, ${memoryMb} MB`;
}

function badPlan(field: string, wrong: string): TenureFailure {
  return new TenureFailure('refused', `${field}: ${wrong}`, {
    reason: REASONS.badPlan,
    nextStep: `Mend ${field} in the catalogue.`,
  });
}
