/** What is on sale, and who would deliver it. */
import type { EntityManager } from 'typeorm';
import type { ShopPlan } from '../../schemas/api/shop.ts';
import type { PlanTerms } from '../../schemas/catalog/plan.ts';
import { type Plan, Plans } from '../../schemas/db/entities/plan.ts';
import type { LocalizedText } from '../../schemas/language.ts';
import type { ApiDependencies } from '../dependencies.ts';

type Drivers = ApiDependencies['hypervisors'];

/** The plans on sale, in the order in which they first came into the catalogue. */
export async function plansOnSale(tx: EntityManager): Promise<Plan[]> {
  const plans = await tx.getRepository(Plans).find({ where: { onSale: true } });
  const firsts = await tx
    .getRepository(Plans)
    .find({ where: { version: 1 }, select: { id: true, key: true } });
  const since = new Map(firsts.map(({ key, id }) => [key, id]));
  const position = ({ key, id }: Plan): string => since.get(key) ?? id;
  return plans.sort((a, b) => (position(a) < position(b) ? -1 : 1));
}

/** The version of a plan that is on sale, or `null`. */
export async function planOnSale(tx: EntityManager, key: string): Promise<Plan | null> {
  return tx.getRepository(Plans).findOne({ where: { key, onSale: true } });
}

/** The first of the plan's providers that is configured here and can deliver to the region, or `null`. */
export function chooseProvider(terms: PlanTerms, region: string, drivers: Drivers): string | null {
  const found = Object.entries(terms.providers).find(([name, entry]) =>
    canDeliver(drivers, name, entry, region),
  );
  return found?.[0] ?? null;
}

function canDeliver(drivers: Drivers, name: string, entry: Record<string, unknown>, region: string): boolean {
  const driver = drivers.get(name);
  if (!driver) return false;
  try {
    driver.checkPlan(entry, region);
    return true;
  } catch {
    return false;
  }
}

/** The plan as a buyer sees it, or `null` if nobody could deliver it anywhere. */
export function toShopPlan({ version, terms }: Plan, drivers: Drivers): ShopPlan | null {
  const regions = Object.entries(terms.regions)
    .filter(([key]) => chooseProvider(terms, key, drivers) !== null)
    .map(([key, label]) => ({ key, label }));
  if (regions.length === 0) return null;
  return {
    key: terms.key,
    version,
    name: terms.name,
    description: terms.description,
    highlights: terms.highlights,
    prices: terms.prices,
    resources: terms.resources,
    imageName: inEveryLanguage(terms.image.name),
    protocol: terms.image.access.protocol,
    uptimePercent: terms.uptimePercent,
    maxQuantity: terms.maxQuantity,
    regions,
    graceDays: terms.retention.graceDays,
  };
}

function inEveryLanguage(text: string | LocalizedText): LocalizedText {
  return typeof text === 'string' ? { en: text, de: text } : text;
}
