/** How full a provider is: asked once per pass, judged by the trend, and told to staff before it is too late. */
import type { DataSource, EntityManager } from 'typeorm';
import { MEASURES, readCapacity, type CapacityTrend } from '../../schemas/db/capacity.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { Pass } from '../../schemas/fleet/findings.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import { noteFigures } from './statements.ts';

export interface CapacitySettings {
  alertPercent: number;
  alertDays: number;
  trendDays: number;
  /** From so many customers or so much monthly revenue on, something else is worth it. */
  triggers: { name: string; advice: string; customers: number; mrrMinor: number }[];
}

/** Asks the provider and writes down what it tells; of one that tells nothing only the number of instances is known. */
export async function measureCapacity(
  { db, hypervisor }: { db: DataSource; hypervisor: Hypervisor },
  { tenantId, provider, inventory }: Pass & { inventory: { instances: number } },
): Promise<void> {
  const parts = await hypervisor.capacity();
  const nothing = { used: null, total: null };
  const known =
    parts.length > 0
      ? parts
      : [
          {
            name: '',
            open: true,
            cpus: nothing,
            memoryMb: nothing,
            diskGb: nothing,
            instances: { used: inventory.instances, total: null },
          },
        ];
  const samples = known.flatMap((part) =>
    MEASURES.map((measure) => ({ part: part.name, open: part.open, measure, ...part[measure] })).filter(
      ({ used, total }) => used !== null || total !== null,
    ),
  );
  await withTenant(db, tenantId, (tx) =>
    tx.query(
      `insert into capacity_samples (tenant_id, provider, part, measure, at, open, used, total)
       select $1, $2, part, measure, now(), open, used, total from jsonb_to_recordset($3)
         as sample (part text, open boolean, measure text, used float, total float) on conflict do nothing`,
      [tenantId, provider, JSON.stringify(samples)],
    ),
  );
}

/** Notes as findings what is nearly used up, and what the business has outgrown. */
export async function judgeCapacity(
  { db, settings }: { db: DataSource; settings: CapacitySettings },
  { tenantId, provider, passId }: Pass,
): Promise<void> {
  await withTenant(db, tenantId, async (tx) => {
    const trends = await readCapacity(tx, settings.trendDays, provider);
    const tight = trends.filter((trend) => isTight(trend, settings)).map(describe(settings));
    await noteFigures(tx, { provider, reading: passId, kind: 'capacity', figures: tight });
    const reached = (await businessSize(tx)).flatMap((size) => reachedBy(size, settings));
    await noteFigures(tx, { provider, reading: passId, kind: 'scaling', figures: reached });
  });
}

function isTight({ usedPercent, daysLeft, open }: CapacityTrend, settings: CapacitySettings): boolean {
  // What is being drained is meant to take no more.
  if (!open) return false;
  return (
    (usedPercent !== null && usedPercent >= settings.alertPercent) ||
    (daysLeft !== null && daysLeft <= settings.alertDays)
  );
}

const describe =
  ({ alertPercent, alertDays }: CapacitySettings) =>
  ({ part, measure, used, total, usedPercent, daysLeft }: CapacityTrend) => ({
    ref: `${part || 'account'}/${measure}`,
    expected: `below ${alertPercent} % and more than ${alertDays} days left`,
    seen: [
      `${used ?? '?'} of ${total ?? '?'}`,
      ...(usedPercent === null ? [] : [`${Math.round(usedPercent)} %`]),
      ...(daysLeft === null ? [] : [`${Math.floor(daysLeft)} days left by the trend`]),
    ].join(', '),
  });

interface BusinessSize {
  customers: number;
  currency: string;
  mrrMinor: number;
}

/** Customers with running subscriptions, and what they pay in a month, per currency: amounts are not converted. */
async function businessSize(tx: EntityManager): Promise<BusinessSize[]> {
  return tx.query(
    `select (select count(distinct customer_id)::int from subscriptions where stage in ('active', 'past-due')) as customers, currency,
       sum(amount_minor * quantity / case interval when 'year' then 12 else 1 end)::float as "mrrMinor"
     from subscriptions where stage in ('active', 'past-due') group by currency order by "mrrMinor" desc limit 1`,
  );
}

function reachedBy(
  { customers, mrrMinor, currency }: BusinessSize,
  { triggers }: CapacitySettings,
): { ref: string; expected: string; seen: string }[] {
  return triggers
    .filter((trigger) => customers >= trigger.customers || mrrMinor >= trigger.mrrMinor)
    .map(({ name, advice }) => ({
      ref: name,
      expected: advice,
      seen: `${customers} customers, ${Math.floor(mrrMinor / 100)} ${currency.toUpperCase()} a month`,
    }));
}
