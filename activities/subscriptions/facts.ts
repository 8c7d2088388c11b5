/**
 * What is, written down: the lifecycle's facts in Postgres. They run as local activities beside the workflow, each in one
 * transaction and idempotent by its key.
 */
import { v7 as uuidv7 } from 'uuid';
import { In, IsNull, type DataSource, type EntityManager } from 'typeorm';
import type { AccessProtocol, PlanTerms } from '../../schemas/catalog/plan.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { CredentialLinks } from '../../schemas/db/entities/credential-link.ts';
import { Instances } from '../../schemas/db/entities/instance.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeTimeline, writeAudit } from '../../schemas/db/trail.ts';
import { instanceKey, toEdgeId } from '../../schemas/ids.ts';
import { instanceHostname } from '../../schemas/instances.ts';
import type { InstanceState } from '../../schemas/subscriptions/lifecycle.ts';
import { generatePassword } from '../access/passwords.ts';
import { writeProgress, type Progress } from './progress.ts';

export type { Progress, ProgressNote } from './progress.ts';

interface Target {
  tenantId: string;
  subscriptionId: string;
}

export interface FactsDependencies {
  db: DataSource;
  secretBox: SecretBox;
  ports: Record<AccessProtocol, number>;
  credentialsLinkHours: number;
}

export type SubscriptionFacts = ReturnType<typeof createSubscriptionFacts>;

const HOUR_MS = 3_600_000;

export function createSubscriptionFacts({ db, secretBox, ports, credentialsLinkHours }: FactsDependencies) {
  async function replaceLinks(tx: EntityManager, { tenantId }: Target, instanceIds: string[]): Promise<void> {
    const links = tx.getRepository(CredentialLinks);
    const now = new Date();
    const expiresAt = new Date(now.getTime() + credentialsLinkHours * HOUR_MS);
    await links.update(
      { instanceId: In(instanceIds), openedAt: IsNull(), replacedAt: IsNull() },
      { replacedAt: now },
    );
    await links.insert(
      instanceIds.map((instanceId) => ({ id: uuidv7(), tenantId, instanceId, expiresAt, createdAt: now })),
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

    /**
     * Reserves the places of `quantity` instances with their keys, host names and credentials, before any provider is
     * asked. The same generation again returns the same instances.
     */
    async reserveInstances(
      request: Target & { quantity: number; generation: number },
    ): Promise<{ id: string; ordinal: number; state: InstanceState }[]> {
      const { tenantId, subscriptionId, quantity, generation } = request;
      return withTenant(db, tenantId, async (tx) => {
        const { provider, region, terms } = await purchaseOf(tx, subscriptionId);
        const { protocol, username } = terms.image.access;
        const instances = tx.getRepository(Instances);
        const places = Array.from({ length: quantity }, (_, place) => {
          const [id, ordinal] = [uuidv7(), place + 1];
          return {
            id,
            tenantId,
            subscriptionId,
            ordinal,
            generation,
            key: instanceKey(subscriptionId, ordinal, generation),
            state: 'reserved' as const,
            provider,
            hostname: instanceHostname(terms.key, subscriptionId, ordinal),
            region,
            protocol,
            port: ports[protocol],
            username,
            secret: secretBox.seal(generatePassword(), `instance/${id}`),
          };
        });
        await instances.createQueryBuilder().insert().values(places).orIgnore().execute();
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

    /**
     * Reserves a new instance in the place of one that is lost at its provider, with a key and credentials of its own, and writes the
     * lost one off. The same generation again returns the same instance.
     */
    async replaceInstance(
      request: Target & { instanceId: string; generation: number },
    ): Promise<{ id: string }> {
      const { tenantId, subscriptionId, instanceId, generation } = request;
      return withTenant(db, tenantId, async (tx) => {
        const instances = tx.getRepository(Instances);
        const lost = await instances.findOneByOrFail({ id: instanceId });
        const { ordinal, deletedAt } = lost;
        const [id, now] = [uuidv7(), new Date()];
        const successor = {
          ...lost,
          id,
          generation,
          key: instanceKey(subscriptionId, ordinal, generation),
          state: 'reserved' as const,
          providerRef: null,
          address: null,
          secret: secretBox.seal(generatePassword(), `instance/${id}`),
          pendingSecret: null,
          fingerprint: null,
          createStartedAt: null,
          credentialsVerifiedAt: null,
          finalSnapshotRef: null,
          deletedAt: null,
          createdAt: now,
          updatedAt: now,
        };
        await instances.createQueryBuilder().insert().values(successor).orIgnore().execute();
        if (deletedAt === null) {
          await instances.update({ id: instanceId }, { state: 'deleted', deletedAt: now, updatedAt: now });
          await tx
            .getRepository(CredentialLinks)
            .update({ instanceId, replacedAt: IsNull() }, { replacedAt: now });
        }
        const { id: newId } = await instances.findOneByOrFail({ subscriptionId, ordinal, generation });
        return { id: newId };
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

/** Where and on which terms a subscription's instances are made. @throws Error if there is no such subscription */
async function purchaseOf(
  tx: EntityManager,
  subscriptionId: string,
): Promise<{ provider: string; region: string; terms: PlanTerms }> {
  const rows: { provider: string; region: string; terms: PlanTerms }[] = await tx.query(
    `select s.provider, s.region, p.terms from subscriptions s join plans p on p.id = s.plan_id where s.id = $1`,
    [subscriptionId],
  );
  const [purchase] = rows;
  if (!purchase) throw new Error(`There is no subscription ${subscriptionId}.`);
  return purchase;
}
