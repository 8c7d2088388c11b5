/**
 * The comparison of an inventory with the database, as sets. Every statement runs inside one tenant's wall and takes $1 the provider, $2 the
 * reading (only its sightings count) and $3 the instant at which the reading began: rows that were written later are left alone, since
 * the sighting may be older than they are.
 */
import type { EntityManager } from 'typeorm';
import {
  FINAL_SNAPSHOT_SUFFIX,
  ORPHAN_SNAPSHOT_SUFFIX,
  type FindingKind,
} from '../../schemas/fleet/findings.ts';

/** The end of the key of a snapshot beside the last one; see `extraKey`. */
const EXTRA_SNAPSHOT = '-snap-[0-9a-f]{12}$';

const TENANT = `current_setting('tenure.tenant_id')::uuid`;

const SEEN = `seen as (select * from sightings where provider = $1 and reading = $2 and kind = 'instance')`;

/** What the customer has, and nothing about it is in the making or being taken down. */
const SETTLED = `i.provider = $1 and i.deleted_at is null and i.state in ('active', 'stopped') and i.updated_at < $3
  and sub.stage in ('active', 'past-due', 'suspended')`;

/**
 * Sets against sets: a fresh reading has no statistics yet, and without them the planner takes thousands for a few and holds every row
 * against every other.
 */
export const BY_HASHING = 'set local enable_nestloop = off';

/** Adds an audit event for each row of `rows`, which has id, kind and ref. */
function audit(action: string, rows: string): string {
  return `insert into audit_events (id, tenant_id, actor_kind, actor_id, action, subject_kind, subject_id, data)
    select tenure_uuid7(), ${TENANT}, 'system', 'reconciler', 'finding.${action}', 'finding', 'fnd_' || replace(id::text, '-', ''),
      jsonb_build_object('provider', $1::text, 'kind', kind, 'ref', ref) from ${rows}`;
}

/** Notes each of `candidates` (ref, key, instance_id, expected, seen) as a finding: a new one, or one more sighting of it. */
function noting(kind: FindingKind, candidates: string): string {
  return `with ${SEEN}, candidates as (${candidates}), noted as (
      insert into findings (id, tenant_id, provider, kind, ref, key, instance_id, state, expected, seen, reading)
      select tenure_uuid7(), ${TENANT}, $1, '${kind}', ref, key, instance_id, 'open', expected, seen, $2 from candidates
      on conflict (tenant_id, provider, kind, ref) where state in ('open', 'ignored') do update set
        sightings = findings.sightings + case when findings.reading = excluded.reading then 0 else 1 end,
        reading = excluded.reading, last_seen_at = now(), key = excluded.key, instance_id = excluded.instance_id,
        expected = excluded.expected, seen = excluded.seen
      returning id, kind, ref, xmax = 0 as fresh
    ) ${audit('found', 'noted where fresh')}`;
}

/**
 * `s` bears our mark and belongs to no instance: not by its reference, nor by its key to one in the making. Two questions, each with
 * an index of its own: asked as one, every sighting would be held against every instance.
 */
const STRAY = `s.key is not null
  and not exists (select 1 from instances i where i.provider = $1 and i.provider_ref = s.ref and (i.deleted_at is null or i.deleted_at > $3))
  and not exists (select 1 from instances i where i.provider = $1 and i.key = s.key and i.provider_ref is null
    and (i.deleted_at is null or i.deleted_at > $3))`;

export const NOTE_UNKNOWN = noting(
  'unknown',
  `with stray as materialized (select * from seen s where ${STRAY})
   select s.ref, s.key, null::uuid as instance_id, null as expected, concat_ws(', ', s.state, s.name, s.address, s.region) as seen
   from stray s where not tenure_is_elsewhere($1, s.ref, s.key)`,
);

/**
 * Gives an instance whose making has stopped half-way the resource that bears its key. $4: ms for which a lost create may still turn up.
 * While its making goes on, that finds it by itself; of two under one key none is chosen here.
 */
export const ADOPT = `with ${SEEN}, single as (select key, min(ref) as ref from seen where key is not null group by key having count(*) = 1), adopted as (
    update instances i set provider_ref = s.ref, state = case when i.state = 'reserved' then 'creating' else i.state end, updated_at = now()
    from single s, subscriptions sub
    where i.key = s.key and i.provider = $1 and i.provider_ref is null and i.deleted_at is null and sub.id = i.subscription_id
      and coalesce(i.create_started_at, i.created_at) < now() - $4::bigint * interval '1 millisecond'
      and i.updated_at < $3 and not (sub.stage = 'provisioning' and sub.attention is null)
      and not exists (select 1 from instances o where o.provider = $1 and o.provider_ref = s.ref)
    returning i.id as instance_id, i.key, s.ref
  ), noted as (
    insert into findings (id, tenant_id, provider, kind, ref, key, instance_id, state, detail, reading, closed_at)
    select tenure_uuid7(), ${TENANT}, $1, 'unknown', ref, key, instance_id, 'mended', 'Adopted: it bears the key of an instance in the making.',
      $2, now() from adopted returning id, kind, ref
  ) ${audit('adopted', 'noted')} returning 1`;

/** Takes over the address that the provider tells, and says so to the customer. */
export const MEND_ADDRESSES = `with ${SEEN}, moved as (
    update instances i set address = s.address, updated_at = now() from seen s, subscriptions sub, instances before
    where i.provider_ref = s.ref and sub.id = i.subscription_id and before.id = i.id and ${SETTLED}
      and s.address is not null and i.address is distinct from s.address
    returning i.id as instance_id, i.subscription_id, i.ordinal, i.hostname, i.key, s.ref, before.address as expected, s.address as seen
  ), told as (
    insert into timeline (tenant_id, subscription_id, at, kind, data, dedupe_key)
    select ${TENANT}, subscription_id, clock_timestamp(), 'address-changed', jsonb_build_object('ordinal', ordinal, 'hostname', hostname,
      'address', seen), concat(instance_id, '/address/', $2::text) from moved on conflict do nothing
  ), noted as (
    insert into findings (id, tenant_id, provider, kind, ref, key, instance_id, state, expected, seen, detail, reading, closed_at)
    select tenure_uuid7(), ${TENANT}, $1, 'address', ref, key, instance_id, 'mended', expected, seen, 'The new address is on record.', $2, now()
    from moved returning id, kind, ref
  ) ${audit('mended', 'noted')} returning 1`;

export const NOTE_POWER = noting(
  'power',
  `select s.ref, i.key, i.id as instance_id, case i.state when 'active' then 'running' else 'stopped' end as expected, s.state as seen
   from seen s join instances i on i.provider_ref = s.ref join subscriptions sub on sub.id = i.subscription_id
   where ${SETTLED} and sub.attention is null and ((i.state = 'active' and sub.stage <> 'suspended' and s.state = 'stopped')
     or (i.state = 'stopped' and s.state = 'running'))`,
);

/** $4: the sizes that plans mean, as JSON. While a plan is being changed, size and price are not told: they are about to differ, or do. */
export const NOTE_SIZES = noting(
  'size',
  `select s.ref, i.key, i.id as instance_id, plan.size as expected, s.size as seen
   from seen s join instances i on i.provider_ref = s.ref join subscriptions sub on sub.id = i.subscription_id
   join jsonb_to_recordset($4) as plan ("planId" uuid, region text, size text) on plan."planId" = sub.plan_id and plan.region = i.region
   where ${SETTLED} and sub.pending_change is null and s.size is not null and s.size <> plan.size`,
);

const MONEY = (amount: string, currency: string, interval: string): string =>
  `concat(to_char(${amount} / 100.0, 'FM999999990.00'), ' ', upper(${currency}), ' a ', ${interval})`;

/** What is charged as last read, against what was sold; one finding for all instances of a subscription. */
export const NOTE_PRICES = noting(
  'price',
  `select i.provider_ref as ref, i.key, i.id as instance_id,
     ${MONEY('sub.amount_minor * sub.quantity', 'sub.currency', 'sub.interval')} as expected,
     ${MONEY('billed."amountMinor"', 'billed.currency', 'billed.interval')} as seen
   from instances i join subscriptions sub on sub.id = i.subscription_id
   cross join lateral jsonb_to_record(sub.billed_price) as billed ("amountMinor" bigint, currency text, interval text)
   where ${SETTLED} and i.ordinal = 1 and i.provider_ref is not null and sub.updated_at < $3 and billed.currency is not null
     and sub.pending_change is null
     and (billed."amountMinor", billed.currency, billed.interval) is distinct from (sub.amount_minor * sub.quantity, sub.currency, sub.interval)`,
);

/** Only what was renamed since it was first seen: a provider may have made its own of the name that was asked for. */
export const NOTE_NAMES = noting(
  'name',
  `select s.ref, i.key, i.id as instance_id, s.first_name as expected, s.name as seen
   from seen s join instances i on i.provider_ref = s.ref join subscriptions sub on sub.id = i.subscription_id
   where ${SETTLED} and s.name <> s.first_name and s.name <> i.hostname and s.name is distinct from i.display_name`,
);

/** $4: days for which the last snapshot of a removed resource is kept. */
export const NOTE_LEFTOVERS = noting(
  'leftover',
  `select s.ref, s.key, null::uuid as instance_id, null as expected, concat_ws(', ', s.state, s.made_at) as seen
   from (select *, regexp_replace(key, '(${FINAL_SNAPSHOT_SUFFIX}|${ORPHAN_SNAPSHOT_SUFFIX})$', '') as owner from sightings
     where provider = $1 and reading = $2 and kind = 'snapshot' and key ~ '(${FINAL_SNAPSHOT_SUFFIX}|${ORPHAN_SNAPSHOT_SUFFIX})$') s
   where $3::timestamptz is not null and not tenure_is_elsewhere($1, null, s.owner)
     and not exists (select 1 from instances i join subscriptions sub on sub.id = i.subscription_id join plans p on p.id = sub.plan_id
       where s.key like '%${FINAL_SNAPSHOT_SUFFIX}' and i.key = s.owner and (i.deleted_at is null or i.deleted_at
         + ((p.terms -> 'retention' ->> 'finalSnapshotDays')::float + 1) * interval '1 day' > now()))
     and not exists (select 1 from findings f where s.key like '%${ORPHAN_SNAPSHOT_SUFFIX}' and f.provider = $1 and f.kind = 'unknown'
       and f.key = s.owner and (f.state in ('open', 'ignored') or f.closed_at + $4::float * interval '1 day' > now()))`,
);

/** Snapshots of a person or the schedule that no row has, or no longer. */
export const NOTE_FORGOTTEN_SNAPSHOTS = noting(
  'leftover',
  `select s.ref, s.key, null::uuid as instance_id, null as expected, concat_ws(', ', s.state, s.made_at) as seen
   from sightings s where s.provider = $1 and s.reading = $2 and s.kind = 'snapshot' and s.key ~ '${EXTRA_SNAPSHOT}'
     and not exists (select 1 from snapshots n where n.key = s.key and (n.deleted_at is null or n.deleted_at > $3))
     and not tenure_is_elsewhere($1, null, regexp_replace(s.key, '${EXTRA_SNAPSHOT}', ''))`,
);

/** What was not found again in this reading is no longer so. $3: the kinds that were looked for. */
export const CLOSE_THE_REST = `with gone as (
    update findings set state = 'mended', closed_at = now(), detail = 'It was not found again.'
    where provider = $1 and state = 'open' and reading <> $2 and kind = any($3) returning id, kind, ref
  ) ${audit('mended', 'gone')} returning 1`;

/** Instances that the inventory lacks although their subscription runs. To be confirmed one by one. */
export const MISSING = `select i.id as "instanceId", i.provider_ref as ref, i.key, i.hostname
  from instances i join subscriptions sub on sub.id = i.subscription_id
  where ${SETTLED} and i.provider_ref is not null
    and not exists (select 1 from sightings s where s.provider = $1 and s.kind = 'instance' and s.ref = i.provider_ref and s.reading = $2)
  order by i.id`;

/** How many instances the inventory should have. */
export const EXPECTED = `select count(*)::int as expected from instances i join subscriptions sub on sub.id = i.subscription_id
  where ${SETTLED} and i.provider_ref is not null and $2::text is not null`;

/** $4: what `get` confirmed, as JSON. */
export const NOTE_MISSING = noting(
  'missing',
  `select ref, key, "instanceId" as instance_id, 'present' as expected, 'not there' as seen
   from jsonb_to_recordset($4) as lost (ref text, key text, "instanceId" uuid) where $3::timestamptz is not null`,
);

/** Whether a finding's resource still belongs to nobody. $4 its reference, $5 its key. */
export const STILL_UNKNOWN = `select 1 from (select $4::text as ref, $5::text as key) s
  where $2::text is not null and ${STRAY} and not tenure_is_elsewhere($1, s.ref, s.key)`;

/** When the reading of this pass began. @throws Error if nothing was read */
export async function readingBegan(tx: EntityManager, passId: string): Promise<Date> {
  const found: { at: Date | null }[] = await tx.query(
    'select reading_started_at as at from passes where id = $1',
    [passId],
  );
  const at = found[0]?.at;
  if (!at) throw new Error(`The pass ${passId} has read nothing.`);
  return at;
}

/** Notes figures that are out of bounds as findings, and closes those that no longer are. */
export async function noteFigures(
  tx: EntityManager,
  noted: {
    provider: string;
    reading: string;
    kind: 'capacity' | 'scaling' | 'inventory';
    figures: { ref: string; expected: string; seen: string }[];
  },
): Promise<void> {
  const { provider, reading, kind, figures } = noted;
  const candidates = `select ref, null as key, null::uuid as instance_id, expected, seen
    from jsonb_to_recordset($3) as figure (ref text, expected text, seen text)`;
  await tx.query(noting(kind, candidates), [provider, reading, JSON.stringify(figures)]);
  await tx.query(CLOSE_THE_REST, [provider, reading, [kind]]);
}
