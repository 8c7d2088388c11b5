/** The providers as staff see them, and switching one out of the placement of new instances. */
import type { EntityManager } from 'typeorm';
import type { ProviderView } from '../../schemas/api/fleet.ts';
import { readCapacity } from '../../schemas/db/capacity.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { StaffCaller } from '../http/caller.ts';
import {
  type FindingCount,
  OPEN_FINDINGS,
  type PassRow,
  providerView,
  type StandingRow,
  STANDINGS,
} from './view.ts';

export async function readProviders(
  tx: EntityManager,
  names: string[],
  trendDays: number,
): Promise<ProviderView[]> {
  const standings: StandingRow[] = await tx.query(STANDINGS, [names]);
  const passes: PassRow[] = await tx.query(
    `select distinct on (provider) provider, started_at as "startedAt", finished_at as "finishedAt", failure, report
     from passes order by provider, started_at desc`,
  );
  const counts: FindingCount[] = await tx.query(OPEN_FINDINGS);
  const capacity = await readCapacity(tx, trendDays);
  return names.map((name) => providerView(name, { standings, passes, counts, capacity }));
}

/** Takes a provider out of the placement of new instances, or back in; nothing changes for those it has. */
export async function setDraining(
  tx: EntityManager,
  { tenantId, keyId }: StaffCaller,
  provider: string,
  draining: boolean,
): Promise<void> {
  const changed: unknown[] = await tx.query(
    `insert into provider_states (tenant_id, provider, draining) values ($1, $2, $3)
     on conflict (tenant_id, provider) do update set draining = excluded.draining
     where provider_states.draining is distinct from excluded.draining returning provider`,
    [tenantId, provider, draining],
  );
  if (changed.length === 0) return;
  await writeAudit(tx, {
    tenantId,
    by: { kind: 'staff', id: toEdgeId('apiKey', keyId) },
    action: draining ? 'provider.drained' : 'provider.undrained',
    subject: { kind: 'provider', id: provider },
    data: {},
  });
}
