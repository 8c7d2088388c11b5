/**
 * What is, written down: the lifecycle's facts in Postgres. They run as local activities beside the workflow, each in one
 * transaction and idempotent by its key.
 */
import { v7 as uuidv7 } from 'uuid';
import type { DataSource, EntityManager } from 'typeorm';
import type { TimelineKind } from '../../schemas/api/shop.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { CredentialLinks } from '../../schemas/db/entities/credential-link.ts';
import { Instances } from '../../schemas/db/entities/instance.ts';
import { Plans } from '../../schemas/db/entities/plan.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeTimeline, writeAudit } from '../../schemas/db/trail.ts';
import { instanceKey, toEdgeId } from '../../schemas/ids.ts';
import { instanceHostname } from '../../schemas/instances.ts';
import type { Actor, Attention, InstanceState, Stage } from '../../schemas/subscriptions/lifecycle.ts';
import { generatePassword } from '../access/passwords.ts';

export interface ProgressNote {
  kind: TimelineKind;
  data: Record<string, string | number | boolean | null>;
}

export interface Progress {
  tenantId: string;
  subscriptionId: string;
  /** Business key of the step. */
  key: string;
  stage: Stage;
  summary: string;
  dueAt: string | null;
  attention: Attention | null;
  cancelAtPeriodEnd: boolean;
  by: Actor;
  notes: ProgressNote[];
}

interface Target {
  tenantId: string;
  subscriptionId: string;
}

export interface FactsDependencies {
  db: DataSource;
  secretBox: SecretBox;
  ports: { ssh: number; rdp: number };
  credentialsLinkHours: number;
}

export type SubscriptionFacts = ReturnType<typeof createSubscriptionFacts>;

const HOUR_MS = 3_600_000;

export function createSubscriptionFacts({ db, secretBox, ports, credentialsLinkHours }: FactsDependencies) {
  async function replaceLinks(tx: EntityManager, { tenantId }: Target, instanceIds: string[]): Promise<void> {
    const links = tx.getRepository(CredentialLinks);
    const now = new Date();
    for (const instanceId of instanceIds) {
      await links
        .createQueryBuilder()
        .update()
        .set({ replacedAt: now })
        .where('instance_id = :instanceId and opened_at is null and replaced_at is null', { instanceId })
        .execute();
      const expiresAt = new Date(now.getTime() + credentialsLinkHours * HOUR_MS);
      await links.insert({ id: uuidv7(), tenantId, instanceId, expiresAt, createdAt: now });
    }
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
    async recordProgress(progress: Progress): Promise<void> {
      const { tenantId, subscriptionId, key, by, notes } = progress;
      await withTenant(db, tenantId, async (tx) => {
        const isFirst = await writeAudit(tx, {
          tenantId,
          by,
          action: `subscription.${notes[0]?.kind ?? progress.stage}`,
          subject: { kind: 'subscription', id: toEdgeId('subscription', subscriptionId) },
          data: { stage: progress.stage, summary: progress.summary },
          dedupeKey: key,
        });
        if (!isFirst) return;
        await tx.getRepository(Subscriptions).update(
          { id: subscriptionId },
          {
            stage: progress.stage,
            summary: progress.summary,
            dueAt: progress.dueAt === null ? null : new Date(progress.dueAt),
            attention: progress.attention,
            cancelAtPeriodEnd: progress.cancelAtPeriodEnd,
            updatedAt: new Date(),
          },
        );
        for (const [index, note] of notes.entries()) {
          await writeTimeline(tx, { tenantId, subscriptionId, ...note, dedupeKey: `${key}/${index}` });
        }
      });
    },

    /**
     * Reserves the places of `quantity` instances with their keys, host names and credentials, before any provider is
     * asked. The same generation again returns the same instances.
     */
    async reserveInstances(
      request: Target & { quantity: number; generation: number },
    ): Promise<{ id: string; ordinal: number; state: InstanceState }[]> {
      const { tenantId, subscriptionId, quantity, generation } = request;
      return withTenant(db, tenantId, async (tx) => {
        const subscription = await tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId });
        const { terms } = await tx.getRepository(Plans).findOneByOrFail({ id: subscription.planId });
        const { access } = terms.image;
        const instances = tx.getRepository(Instances);
        for (let ordinal = 1; ordinal <= quantity; ordinal += 1) {
          const id = uuidv7();
          const row = {
            id,
            tenantId,
            subscriptionId,
            ordinal,
            generation,
            key: instanceKey(subscriptionId, ordinal, generation),
            state: 'reserved' as const,
            provider: subscription.provider,
            hostname: instanceHostname(terms.key, subscriptionId, ordinal),
            region: subscription.region,
            protocol: access.protocol,
            port: ports[access.protocol],
            username: access.username,
            secret: secretBox.seal(generatePassword(), `instance/${id}`),
          };
          await instances.createQueryBuilder().insert().values(row).orIgnore().execute();
        }
        await writeTimeline(tx, {
          tenantId,
          subscriptionId,
          kind: 'provisioning-started',
          data: { quantity, generation },
          dedupeKey: `${subscriptionId}/provisioning/${generation}`,
        });
        const rows = await instances.find({
          where: { subscriptionId, generation },
          order: { ordinal: 'ASC' },
        });
        return rows.map(({ id, ordinal, state }) => ({ id, ordinal, state }));
      });
    },

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
