import type { FindingView, ProviderView } from '../../schemas/api/fleet.ts';
import type { CapacityTrend } from '../../schemas/db/capacity.ts';
import type { FindingKind, FindingState, PassReport } from '../../schemas/fleet/findings.ts';
import { toEdgeId } from '../../schemas/ids.ts';

export interface FindingRow {
  id: string;
  provider: string;
  kind: FindingKind;
  state: FindingState;
  ref: string;
  key: string | null;
  instanceId: string | null;
  subscriptionId: string | null;
  expected: string | null;
  seen: string | null;
  detail: string | null;
  sightings: number;
  removalAsked: boolean;
  firstSeenAt: Date;
  lastSeenAt: Date;
  closedAt: Date | null;
}

export const FINDING_COLUMNS = `select f.id, f.provider, f.kind, f.state, f.ref, f.key, f.instance_id as "instanceId",
  i.subscription_id as "subscriptionId", f.expected, f.seen, f.detail, f.sightings, f.removal_asked_by is not null as "removalAsked",
  f.first_seen_at as "firstSeenAt", f.last_seen_at as "lastSeenAt", f.closed_at as "closedAt"
  from findings f left join instances i on i.id = f.instance_id`;

export function findingView(row: FindingRow): FindingView {
  return {
    ...row,
    id: toEdgeId('finding', row.id),
    instanceId: row.instanceId && toEdgeId('instance', row.instanceId),
    subscriptionId: row.subscriptionId && toEdgeId('subscription', row.subscriptionId),
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
  };
}

export interface PassRow {
  provider: string;
  startedAt: Date;
  finishedAt: Date | null;
  failure: string | null;
  report: PassReport | null;
}

/** What keeps it from getting new instances, and how many it has. */
export interface StandingRow {
  provider: string;
  draining: boolean;
  breaker: ProviderView['breaker'];
  breakerAt: Date | null;
  instances: number;
}

export const STANDINGS = `select name as provider, coalesce(bool_or(p.draining), false) as draining,
  coalesce(max(p.breaker), 'closed') as breaker, max(p.breaker_at) as "breakerAt",
  (select count(*)::int from instances i where i.provider = name and i.deleted_at is null) as instances
  from unnest($1::text[]) as name left join provider_states p on p.provider = name group by name order by name`;

/** Open findings by provider and kind. */
export interface FindingCount {
  provider: string;
  kind: string;
  count: number;
}

export const OPEN_FINDINGS = `select provider, kind, count(*)::int as count from findings where state = 'open' group by provider, kind`;

interface FleetFacts {
  standings: StandingRow[];
  passes: PassRow[];
  counts: FindingCount[];
  capacity: CapacityTrend[];
}

export function providerView(name: string, facts: FleetFacts): ProviderView {
  const { standings, passes, counts, capacity } = facts;
  const standing = standings.find(({ provider }) => provider === name);
  const own = counts.filter(({ provider }) => provider === name);
  const pass = passes.find(({ provider }) => provider === name);
  return {
    name,
    draining: standing?.draining ?? false,
    breaker: standing?.breaker ?? 'closed',
    breakerChangedAt: standing?.breakerAt?.toISOString() ?? null,
    instances: standing?.instances ?? 0,
    lastPass: pass ? passView(pass) : null,
    openFindings: Object.fromEntries(own.map(({ kind, count }) => [kind, count])),
    capacity: capacity
      .filter(({ provider }) => provider === name)
      .map(({ provider: _, at, ...figures }) => ({ ...figures, at: at.toISOString() })),
  };
}

function passView({
  startedAt,
  finishedAt,
  failure,
  report,
}: PassRow): NonNullable<ProviderView['lastPass']> {
  return {
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    failure,
    instances: report?.instances ?? null,
    snapshots: report?.snapshots ?? null,
    braked: report?.braked ?? false,
  };
}
