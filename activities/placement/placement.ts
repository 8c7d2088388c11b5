/** What is known about a plan's providers just now, and the decision that follows from it. */
import type { EntityManager } from 'typeorm';
import { PlacementPolicy } from '../../schemas/catalog/placement.ts';
import type { PlanTerms } from '../../schemas/catalog/plan.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import { type Candidate, choosePlacement, type Decision, type Obstacle } from './choose.ts';

/** The drivers of all connected providers; none is asked for anything. */
export type Drivers = ReadonlyMap<string, Pick<Hypervisor, 'name' | 'checkPlan'>>;

export interface PlacementRequest {
  subscriptionId: string;
  region: string;
  terms: PlanTerms;
  /** Providers that have failed in this making. */
  tried: readonly string[];
}

interface ProviderFacts {
  provider: string;
  placed: number;
  siblings: number;
  draining: boolean;
  failing: boolean;
  full: boolean;
}

/** An open breaker that nobody has confirmed for so long was of a process that is gone. */
const BREAKER_COUNTS_FOR = '5 minutes';
/** Capacity that was read longer ago says nothing any more. */
const CAPACITY_COUNTS_FOR = '2 hours';

/** Full: no open part of it, as last read, has room for one more of these. What a provider does not tell does not count. */
const FACTS = `
with parts as (
  select provider, part, bool_or(open) as open, bool_and(total is null or used is null
      or total - used >= case measure when 'instances' then 1 when 'memoryMb' then $4::float else 0 end) as roomy
  from (select distinct on (provider, part, measure) * from capacity_samples
    where at > now() - interval '${CAPACITY_COUNTS_FOR}' order by provider, part, measure, at desc) newest
  group by provider, part
)
select name as provider,
  (select count(*)::int from instances i join subscriptions s on s.id = i.subscription_id
    where i.provider = name and i.deleted_at is null and s.plan_key = $3) as placed,
  (select count(*)::int from instances i where i.provider = name and i.deleted_at is null and i.subscription_id = $2) as siblings,
  coalesce(bool_or(p.draining), false) as draining,
  coalesce(bool_or(p.breaker = 'open' and p.breaker_at > now() - interval '${BREAKER_COUNTS_FOR}'), false) as failing,
  coalesce((select not bool_or(open and roomy) from parts where parts.provider = name), false) as full
from unnest($1::text[]) as name left join provider_states p on p.provider = name group by name`;

/** Decides where a subscription's next instance goes; `provider` is `null` if none of the plan's providers can take it. */
export async function place(
  tx: EntityManager,
  drivers: Drivers,
  request: PlacementRequest,
): Promise<Decision> {
  const { subscriptionId, terms } = request;
  const names = Object.keys(terms.providers);
  // One decision of a plan at a time: those made at once would all see the same shares, and all go to the same provider.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`placement/${terms.key}`]);
  const rows: ProviderFacts[] = await tx.query(FACTS, [
    names,
    subscriptionId,
    terms.key,
    terms.resources.memoryMb,
  ]);
  const candidates = names.map((provider): Candidate => {
    const facts = rows.find((row) => row.provider === provider);
    const { placed = 0, siblings = 0 } = facts ?? {};
    return { provider, placed, siblings, obstacle: obstacleOf(provider, facts, drivers, request) };
  });
  // Terms from before there was a policy have none.
  return choosePlacement(PlacementPolicy.parse(terms.placement ?? {}), candidates);
}

/** Those of the plan's providers that are connected and can make it in this region, whether they have room or not. */
export function ableProviders(drivers: Drivers, terms: PlanTerms, region: string): string[] {
  return Object.keys(terms.providers).filter((name) => unfitness(name, drivers, terms, region) === null);
}

function unfitness(
  provider: string,
  drivers: Drivers,
  terms: PlanTerms,
  region: string,
): 'not-connected' | 'plan-unfit' | null {
  const driver = drivers.get(provider);
  if (!driver) return 'not-connected';
  try {
    driver.checkPlan(terms.providers[provider] ?? {}, region);
    return null;
  } catch {
    return 'plan-unfit';
  }
}

function obstacleOf(
  provider: string,
  facts: ProviderFacts | undefined,
  drivers: Drivers,
  { terms, region, tried }: PlacementRequest,
): Obstacle | null {
  const unfit = unfitness(provider, drivers, terms, region);
  if (unfit !== null) return unfit;
  if (tried.includes(provider)) return 'tried';
  if (facts?.draining) return 'draining';
  if (facts?.failing) return 'failing';
  return facts?.full ? 'full' : null;
}
