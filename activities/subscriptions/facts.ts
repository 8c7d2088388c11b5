/**
 * What is, written down: the lifecycle's facts in Postgres. They run as local activities beside the workflow, each in one
 * transaction and idempotent by its key.
 */
import { v7 as uuidv7 } from 'uuid';
import { In, IsNull, type EntityManager } from 'typeorm';
import { CredentialLinks } from '../../schemas/db/entities/credential-link.ts';
import { Instances } from '../../schemas/db/entities/instance.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { createOperationFacts } from '../operations/facts.ts';
import { createPlanChanging } from './plan-change.ts';
import { writeProgress, type Progress } from './progress.ts';
import { createReserving, type ReservingDependencies } from './reserve.ts';

export type { Progress, ProgressNote } from './progress.ts';

interface Target {
  tenantId: string;
  subscriptionId: string;
}

export interface FactsDependencies extends ReservingDependencies {
  credentialsLinkHours: number;
}

export type SubscriptionFacts = ReturnType<typeof createSubscriptionFacts>;

const HOUR_MS = 3_600_000;

export function createSubscriptionFacts(deps: FactsDependencies) {
  const { db, credentialsLinkHours } = deps;

  async function replaceLinks(tx: EntityManager, { tenantId }: Target, instanceIds: string[]): Promise<void> {
    const links = tx.getRepository(CredentialLinks);
    const now = new Date();
    const expiresAt = new Date(now.getTime() + credentialsLinkHours * HOUR_MS);
    await links.update(
      { instanceId: In(instanceIds), openedAt: IsNull(), replacedAt: IsNull() },
      { replacedAt: now },
    );
    // Of a password that nobody here knows there is nothing to show.
    const known = await tx
      .getRepository(Instances)
      .findBy({ id: In(instanceIds), credentialsUnknown: false });
    if (known.length === 0) return;
    await links.insert(
      known.map(({ id }) => ({ id: uuidv7(), tenantId, instanceId: id, expiresAt, createdAt: now })),
    );
  }

  /** Runs `work` unless a step with this key was already written. */
  async function once(
    target: Target,
    key: string,
    work: (tx: EntityManager) => Promise<void>,
  ): Promise<void> {
    await withTenant(db, target.tenantId, async (tx) => {
      const isFirst = await writeAudit(tx, {
        tenantId: target.tenantId,
        by: { kind: 'system', id: 'lifecycle' },
        action: key.split('/').at(-1) ?? key,
        subject: { kind: 'subscription', id: toEdgeId('subscription', target.subscriptionId) },
        data: {},
        dedupeKey: key,
      });
      if (isFirst) await work(tx);
    });
  }

  return {
    /** Writes where a subscription stands, its timeline entries and the audit event, in one transaction. */
    recordProgress: (progress: Progress): Promise<void> =>
      withTenant(db, progress.tenantId, (tx) => writeProgress(tx, progress)),

    ...createReserving(deps),
    ...createOperationFacts(deps),
    ...createPlanChanging(db),

    /** The instances are the customer's now: marks them active and makes their one-time links. */
    async handOver(request: Target & { instanceIds: string[]; key: string }): Promise<void> {
      await once(request, request.key, async (tx) => {
        await tx
          .getRepository(Instances)
          .update(request.instanceIds, { state: 'active', updatedAt: new Date() });
        await replaceLinks(tx, request, request.instanceIds);
      });
    },

    /** New one-time links after a change of credentials; unopened old ones stop working. */
    async renewLinks(request: Target & { instanceIds: string[]; key: string }): Promise<void> {
      await once(request, `${request.key}/renew-links`, (tx) =>
        replaceLinks(tx, request, request.instanceIds),
      );
    },

    /** Whether some instance's one-time link was never opened and still works. */
    async hasUnopenedLinks({ tenantId, subscriptionId }: Target): Promise<boolean> {
      return withTenant(db, tenantId, async (tx) => {
        const rows: unknown[] = await tx.query(
          `select 1 from credential_links l join instances i on i.id = l.instance_id
           where i.subscription_id = $1 and l.opened_at is null and l.replaced_at is null and l.expires_at > now() limit 1`,
          [subscriptionId],
        );
        return rows.length > 0;
      });
    },

    /** A mail could not be delivered for good: on the record, for staff to see. */
    async noteUndeliverable(request: Target & { key: string; message: string }): Promise<void> {
      const { tenantId, subscriptionId, key, message } = request;
      await withTenant(db, tenantId, async (tx) => {
        await writeAudit(tx, {
          tenantId,
          by: { kind: 'system', id: 'mail' },
          action: 'mail.undeliverable',
          subject: { kind: 'subscription', id: toEdgeId('subscription', subscriptionId) },
          data: { key, message },
          dedupeKey: `${key}/undeliverable`,
        });
      });
    },
  };
}
