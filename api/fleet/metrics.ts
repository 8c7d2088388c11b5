/** What Prometheus reads of the fleet: what does not fit, and how full the providers are. */
import { Gauge, type Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { readCapacity, type CapacityTrend } from '../../schemas/db/capacity.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { sharedWhileRunning } from '../http/metrics.ts';
import { type FindingCount, OPEN_FINDINGS } from './view.ts';

interface FleetFigures {
  findings: FindingCount[];
  passes: { provider: string; ageSeconds: number }[];
  capacity: CapacityTrend[];
  breakers: { provider: string; breaker: string }[];
}

const BREAKER_VALUES: Record<string, number> = { open: 1, 'half-open': 0.5, closed: 0 };

type Labelled = [labels: Record<string, string>, value: number];

/** Adds the fleet's metrics to the registry. Unknown is not zero: without the database they are left out. */
export function watchFleet(
  registry: Registry,
  { db, tenantId, trendDays }: { db: DataSource; tenantId: string; trendDays: number },
): void {
  const figures = sharedWhileRunning(() => read(db, tenantId, trendDays));
  const watch = (
    { name, help, labelNames }: { name: string; help: string; labelNames: string[] },
    valuesOf: (now: FleetFigures) => Labelled[],
  ): Gauge =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const now = await figures();
        this.reset();
        for (const [labels, value] of now ? valuesOf(now) : []) this.set(labels, value);
      },
    });

  watch(
    {
      name: 'tenure_findings_open',
      help: 'What does not fit between providers and database.',
      labelNames: ['provider', 'kind'],
    },
    ({ findings }) => findings.map(({ provider, kind, count }) => [{ provider, kind }, count]),
  );
  watch(
    {
      name: 'tenure_reconcile_age_seconds',
      help: 'Time since the last whole comparison of a provider’s inventory.',
      labelNames: ['provider'],
    },
    ({ passes }) => passes.map(({ provider, ageSeconds }) => [{ provider }, ageSeconds]),
  );
  watch(
    {
      name: 'tenure_provider_breaker_open',
      help: 'Whether a provider fails and is left alone: 1 open, 0.5 trying again, 0 closed.',
      labelNames: ['provider'],
    },
    ({ breakers }) => breakers.map(({ provider, breaker }) => [{ provider }, BREAKER_VALUES[breaker] ?? 0]),
  );
  const labelNames = ['provider', 'part', 'measure'];
  watch(
    {
      name: 'tenure_capacity_used_ratio',
      help: 'How much of a provider’s capacity is used, from 0 to 1.',
      labelNames,
    },
    ({ capacity }) =>
      capacity.flatMap(({ usedPercent, ...of }) =>
        usedPercent === null ? [] : [[labelsOf(of), usedPercent / 100]],
      ),
  );
  watch(
    {
      name: 'tenure_capacity_days_left',
      help: 'Days until a provider’s capacity is used up, by the trend.',
      labelNames,
    },
    ({ capacity }) =>
      capacity.flatMap(({ daysLeft, ...of }) => (daysLeft === null ? [] : [[labelsOf(of), daysLeft]])),
  );
}

function labelsOf({
  provider,
  part,
  measure,
}: Pick<CapacityTrend, 'provider' | 'part' | 'measure'>): Record<string, string> {
  return { provider, part, measure };
}

async function read(db: DataSource, tenantId: string, trendDays: number): Promise<FleetFigures | null> {
  try {
    return await withTenant(db, tenantId, async (tx) => ({
      findings: await tx.query(OPEN_FINDINGS),
      passes: await tx.query(
        `select provider, extract(epoch from now() - max(finished_at))::float as "ageSeconds" from passes
         where finished_at is not null and failure is null group by provider`,
      ),
      capacity: await readCapacity(tx, trendDays),
      breakers: await tx.query('select provider, breaker from provider_states'),
    }));
  } catch {
    return null;
  }
}
