/** A plan's `providers.contabo` entry, and what it makes of an order. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { HYPERVISOR_REASONS } from '../port.ts';

/** Contabo's regions; see GET /data-centers. */
const REGIONS = ['EU', 'US-central', 'US-east', 'US-west', 'SIN', 'UK', 'AUS', 'JPN', 'IND'] as const;

const ContaboPlan = z.strictObject({
  /** What is ordered, e.g. `V92`; https://contabo.com/en/product-list/?show_ids=true */
  productId: z.string().min(1),
  /** An image; see GET /compute/images. */
  imageId: z.uuid(),
  /** A ready-made application on the image; see GET /compute/applications. */
  applicationId: z.string().min(1).optional(),
  /** The account that the image makes beside those of the first-boot data. */
  defaultUser: z.enum(['root', 'admin', 'administrator']).default('root'),
  /** Ids of public keys in Contabo's secrets, for the operator's own way in. */
  sshKeys: z.array(z.int().positive()).min(1).optional(),
  /** Months that are paid for at least, also if it is cancelled at once. */
  period: z.union([z.literal(1), z.literal(3), z.literal(6), z.literal(12)]).default(1),
  /** Tenure's region key → Contabo's. */
  regions: z.record(z.string(), z.enum(REGIONS)),
});

export interface ContaboOrder {
  productId: string;
  region: string;
  period: number;
  /** What is installed: also the body of a re-installation. */
  installation: {
    imageId: string;
    defaultUser: string;
    applicationId?: string;
    sshKeys?: number[];
  };
}

/** @throws TenureFailure `refused` (`bad-plan`) that names the wrong field. */
export function readPlan(plan: Record<string, unknown>, region: string): ContaboOrder {
  const parsed = ContaboPlan.safeParse(plan);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badPlan(['providers.contabo', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'is wrong');
  }
  const { productId, period, regions, ...installation } = parsed.data;
  const regionId = Object.hasOwn(regions, region) ? regions[region] : undefined;
  if (regionId === undefined) throw badPlan(`providers.contabo.regions.${region}`, 'is missing');
  return { productId, region: regionId, period, installation };
}

function badPlan(field: string, wrong: string): TenureFailure {
  return new TenureFailure('refused', `${field}: ${wrong}`, {
    reason: HYPERVISOR_REASONS.badPlan,
    nextStep: `Mend ${field} in the catalogue.`,
  });
}
