/** What there is of each provider's capacity, how much of it is used, and how long it lasts by the trend. */
import type { EntityManager } from 'typeorm';

export const MEASURES = ['cpus', 'memoryMb', 'diskGb', 'instances'] as const;
export type Measure = (typeof MEASURES)[number];

/** The newest sample of one measure of one part, with what the samples before it say. */
export interface CapacityTrend {
  provider: string;
  /** Node or region in the provider's words; empty for the whole account. */
  part: string;
  measure: Measure;
  at: Date;
  /** Whether it takes new instances. */
  open: boolean;
  used: number | null;
  total: number | null;
  /** Of 100; `null` if the provider does not tell both. */
  usedPercent: number | null;
  /** More used each day, by the straight line through the samples; `null` with fewer than three of them. */
  growthPerDay: number | null;
  /** Until all is used at this growth; `null` if it does not grow or is not known. */
  daysLeft: number | null;
}

/** @param trendDays how far back the trend looks @param provider `null` for all */
export async function readCapacity(
  tx: EntityManager,
  trendDays: number,
  provider: string | null = null,
): Promise<CapacityTrend[]> {
  return tx.query(
    `with newest as (
       select distinct on (provider, part, measure) * from capacity_samples
       where ($2::text is null or provider = $2) order by provider, part, measure, at desc
     ), trend as (
       select provider, part, measure, case when count(used) >= 3 then regr_slope(used, extract(epoch from at) / 86400) end as slope
       from capacity_samples where at > now() - $1::float * interval '1 day' and ($2::text is null or provider = $2)
       group by provider, part, measure
     )
     select n.provider, n.part, n.measure, n.at, n.open, n.used, n.total, 100 * n.used / nullif(n.total, 0) as "usedPercent",
       t.slope as "growthPerDay", case when t.slope > 0 and n.total - n.used is not null then greatest(0, n.total - n.used) / t.slope end as "daysLeft"
     from newest n left join trend t using (provider, part, measure)
     where n.at > now() - interval '7 days' order by n.provider, n.part, n.measure`,
    [trendDays, provider],
  );
}
