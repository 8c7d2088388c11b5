/** A plan's `providers.proxmox` entry: what to clone, how large, and which nodes each of Tenure's regions has. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

const name = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'is not a name of Proxmox VE');

const ProxmoxPlan = z
  .strictObject({
    /** The template's id, or its name where nodes have one each on storage of their own. */
    template: z.union([z.int().min(100).max(999_999_999), name]),
    cores: z.int().min(1).max(512),
    memoryMb: z.int().min(64),
    /** Of the first disk; not less than the template's. */
    diskGb: z.int().min(1),
    /** The disk that is made larger. */
    disk: z
      .string()
      .regex(/^(ide|sata|scsi|virtio)\d+$/)
      .default('scsi0'),
    /** `full` copies the disk, `linked` shares the template's as long as both live. */
    clone: z.enum(['full', 'linked']).default('full'),
    /** Where a full clone's disk goes; the template's storage if unset. */
    storage: name.optional(),
    /** A resource mapping of the datacentre with graphics cards. */
    gpu: z.strictObject({ mapping: name, pcie: z.boolean().default(true) }).optional(),
    /** Tenure's region key → names of nodes. */
    regions: z.record(z.string(), z.array(name).min(1)),
  })
  .refine(({ clone, storage }) => clone === 'full' || storage === undefined, {
    path: ['storage'],
    message: 'is only for full clones',
  });

export type Order = Omit<z.output<typeof ProxmoxPlan>, 'regions'> & { nodes: string[] };

/** @throws TenureFailure `refused` (`bad-plan`) that names the field. */
export function readPlan(plan: Record<string, unknown>, region: string): Order {
  const parsed = ProxmoxPlan.safeParse(plan);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badPlan(['providers.proxmox', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is wrong');
  }
  const { regions, ...order } = parsed.data;
  const nodes = Object.hasOwn(regions, region) ? regions[region] : undefined;
  if (nodes === undefined) throw badPlan(`providers.proxmox.regions.${region}`, 'is missing');
  return { ...order, nodes };
}

/** The size in words that a machine's settings can be put in as well. */
export function sizeText(cores: number, memoryMb: number, diskGb: number): string {
  return `${cores}c-${memoryMb}m-${diskGb}g`;
}

/** The setting that hands a card over. */
export function hostpciOf({ gpu }: Order): string | null {
  return gpu ? `mapping=${gpu.mapping},pcie=${gpu.pcie ? 1 : 0}` : null;
}

export function badPlan(field: string, wrong: string): TenureFailure {
  return new TenureFailure('refused', `${field}: ${wrong}`, {
    reason: REASONS.badPlan,
    nextStep: `Mend ${field} in the catalogue.`,
  });
}
