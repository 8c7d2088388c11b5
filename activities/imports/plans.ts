/** The plan that an entry names, and what it means at the entry's provider. */
import type { EntityManager } from 'typeorm';
import { findPrice, type PlanPrice } from '../../schemas/catalog/plan.ts';
import { type Plan, Plans } from '../../schemas/db/entities/plan.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { KnownEntry } from '../../schemas/imports/entry.ts';
import type { Hypervisor } from '../hypervisors/port.ts';

type Driver = Pick<Hypervisor, 'name' | 'checkPlan' | 'isInRegion'>;

/** The version on sale or, of a plan that is not sold any more, the newest. `null` if there is no such plan. */
export async function planOf(tx: EntityManager, key: string): Promise<Plan | null> {
  const plans = tx.getRepository(Plans);
  return (
    (await plans.findOneBy({ key, onSale: true })) ??
    (await plans.findOne({ where: { key }, order: { version: 'DESC' } }))
  );
}

export function priceOf({ terms }: Plan, { interval, currency }: KnownEntry): PlanPrice | undefined {
  return findPrice(terms, interval, currency);
}

/**
 * Tenure's key of the region that the provider tells; `null` if the plan has none that is there.
 *
 * @throws TenureFailure `refused` if the plan is not sold at this provider
 */
export function regionOf(driver: Driver, { terms, key }: Plan, seen: string): string | null {
  const entry = terms.providers[driver.name];
  if (entry === undefined) {
    throw new TenureFailure('refused', `The plan ${key} has no entry for ${driver.name}.`, {
      reason: 'plan-not-there',
      nextStep: `Add providers.${driver.name} to the plan, or name another plan.`,
    });
  }
  return Object.keys(terms.regions).find((region) => isThere(driver, entry, { region, seen })) ?? null;
}

/** Whether the region that somebody named is where the provider says that the server is. */
export function isRegion(driver: Driver, { terms }: Plan, region: string, seen: string): boolean {
  const entry = terms.providers[driver.name];
  return entry !== undefined && region in terms.regions && isThere(driver, entry, { region, seen });
}

function isThere(
  driver: Driver,
  entry: Record<string, unknown>,
  { region, seen }: { region: string; seen: string },
): boolean {
  try {
    driver.checkPlan(entry, region);
    return driver.isInRegion(entry, region, seen);
  } catch (error) {
    if (error instanceof TenureFailure) return false;
    throw error;
  }
}
