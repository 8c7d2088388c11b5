/** A plan's `providers.vultr` entry: what to order, from which image, and Vultr's name of each Tenure region. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { HYPERVISOR_REASONS } from '../port.ts';

const VultrPlan = z
  .strictObject({
    /** E.g. `vc2-1c-1gb`; see GET /plans. */
    plan: z.string().min(1),
    /** An operating system; see GET /os. */
    osId: z.int().positive().optional(),
    /** A marketplace application; see GET /applications?type=marketplace. */
    imageId: z.string().min(1).optional(),
    /** Tenure's region key → Vultr's region id; see GET /regions. */
    regions: z.record(z.string(), z.string().min(1)),
  })
  .refine(({ osId, imageId }) => (osId === undefined) !== (imageId === undefined), {
    path: ['osId'],
    message: 'give either osId or imageId',
  });

/** What fills the disk, in the words of Vultr's bodies. */
export type Image = { os_id: number } | { image_id: string };

export interface PlanInRegion {
  /** Vultr's region id. */
  region: string;
  /** Vultr's plan id. */
  plan: string;
  image: Image;
}

/** @throws TenureFailure `refused` (`bad-plan`) that names the wrong field. */
export function readPlan(entry: Record<string, unknown>, regionKey: string): PlanInRegion {
  const parsed = VultrPlan.safeParse(entry);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badPlan(['providers.vultr', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is wrong');
  }
  const { plan, osId, imageId = '', regions } = parsed.data;
  const region = regions[regionKey];
  if (region === undefined) throw badPlan(`providers.vultr.regions.${regionKey}`, 'is missing');
  return { region, plan, image: osId === undefined ? { image_id: imageId } : { os_id: osId } };
}

function badPlan(field: string, wrong: string): TenureFailure {
  return new TenureFailure('refused', `${field}: ${wrong}`, {
    reason: HYPERVISOR_REASONS.badPlan,
    nextStep: `Mend ${field} in the catalogue.`,
  });
}
