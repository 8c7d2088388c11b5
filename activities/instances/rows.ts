/** Reading and writing instance rows around a provider's calls. */
import { type DataSource, IsNull, LessThan } from 'typeorm';
import type { PlanTerms } from '../../schemas/catalog/plan.ts';
import { Instances, type Instance } from '../../schemas/db/entities/instance.ts';
import { Plans } from '../../schemas/db/entities/plan.ts';
import { type Snapshot, Snapshots } from '../../schemas/db/entities/snapshot.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeTimeline } from '../../schemas/db/trail.ts';
import type { TimelineKind } from '../../schemas/api/shop.ts';

export interface InstanceTarget {
  tenantId: string;
  instanceId: string;
}

/** An instance with the terms that it was bought under. */
export interface LoadedInstance {
  row: Instance;
  terms: PlanTerms;
}

export type InstanceRows = ReturnType<typeof createInstanceRows>;

export function createInstanceRows(db: DataSource) {
  return {
    /** @throws EntityNotFoundError if the tenant has no such instance */
    async load({ tenantId, instanceId }: InstanceTarget): Promise<Instance> {
      return withTenant(db, tenantId, (tx) =>
        tx.getRepository(Instances).findOneByOrFail({ id: instanceId }),
      );
    },

    /** @throws as {@link load} */
    async loadWithTerms({ tenantId, instanceId }: InstanceTarget): Promise<LoadedInstance> {
      return withTenant(db, tenantId, async (tx) => {
        const row = await tx.getRepository(Instances).findOneByOrFail({ id: instanceId });
        const plan = await tx
          .getRepository(Plans)
          .createQueryBuilder('plan')
          .innerJoin(Subscriptions.options.name, 'subscription', 'subscription.planId = plan.id')
          .where('subscription.id = :id', { id: row.subscriptionId })
          .getOneOrFail();
        return { row, terms: plan.terms };
      });
    },

    /** The terms of a plan's version. @throws EntityNotFoundError if the tenant has no such plan */
    async termsOf(tenantId: string, planId: string): Promise<PlanTerms> {
      const plan = await withTenant(db, tenantId, (tx) =>
        tx.getRepository(Plans).findOneByOrFail({ id: planId }),
      );
      return plan.terms;
    },

    /** Complete snapshots of an instance's disk at its provider, newest first. */
    async snapshotsOf({ tenantId, instanceId }: InstanceTarget): Promise<Snapshot[]> {
      return withTenant(db, tenantId, async (tx) => {
        const { provider } = await tx.getRepository(Instances).findOneByOrFail({ id: instanceId });
        return tx.getRepository(Snapshots).find({
          where: { instanceId, provider, state: 'complete', deletedAt: IsNull() },
          order: { createdAt: 'DESC' },
        });
      });
    },

    /** Who was in the same place before it; `null` if it is the first. */
    async predecessorOf({
      tenantId,
      subscriptionId,
      ordinal,
      generation,
    }: Instance): Promise<Instance | null> {
      return withTenant(db, tenantId, (tx) =>
        tx.getRepository(Instances).findOne({
          where: { subscriptionId, ordinal, generation: LessThan(generation) },
          order: { generation: 'DESC' },
        }),
      );
    },

    /** Writes facts of the instance, with a timeline entry for the customer where there is one to tell. */
    async save(
      { tenantId, instanceId }: InstanceTarget,
      facts: Partial<Instance>,
      told?: { kind: TimelineKind; row: Instance; occasion?: string },
    ): Promise<void> {
      await withTenant(db, tenantId, async (tx) => {
        await tx.getRepository(Instances).update({ id: instanceId }, { ...facts, updatedAt: new Date() });
        if (!told) return;
        const { kind, row, occasion } = told;
        await writeTimeline(tx, {
          tenantId,
          subscriptionId: row.subscriptionId,
          kind,
          data: { ordinal: row.ordinal, hostname: row.hostname },
          dedupeKey: [instanceId, kind, occasion].filter(Boolean).join('/'),
        });
      });
    },
  };
}
