import { z } from 'zod';
import { LocalizedText } from '../language.ts';
import { AmountMinor, Currency } from '../money.ts';
import { imageRefOf, ImageVersion, PlanImage } from './image.ts';
import { BackupPolicy } from '../operations/backups.ts';
import { PlacementPolicy } from './placement.ts';

/** A plan's key: stable over versions, used in addresses. */
export const PlanKey = z.string().regex(/^[a-z][a-z0-9-]{1,48}$/, 'lower-case letters, digits and dashes');

export const BillingInterval = z.enum(['month', 'year']);
export type BillingInterval = z.infer<typeof BillingInterval>;

export const PlanPrice = z.strictObject({
  interval: BillingInterval,
  currency: Currency,
  /** Per instance and interval, net of tax, in minor units. */
  amountMinor: AmountMinor.min(1),
  /** Once per instance, with the first payment. */
  setupFeeMinor: AmountMinor.default(0),
});
export type PlanPrice = z.infer<typeof PlanPrice>;

export const PlanResources = z.strictObject({
  vcpus: z.int().min(1).max(512),
  memoryMb: z.int().min(512),
  diskGb: z.int().min(5),
  gpu: z.strictObject({ model: z.string().min(1), memoryGb: z.int().min(1) }).optional(),
});

/**
 * Everything that was promised with a plan. A subscription keeps the version that it was bought under, so a later
 * catalogue changes nothing for it. Days and minutes are whole numbers; 0 days means at once.
 */
export const PlanTerms = z
  .strictObject({
    key: PlanKey,
    name: LocalizedText,
    description: LocalizedText,
    highlights: z.array(LocalizedText).max(8).default([]),
    prices: z.array(PlanPrice).min(1),
    resources: PlanResources,
    image: PlanImage,
    /** Promised uptime in percent. */
    uptimePercent: z.number().min(90).max(100),
    maxQuantity: z.int().min(1).max(100).default(10),
    /** Regions offered: Tenure's region key → label. Each provider entry says what the key means there. */
    regions: z.record(z.string().regex(/^[a-z]{3}$/), LocalizedText),
    /** Provider name → what that provider needs to make such an instance; checked by that provider's driver. */
    providers: z.record(z.string(), z.record(z.string(), z.unknown())),
    /** Snapshots by the clock; none unless it is said. */
    backups: BackupPolicy.optional(),
    /** Who of the providers gets the next instance. */
    placement: PlacementPolicy.prefault({}),
    credentialDelivery: z.enum(['link', 'inline']).default('link'),
    provisioning: z.strictObject({
      /** After this the customer is told that it takes longer. */
      delayedAfterMinutes: z.number().min(0.01).default(10),
      /** After this the attempt is given up and compensated. */
      deadlineMinutes: z.number().min(0.02).default(60),
    }),
    overdue: z.strictObject({
      /** From a failed payment to suspension. */
      suspendAfterDays: z.number().min(0).default(7),
      /** From suspension to the start of the cancellation. */
      cancelAfterDays: z.number().min(0).default(14),
    }),
    retention: z.strictObject({
      /** From the end of the service to the deletion of the data: it may be resumed until then. */
      graceDays: z.number().min(0).default(7),
      /** How long the last snapshot is kept after the deletion. */
      finalSnapshotDays: z.number().min(0).default(30),
    }),
  })
  .superRefine((terms, context) => {
    const seen = new Set<string>();
    for (const [index, price] of terms.prices.entries()) {
      const id = `${price.interval}/${price.currency}`;
      if (seen.has(id)) {
        context.addIssue({ code: 'custom', path: ['prices', index], message: `second price for ${id}` });
      }
      seen.add(id);
    }
    if (Object.keys(terms.regions).length === 0) {
      context.addIssue({ code: 'custom', path: ['regions'], message: 'at least one region is needed' });
    }
    if (Object.keys(terms.providers).length === 0) {
      context.addIssue({ code: 'custom', path: ['providers'], message: 'at least one provider is needed' });
    }
    for (const list of ['weights', 'costsMinor'] as const) {
      for (const provider of Object.keys(terms.placement[list])) {
        if (provider in terms.providers) continue;
        const message = `${provider} is not among the plan’s providers`;
        context.addIssue({ code: 'custom', path: ['placement', list, provider], message });
      }
    }
  });
export type PlanTerms = z.infer<typeof PlanTerms>;

/** The file `catalog.yaml`, with the images put into the plans that name them. */
export const Catalog = z
  .strictObject({ images: z.array(ImageVersion).optional(), plans: z.array(PlanTerms).min(1) })
  .superRefine(({ images = [], plans }, context) => {
    const refuseSecond = (list: string, field: string, names: string[]): void => {
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue;
        const message = `${list} ${name} stands twice`;
        context.addIssue({ code: 'custom', path: [`${list}s`, index, field], message });
      }
    };
    refuseSecond('image', 'version', images.map(imageRefOf));
    refuseSecond(
      'plan',
      'key',
      plans.map(({ key }) => key),
    );
  });
export type Catalog = z.infer<typeof Catalog>;

/** The price of `terms` for an interval and currency; `undefined` if it is not sold so. */
export function findPrice(
  terms: PlanTerms,
  interval: BillingInterval,
  currency: Currency,
): PlanPrice | undefined {
  return terms.prices.find((price) => price.interval === interval && price.currency === currency);
}

/** What the first payment comes to before tax and promotions, in minor units. */
export function firstPaymentMinor(price: PlanPrice, quantity: number): number {
  return (price.amountMinor + price.setupFeeMinor) * quantity;
}
