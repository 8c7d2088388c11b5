/** Which servers are to be backed up now, and which backups have had their time. */

/** What running servers were promised. $1: the provider. */
const PROMISED = `
promised as (
  select i.id, i.subscription_id, i.created_at, p.terms::jsonb -> 'backups' ->> 'keep' as keep,
    (p.terms::jsonb -> 'backups' ->> 'everyHours')::int * 3600 as every_s
  from instances i
  join subscriptions s on s.tenant_id = i.tenant_id and s.id = i.subscription_id
  join plans p on p.tenant_id = s.tenant_id and p.key = s.plan_key and p.version = s.plan_version
  where i.provider = $1 and i.state in ('active', 'stopped') and i.deleted_at is null
    and s.stage in ('active', 'past-due') and p.terms::jsonb ? 'backups'
)`;

/**
 * Each server has its own time of day, so that not all are backed up at once: `due` is when its latest period began. A backup that
 * came to nothing is asked for again after an hour, or half of the period if that is shorter. $2: how many at most.
 */
export const DUE = `
with ${PROMISED}, timed as (
  select *, to_timestamp(now_s - mod(now_s - mod(hashtextextended(id::text, 0) & 1099511627775, every_s), every_s)) as due
  from promised, (select extract(epoch from now())::bigint as now_s) as clock
)
select t.id as "instanceId", t.subscription_id as "subscriptionId"
from timed t
where t.created_at < t.due
  and not exists (
    select 1 from snapshots n where n.instance_id = t.id and n.origin = 'backup' and n.state = 'complete' and n.created_at >= t.due
  )
  and not exists (
    select 1 from operations o
    where o.instance_id = t.id and o.kind = 'take-snapshot' and o.asked_by_kind = 'system' and (
      o.state in ('accepted', 'running')
      or (o.created_at >= t.due and o.created_at > now() - make_interval(secs => least(3600, t.every_s / 2)))
    )
  )
order by t.due, t.id limit $2`;

/**
 * Complete ones beyond those to keep, and what is left of those that failed. Not while somebody has asked for one to be put back. What was
 * kept under terms that promise none any more stays until its server goes.
 */
export const OUTLIVED = `
with ${PROMISED}, ranked as (
  select n.id, n.state, n.created_at, p.keep::int as keep,
    row_number() over (partition by n.instance_id, n.state order by n.created_at desc, n.id desc) as nth
  from snapshots n join promised p on p.id = n.instance_id
  where n.origin = 'backup' and n.deleted_at is null and n.provider = $1
)
select r.id from ranked r
where ((r.state = 'complete' and r.nth > r.keep) or (r.state = 'failed' and r.created_at < now() - interval '1 hour'))
  and not exists (
    select 1 from operations o
    where o.kind = 'restore-snapshot' and o.state in ('accepted', 'running')
      and o.request ->> 'snapshotId' = 'snp_' || replace(r.id::text, '-', '')
  )
order by r.id limit $2`;
