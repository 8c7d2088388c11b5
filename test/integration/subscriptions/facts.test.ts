import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createSubscriptionFacts, type SubscriptionFacts } from '../../../activities/subscriptions/facts.ts';
import { loadSubscriptionInput } from '../../../activities/subscriptions/input.ts';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import { openDatabase } from '../../../schemas/db/data-source.ts';
import { v7 as uuidv7 } from 'uuid';
import { InstanceDisks } from '../../../schemas/db/entities/instance-extra.ts';
import { Operations } from '../../../schemas/db/entities/operation.ts';
import { Snapshots } from '../../../schemas/db/entities/snapshot.ts';
import { Instances } from '../../../schemas/db/entities/instance.ts';
import { Subscriptions } from '../../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../../schemas/db/tenancy.ts';
import { seedSubscription, type SeededSubscription } from '../../harness/seed.ts';
import { newDatabase, type TestDatabase } from '../../harness/stack.ts';

const secretBox = createSecretBox([{ id: 'k', key: randomBytes(32) }]);

describe('the lifecycle’s facts in Postgres', () => {
  let database: TestDatabase;
  let db: DataSource;
  let facts: SubscriptionFacts;
  let seeded: SeededSubscription;

  before(async function () {
    this.timeout(60_000);
    database = await newDatabase();
    db = await openDatabase({ url: database.appUrl, poolSize: 5, applicationName: 'test' });
    facts = createSubscriptionFacts({
      db,
      secretBox,
      ports: { ssh: 22, rdp: 3389, web: 443 },
      credentialsLinkHours: 72,
      drivers: new Map(),
    });
  });
  beforeEach(async () => {
    seeded = await seedSubscription(db, { quantity: 3 });
  });
  after(() => db.destroy());

  const progress = (key: string) => ({
    tenantId: seeded.tenantId,
    subscriptionId: seeded.subscriptionId,
    key,
    stage: 'provisioning' as const,
    summary: 'Paid.',
    dueAt: '2031-01-01T00:00:00.000Z',
    attention: null,
    cancelAtPeriodEnd: false,
    by: { kind: 'system' as const, id: 'test' },
    notes: [{ kind: 'payment-received' as const, data: {} }],
  });

  const read = <T>(sql: string, parameters: unknown[] = [seeded.subscriptionId]): Promise<T[]> =>
    withTenant(db, seeded.tenantId, (tx) => tx.query(sql, parameters));

  it('writes stage, timeline and audit together, once per key', async () => {
    await facts.recordProgress(progress('a/1/progress'));
    await facts.recordProgress({ ...progress('a/1/progress'), stage: 'active' });
    const [row] = await read<{ stage: string; summary: string }>(
      'select stage, summary from subscriptions where id = $1',
    );
    assert.deepEqual(row, { stage: 'provisioning', summary: 'Paid.' });
    assert.equal((await read('select 1 from timeline where subscription_id = $1')).length, 1);
  });

  it('writes once when the same step runs in parallel', async () => {
    await Promise.all(Array.from({ length: 5 }, () => facts.recordProgress(progress('b/1/progress'))));
    assert.equal((await read('select 1 from timeline where subscription_id = $1')).length, 1);
  });

  it('reserves as many instances as were bought, the same ones each time, with their own secrets', async () => {
    const target = { tenantId: seeded.tenantId, subscriptionId: seeded.subscriptionId, quantity: 3 };
    const first = await facts.reserveInstances({ ...target, generation: 1 });
    const again = await facts.reserveInstances({ ...target, generation: 1 });
    const next = await facts.reserveInstances({ ...target, generation: 2 });
    assert.deepEqual(again, first);
    assert.deepEqual(
      first.map(({ ordinal }) => ordinal),
      [1, 2, 3],
    );
    assert.equal(new Set([...first, ...next].map(({ id }) => id)).size, 6);
    const rows = await withTenant(db, seeded.tenantId, (tx) =>
      tx.getRepository(Instances).findBy({ subscriptionId: seeded.subscriptionId }),
    );
    const passwords = rows.map(({ id, secret }) => secretBox.open(secret, `instance/${id}`));
    assert.equal(new Set(passwords).size, 6);
    assert.ok(passwords.every((password) => password.length >= 20));
  });

  it('makes one working link per instance, and new ones replace unopened old ones', async () => {
    const target = { tenantId: seeded.tenantId, subscriptionId: seeded.subscriptionId };
    const made = await facts.reserveInstances({ ...target, quantity: 3, generation: 1 });
    const instanceIds = made.map(({ id }) => id);
    await facts.handOver({ ...target, instanceIds, key: 'c/1/hand-over' });
    await facts.handOver({ ...target, instanceIds, key: 'c/1/hand-over' });
    assert.equal(
      (await read('select 1 from credential_links where instance_id = any($1)', [instanceIds])).length,
      3,
    );
    assert.equal(await facts.hasUnopenedLinks(target), true);
    await facts.renewLinks({ ...target, instanceIds, key: 'c/2/rotate' });
    const open = 'select 1 from credential_links where instance_id = any($1) and replaced_at is null';
    assert.equal((await read(open, [instanceIds])).length, 3);
    await read('update credential_links set opened_at = now() where instance_id = any($1)', [instanceIds]);
    assert.equal(await facts.hasUnopenedLinks(target), false);
  });

  it('reads the workflow’s input from the terms that the subscription was bought under', async () => {
    const input = await withTenant(db, seeded.tenantId, (tx) =>
      loadSubscriptionInput(tx, seeded.subscriptionId),
    );
    assert.equal(input.quantity, 3);
    assert.equal(input.terms.key, 'vps');
    assert.deepEqual(JSON.parse(JSON.stringify(input)), input);
  });

  it('ends an operation once, with what it was about to make', async () => {
    const { tenantId, subscriptionId } = seeded;
    const [instance] = await facts.reserveInstances({ tenantId, subscriptionId, quantity: 1, generation: 1 });
    const instanceId = instance?.id ?? '';
    const operationId = uuidv7();
    await withTenant(db, tenantId, async (tx) => {
      const request = { kind: 'take-snapshot' } as const;
      await tx.getRepository(Operations).insert({
        ...{ id: operationId, tenantId, subscriptionId, instanceId, kind: 'take-snapshot', request },
        ...{ askedByKind: 'staff', askedById: 'key_test' },
      });
      await tx.getRepository(Snapshots).insert({
        ...{ id: operationId, tenantId, instanceId, key: 'k-snap', provider: 'vultr', origin: 'manual' },
      });
    });
    const failure = { reason: 'deadline', message: 'It was tried for long.', nextStep: 'Look.' };
    await facts.finishOperation({ tenantId, operationId, instanceId, failure });
    assert.deepEqual(await facts.finishOperation({ tenantId, operationId, instanceId, failure: null }), {
      instanceState: 'reserved',
    });
    const [row] = await read<{ state: string; reason: string; snapshot: string }>(
      `select o.state, o.failure ->> 'reason' as reason, s.state as snapshot from operations o join snapshots s on s.id = o.id where o.id = $1`,
      [operationId],
    );
    assert.deepEqual(row, { state: 'failed', reason: 'deadline', snapshot: 'failed' });
    const told = await read<{ kind: string }>(
      `select kind from timeline where subscription_id = $1 and kind like 'operation-%'`,
    );
    assert.deepEqual(told, [{ kind: 'operation-failed' }]);
  });

  it('gives what is left of a lost instance to its successor', async () => {
    const { tenantId, subscriptionId } = seeded;
    const [lost] = await facts.reserveInstances({ tenantId, subscriptionId, quantity: 1, generation: 1 });
    const instanceId = lost?.id ?? '';
    const id = uuidv7();
    await withTenant(db, tenantId, async (tx) => {
      const one = { id, tenantId, instanceId, key: `${id}-snap` };
      await tx.getRepository(Snapshots).insert({ ...one, provider: 'vultr', origin: 'manual' });
      await tx.getRepository(InstanceDisks).insert({ ...one, instanceRef: 'lost', sizeGb: 40 });
    });
    const successor = await facts.replaceInstance({ tenantId, subscriptionId, instanceId, generation: 2 });
    for (const table of ['snapshots', 'instance_disks']) {
      const [row] = await read<{ owner: string }>(`select instance_id as owner from ${table} where id = $1`, [
        id,
      ]);
      assert.equal(row?.owner, successor.id, table);
    }
  });

  it('shows nothing of one tenant to another, and lets it write nothing there', async () => {
    const stranger = await addTenant(database.adminUrl);
    const seen = await withTenant(db, stranger, (tx) => tx.getRepository(Subscriptions).find());
    assert.deepEqual(seen, []);
    await assert.rejects(
      facts.recordProgress({ ...progress('d/1/progress'), tenantId: stranger }),
      /timeline.*foreign key/,
    );
    const [row] = await read<{ stage: string }>('select stage from subscriptions where id = $1');
    assert.equal(row?.stage, 'awaiting-payment');
    // Without a tenant the application role sees nothing at all.
    assert.deepEqual(await db.query('select 1 from subscriptions'), []);
  });
});

async function addTenant(adminUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    `insert into tenants (id, slug, name) values (gen_random_uuid(), 'other', 'Other Hosting') returning id`,
  );
  await client.end();
  return rows[0]?.id ?? '';
}
