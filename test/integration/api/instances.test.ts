import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Problem } from '../../../schemas/api/common.ts';
import type {
  OperationDetails,
  OperationView,
  ServerView,
  SnapshotView,
  StaffServerView,
} from '../../../schemas/api/instances.ts';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { fromEdgeId, toEdgeId } from '../../../schemas/ids.ts';
import { answersDone } from './messenger-in-memory.ts';
import { count, handOver, placeOrder, putAt, type PlacedOrder } from './orders.ts';
import { addKey, addTenant, client, type Shop, startShop } from './shop.ts';

/** As a driver says it. */
const SCREENLESS = { en: 'This provider shows no screen.', de: 'Dieser Anbieter zeigt keinen Bildschirm.' };

describe('servers and what is asked of them', () => {
  let shop: Shop;
  let order: PlacedOrder;
  let id: string;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('instances');
  });
  beforeEach(async () => {
    answersDone(shop.messenger);
    order = await placeOrder(shop);
    await putAt(shop, order, 'active');
    id = toEdgeId('instance', (await handOver(shop, order)).instanceId);
  });

  const ask = (body: object, headers: Record<string, string> = {}) =>
    shop.staff.post<OperationView & Problem>(`/v1/instances/${id}/operations`, body, { headers });
  const own = (path: string): string => `/v1/orders/${order.orderToken}/${path}`;
  const finish = (operationId: string, more: string): Promise<unknown> =>
    shop.sql.query(`update operations set state = 'done', finished_at = now(), ${more} where id = $1`, [
      fromEdgeId('operation', operationId),
    ]);

  it('are shown with what is possible, and why the rest is not', async () => {
    const { data } = await shop.staff.get<StaffServerView>(`/v1/instances/${id}`);
    const of = (kind: string) => data.possibleOperations.find((each) => each.kind === kind);
    assert.deepEqual(of('reboot'), {
      kind: 'reboot',
      possible: true,
      reason: null,
      message: null,
      lack: null,
    });
    assert.equal(of('start')?.reason, 'not-fitting');
    assert.equal(of('restore-snapshot')?.possible, false);
    assert.equal(of('add-disk')?.possible, true);
    assert.equal(data.provider, 'vultr');
    const theirs = await shop.http.get<ServerView>(own(`instances/${id}`));
    assert.ok(!theirs.data.possibleOperations.some(({ kind }) => kind === 'add-disk'));
    assert.ok(!('provider' in theirs.data));
    const { data: seen } = await shop.http.get<OrderView>(`/v1/orders/${order.orderToken}`);
    assert.deepEqual(seen.instances[0]?.possibleOperations, theirs.data.possibleOperations);
  });

  it('are asked once under one key: one row, one message, one trail', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await ask({ kind: 'reboot' }, headers);
    const again = await ask({ kind: 'reboot' }, headers);
    assert.deepEqual([first.status, again.status, again.data.id], [202, 202, first.data.id]);
    assert.deepEqual([first.data.state, first.data.askedBy], ['accepted', 'staff']);
    const operationId = fromEdgeId('operation', first.data.id);
    assert.equal(await count(shop, 'operations', 'subscription_id = $1', [order.id]), 1);
    const sent = shop.messenger.seen.filter(({ subscriptionId }) => subscriptionId === order.id);
    assert.deepEqual(
      sent.map(({ update, updateId }) => [update, updateId]),
      [['reboot-instance', operationId]],
    );
    const trail = await count(
      shop,
      'audit_events',
      `action = 'subscription.reboot-instance' and subject_id = $1`,
      [id],
    );
    assert.equal(trail, 1);
    const list = await shop.staff.get<{ data: OperationView[] }>(`/v1/instances/${id}/operations`);
    assert.deepEqual(
      list.data.data.map((each) => each.id),
      [first.data.id],
    );
  });

  it('are kept while Temporal is away, and failed in words when the workflow refuses', async () => {
    shop.messenger.answer = null;
    const kept = await ask({ kind: 'stop' });
    assert.equal(kept.status, 202);
    assert.equal(
      await count(shop, 'outbox', 'subject_id = $1 and delivered_at is null and kind = $2', [
        order.id,
        'subscription-update',
      ]),
      1,
    );
    const twice = await ask({ kind: 'stop' });
    assert.deepEqual([twice.status, twice.data.reason], [409, 'operation-under-way']);

    shop.messenger.answer = {
      outcome: 'rejected',
      reason: 'superseded',
      message: 'Too late.',
      nextStep: 'Wait.',
    };
    const refused = await ask({ kind: 'reboot' });
    assert.deepEqual([refused.status, refused.data.reason], [409, 'superseded']);
    const { data } = await shop.staff.get<{ data: OperationView[] }>(`/v1/instances/${id}/operations`);
    assert.deepEqual(data.data[0]?.failure, {
      reason: 'superseded',
      message: 'Too late.',
      nextStep: 'Wait.',
    });
  });

  it('cannot be asked what does not fit, is wrong, or is not for customers; nothing is written', async () => {
    const before = await count(shop, 'operations');
    for (const body of [
      { kind: 'explode' },
      { kind: 'rename', name: 'Not a name' },
      { kind: 'add-disk', sizeGb: 0 },
      { kind: 'set-firewall', rules: [{ protocol: 'icmp', ports: { from: 1, to: 2 }, source: '0.0.0.0/0' }] },
      { kind: 'set-firewall', rules: [{ protocol: 'tcp', ports: { from: 9, to: 2 }, source: '0.0.0.0/0' }] },
      { kind: 'set-firewall', rules: [{ protocol: 'tcp', ports: { from: 1, to: 2 }, source: 'everywhere' }] },
    ]) {
      assert.equal((await ask(body)).status, 422, JSON.stringify(body));
    }
    assert.equal((await ask({ kind: 'start' })).data.reason, 'not-fitting');
    const sold = await shop.http.post<Problem>(own(`instances/${id}/operations`), {
      kind: 'add-disk',
      sizeGb: 40,
    });
    assert.deepEqual([sold.status, sold.data.reason], [409, 'not-for-customers']);
    await putAt(shop, order, 'suspended');
    assert.equal((await ask({ kind: 'reboot' })).data.reason, 'not-running');
    assert.equal(await count(shop, 'operations'), before);
  });

  it('are refused what their provider lacks in the driver’s own words', async () => {
    const lacking = await startShop('instances-lacking', {
      hypervisors: new Map(
        [...shop.deps.hypervisors].map(([name, driver]) => {
          const lacks = { console: SCREENLESS };
          return [name, { ...driver, capabilities: { ...driver.capabilities, snapshots: false, lacks } }];
        }),
      ),
    });
    const placed = await placeOrder(lacking);
    await putAt(lacking, placed, 'active');
    const { instanceId } = await handOver(lacking, placed);
    const address = `/v1/instances/${toEdgeId('instance', instanceId)}/operations`;
    const { status, data } = await lacking.staff.post<Problem>(address, { kind: 'open-console' });
    assert.deepEqual(
      [status, data.reason, data.detail],
      [409, 'unsupported', 'This provider shows no screen.'],
    );
    const { data: seen } = await lacking.http.get<OrderView>(`/v1/orders/${placed.orderToken}`);
    const shown = seen.instances[0]?.possibleOperations.find(({ kind }) => kind === 'open-console');
    assert.deepEqual([shown?.message, shown?.lack], [SCREENLESS.en, SCREENLESS]);
    const other = await lacking.staff.post<Problem>(address, { kind: 'take-snapshot' });
    assert.equal(other.data.reason, 'unsupported');
    assert.equal(await count(lacking, 'operations'), 0);
  });

  it('give a link to whoever asked for it, while it holds', async () => {
    const asked = await ask({ kind: 'open-console' });
    const operationId = fromEdgeId('operation', asked.data.id);
    const url = 'https://screen.example/?token=secret';
    const sealed = shop.deps.secretBox.seal(url, `operation/${operationId}`);
    await finish(asked.data.id, `sealed_link = '${sealed}', link_expires_at = now() + interval '1 minute'`);
    const address = `/v1/operations/${asked.data.id}`;
    assert.equal((await shop.staff.get<OperationDetails>(address)).data.link?.url, url);
    const colleague = client(shop.url, await addKey(shop.sql, shop.deps.tenant.id));
    assert.equal((await colleague.get<OperationDetails>(address)).data.link, null);
    const theirs = await shop.http.get<OperationDetails>(own(`operations/${asked.data.id}`));
    assert.deepEqual([theirs.status, theirs.data.link], [200, null]);
    await finish(asked.data.id, `link_expires_at = now()`);
    assert.equal((await shop.staff.get<OperationDetails>(address)).data.link, null);
  });

  it('have at most so many snapshots by hand, and list them', async () => {
    const instanceId = fromEdgeId('instance', id);
    for (let place = 1; place <= 5; place += 1) {
      await shop.sql.query(
        `insert into snapshots (id, tenant_id, instance_id, key, provider, origin, state) values ($1, $2, $3, $4, 'vultr', 'manual', 'complete')`,
        [uuidv7(), shop.deps.tenant.id, instanceId, `snapshot-${place}-${id}`],
      );
    }
    const { data } = await shop.http.get<{ data: SnapshotView[] }>(own(`instances/${id}/snapshots`));
    assert.equal(data.data.length, 5);
    const refused = await ask({ kind: 'take-snapshot' });
    assert.deepEqual([refused.status, refused.data.reason], [409, 'too-many']);
    const [snapshot] = data.data;
    assert.equal((await ask({ kind: 'restore-snapshot', snapshotId: snapshot?.id })).status, 202);
  });

  it('of another order or tenant are unknown, and cannot be told from those that do not exist', async () => {
    const { data } = await ask({ kind: 'reboot' });
    const another = await placeOrder(shop);
    const stranger = client(
      shop.url,
      await addKey(shop.sql, await addTenant(shop, `other-${randomUUID().slice(0, 8)}`)),
    );
    const before = await count(shop, 'operations');
    const elsewhere = `/v1/orders/${another.orderToken}`;
    for (const [who, base] of [
      [shop.http, elsewhere],
      [stranger, '/v1'],
    ] as const) {
      for (const path of [`instances/${id}`, `instances/${id}/operations`, `instances/${id}/snapshots`]) {
        assert.equal((await who.get(`${base}/${path}`)).status, 404, path);
      }
      assert.equal((await who.get(`${base}/operations/${data.id}`)).status, 404);
      assert.equal((await who.post(`${base}/instances/${id}/operations`, { kind: 'stop' })).status, 404);
    }
    assert.equal(await count(shop, 'operations'), before);
  });
});
