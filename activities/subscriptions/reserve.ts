/** Reserving the places of instances, with their keys and credentials, before any provider is asked. */
import { v7 as uuidv7 } from 'uuid';
import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import type { AccessProtocol } from '../../schemas/catalog/access.ts';
import type { PlanTerms } from '../../schemas/catalog/plan.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { CredentialLinks } from '../../schemas/db/entities/credential-link.ts';
import { type Instance, Instances } from '../../schemas/db/entities/instance.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit, writeTimeline } from '../../schemas/db/trail.ts';
import { instanceKey, toEdgeId } from '../../schemas/ids.ts';
import { instanceHostname } from '../../schemas/instances.ts';
import type { InstanceState } from '../../schemas/subscriptions/lifecycle.ts';
import { generatePassword } from '../access/passwords.ts';
import { moveExtras } from '../instances/extras.ts';
import { ableProviders, type Drivers, place } from '../placement/placement.ts';

export interface ReservingDependencies {
  db: DataSource;
  secretBox: SecretBox;
  ports: Record<AccessProtocol, number>;
  drivers: Drivers;
}

interface Target {
  tenantId: string;
  subscriptionId: string;
}

/** A reserved instance, as its workflow remembers it. */
export interface Reserved {
  id: string;
  ordinal: number;
  state: InstanceState;
  provider: string;
  /** How many other providers of the plan can be tried if this one fails. */
  others: number;
}

export type Reserving = ReturnType<typeof createReserving>;

export function createReserving({ db, secretBox, ports, drivers }: ReservingDependencies) {
  /** Where the next instance goes. If nobody can take it, the provider it was sold with says why. */
  async function decide(
    tx: EntityManager,
    subscriptionId: string,
    { provider, region, terms }: Purchase,
    tried: readonly string[],
  ): Promise<{ provider: string; reason: string; isNew: boolean }> {
    const decision = await place(tx, drivers, { subscriptionId, region, terms, tried });
    return { ...decision, provider: decision.provider ?? provider, isNew: decision.provider !== null };
  }

  /** As the workflow remembers it. */
  function reserved(
    { id, ordinal, state, provider }: Omit<Reserved, 'others'>,
    { terms, region }: Purchase,
    tried: readonly string[],
  ): Reserved {
    const others = ableProviders(drivers, terms, region).filter(
      (name) => name !== provider && !tried.includes(name),
    );
    return { id, ordinal, state, provider, others: others.length };
  }

  /** The start of a row: nothing is known of it yet but its place. */
  function fresh(id: string): Pick<Instance, 'id' | 'secret'> & { state: 'reserved' } {
    return { id, state: 'reserved', secret: secretBox.seal(generatePassword(), `instance/${id}`) };
  }

  async function note(tx: EntityManager, row: PlacedRow): Promise<void> {
    await writeAudit(tx, {
      tenantId: row.tenantId,
      by: { kind: 'system', id: 'placement' },
      action: 'instance.placed',
      subject: { kind: 'instance', id: toEdgeId('instance', row.id) },
      data: { provider: row.provider, reason: row.placementReason, key: row.key },
      dedupeKey: `${row.key}/placed`,
    });
  }

  return {
    /**
     * Reserves `quantity` instances with their providers, keys, host names and credentials. The same generation again returns the
     * same instances.
     */
    async reserveInstances(request: Target & { quantity: number; generation: number }): Promise<Reserved[]> {
      const { tenantId, subscriptionId, quantity, generation } = request;
      return withTenant(db, tenantId, async (tx) => {
        const purchase = await purchaseOf(tx, subscriptionId);
        const { region, terms } = purchase;
        const { protocol, username } = terms.image.access;
        const instances = tx.getRepository(Instances);
        const isFirst = !(await instances.existsBy({ subscriptionId, generation }));
        // One by one: each decision counts those before it.
        for (let ordinal = 1; isFirst && ordinal <= quantity; ordinal += 1) {
          const { provider, reason } = await decide(tx, subscriptionId, purchase, []);
          const row = {
            ...fresh(uuidv7()),
            ...{ tenantId, subscriptionId, ordinal, generation, provider, region, protocol, username },
            key: instanceKey(subscriptionId, ordinal, generation),
            placementReason: reason,
            hostname: instanceHostname(terms.key, subscriptionId, ordinal),
            port: ports[protocol],
          };
          await instances.insert(row);
          await note(tx, row);
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
        return rows.map((row) => reserved(row, purchase, []));
      });
    },

    /**
     * Reserves a place at another provider for an instance whose making failed and was undone, with a key and credentials of its own.
     * `null` if no other provider can take it. The same generation again returns the same instance.
     *
     * @param tried providers that have failed in this making.
     */
    async placeElsewhere(
      request: Target & { instanceId: string; generation: number; tried: string[] },
    ): Promise<Reserved | null> {
      const { tenantId, subscriptionId, instanceId, generation, tried } = request;
      return withTenant(db, tenantId, async (tx) => {
        const instances = tx.getRepository(Instances);
        const failed = await instances.findOneByOrFail({ id: instanceId });
        const { ordinal } = failed;
        const earlier = await instances.findOneBy({ subscriptionId, ordinal, generation });
        const purchase = await purchaseOf(tx, subscriptionId);
        if (earlier) return reserved(earlier, purchase, tried);
        const { provider, reason, isNew } = await decide(tx, subscriptionId, purchase, tried);
        if (!isNew) return null;
        const row = {
          ...successorOf(failed),
          ...fresh(uuidv7()),
          generation,
          key: instanceKey(subscriptionId, ordinal, generation),
          provider,
          placementReason: reason,
        };
        await instances.insert(row);
        await note(tx, row);
        return reserved(row, purchase, tried);
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
        const now = new Date();
        const successor = {
          ...successorOf(lost),
          // One that was taken over may have been entered otherwise than what the plan makes.
          ...(lost.adoptedRef !== null && loginOf(await purchaseOf(tx, subscriptionId), ports)),
          ...fresh(uuidv7()),
          generation,
          key: instanceKey(subscriptionId, ordinal, generation),
        };
        await instances.createQueryBuilder().insert().values(successor).orIgnore().execute();
        if (deletedAt === null) {
          await instances.update({ id: instanceId }, { state: 'deleted', deletedAt: now, updatedAt: now });
          await tx
            .getRepository(CredentialLinks)
            .update({ instanceId, replacedAt: IsNull() }, { replacedAt: now });
        }
        const { id } = await instances.findOneByOrFail({ subscriptionId, ordinal, generation });
        await moveExtras(tx, instanceId, id);
        return { id };
      });
    },
  };
}

type PlacedRow = Pick<Instance, 'id' | 'tenantId' | 'key' | 'provider' | 'placementReason'>;

/** What an instance in the same place takes over; nothing of what happened to the one before it. */
function successorOf(row: Instance) {
  const { tenantId, subscriptionId, ordinal, provider, placementReason } = row;
  const { hostname, region, protocol, port, username } = row;
  return {
    ...{ tenantId, subscriptionId, ordinal, provider, placementReason },
    ...{ hostname, region, protocol, port, username },
  };
}

/** How what the plan makes is entered. */
function loginOf(
  { terms }: Purchase,
  ports: ReservingDependencies['ports'],
): Pick<Instance, 'protocol' | 'username' | 'port'> {
  const { protocol, username } = terms.image.access;
  return { protocol, username, port: ports[protocol] };
}

interface Purchase {
  /** The provider it was sold with. */
  provider: string;
  region: string;
  terms: PlanTerms;
}

/** Where and on which terms a subscription's instances are made. @throws Error if there is no such subscription */
async function purchaseOf(tx: EntityManager, subscriptionId: string): Promise<Purchase> {
  const rows: Purchase[] = await tx.query(
    `select s.provider, s.region, p.terms from subscriptions s join plans p on p.id = s.plan_id where s.id = $1`,
    [subscriptionId],
  );
  const [purchase] = rows;
  if (!purchase) throw new Error(`There is no subscription ${subscriptionId}.`);
  return purchase;
}
