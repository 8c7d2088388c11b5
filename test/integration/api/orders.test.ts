import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Problem } from '../../../schemas/api/common.ts';
import type { OrderAction, OrderView } from '../../../schemas/api/shop.ts';
import type { Attention } from '../../../schemas/subscriptions/lifecycle.ts';
import { signToken } from '../../../schemas/crypto/tokens.ts';
import { answersDone } from './messenger-in-memory.ts';
import { count, handOver, placeOrder, putAt } from './orders.ts';
import { type Shop, startShop } from './shop.ts';

const FAILED: Attention = {
  reason: 'provisioning-failed',
  message: 'vultr: quota full, account 4711',
  options: ['retry', 'refund'],
  since: '2026-03-01T11:00:00.000Z',
};
const TOMORROW = new Date(Date.now() + 86_400_000);
const YESTERDAY = new Date(Date.now() - 86_400_000);

describe('orders', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('orders');
  });
  beforeEach(() => answersDone(shop.messenger));

  const view = async (token: string) => (await shop.http.get<OrderView>(`/v1/orders/${token}`)).data;
  const act = (token: string, action: string, body?: object, headers: Record<string, string> = {}) =>
    shop.http.post<OrderView & Problem & { accepted?: boolean }>(
      `/v1/orders/${token}/actions/${action}`,
      body,
      { headers },
    );

  it('show the newest making of each server, and nothing that is not the customer’s', async () => {
    const order = await placeOrder(shop);
    const { instanceId } = await handOver(shop, order);
    await shop.sql.query(
      `insert into instances select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'generation', 0,
         'key', i.key || '-old', 'provider_ref', null, 'state', 'failed'))).* from instances i where id = $1`,
      [instanceId],
    );
    await putAt(shop, order, 'provisioning', { attention: FAILED });
    const data = await view(order.orderToken);
    assert.equal(data.instances.length, 1);
    assert.equal(data.instances[0]?.state, 'active');
    assert.match(data.attention?.message.de ?? '', /^Wir konnten/);
    assert.equal(JSON.stringify(data).includes('4711'), false);
    assert.equal(JSON.stringify(data).includes('vultr'), false);
  });

  it('have a payment page only while they can be paid', async () => {
    const order = await placeOrder(shop);
    assert.ok((await view(order.orderToken)).paymentUrl);
    await shop.sql.query(`update subscriptions set checkout_expires_at = now() where id = $1`, [order.id]);
    assert.equal((await view(order.orderToken)).paymentUrl, null);
  });

  it('are not found by a token that is not theirs', async () => {
    const { config, tenant } = shop.deps;
    for (const token of [
      'x',
      'a'.repeat(75),
      signToken(config.TOKEN_SECRET, 'order', tenant.id, randomUUID()),
    ]) {
      assert.equal((await shop.http.get(`/v1/orders/${token}`)).status, 404);
      assert.equal((await shop.http.get(`/v1/orders/${token}/events`)).status, 404);
      assert.equal((await act(token, 'cancel')).status, 404);
    }
  });

  describe('what the customer may do', () => {
    const cases: {
      at: Parameters<typeof putAt>[2];
      more?: Parameters<typeof putAt>[3];
      may: OrderAction[];
    }[] = [
      { at: 'awaiting-payment', may: ['cancel'] },
      { at: 'provisioning', may: ['cancel'] },
      { at: 'provisioning', more: { attention: FAILED }, may: ['retry', 'refund'] },
      { at: 'active', may: ['rotate-credentials', 'cancel'] },
      { at: 'active', more: { cancelAtPeriodEnd: true }, may: ['rotate-credentials', 'resume', 'cancel'] },
      { at: 'past-due', may: ['rotate-credentials', 'cancel'] },
      { at: 'suspended', may: ['cancel'] },
      { at: 'cancelling', more: { dueAt: TOMORROW }, may: ['resume'] },
      { at: 'cancelling', more: { dueAt: YESTERDAY }, may: [] },
      { at: 'torn-down', may: [] },
    ];
    const all: OrderAction[] = ['cancel', 'resume', 'retry', 'refund', 'rotate-credentials'];
    for (const { at, more = {}, may } of cases) {
      it(`${at} ${Object.keys(more).join()} → ${may.join(', ') || 'nothing'}`, async () => {
        const order = await placeOrder(shop);
        await putAt(shop, order, at, more);
        assert.deepEqual((await view(order.orderToken)).actions, may);
        for (const action of all) {
          const { status, data } = await act(order.orderToken, action, {});
          assert.equal(status, may.includes(action) ? 200 : 409, action);
          if (status === 409) assert.equal(data.reason, 'action-not-possible');
        }
        const asked = shop.messenger.seen.filter(({ subscriptionId }) => subscriptionId === order.id);
        assert.deepEqual(asked.map(({ update }) => update).sort(), [...may].sort());
        assert.equal(
          await count(shop, 'outbox', `kind = 'subscription-update' and subject_id = $1`, [order.id]),
          may.length,
        );
      });
    }

    it('does not include new credentials where none can be set from outside', async () => {
      const order = await placeOrder(shop, { planKey: 'desktop' });
      await putAt(shop, order, 'active');
      assert.deepEqual((await view(order.orderToken)).actions, ['cancel']);
    });
  });

  it('are changed in the customer’s name, once per request', async () => {
    const order = await placeOrder(shop);
    await putAt(shop, order, 'active');
    const headers = { 'idempotency-key': randomUUID() };
    const first = await act(order.orderToken, 'cancel', { reason: 'Too small' }, headers);
    assert.equal(first.status, 200);
    assert.deepEqual(
      (await act(order.orderToken, 'cancel', { reason: 'Too small' }, headers)).data,
      first.data,
    );
    const asked = shop.messenger.seen.filter(({ subscriptionId }) => subscriptionId === order.id);
    assert.equal(asked.length, 1);
    const request = asked[0]?.request as { by: { kind: string; id: string }; when: string; reason: string };
    assert.equal(request.when, 'period-end');
    assert.equal(request.reason, 'Too small');
    assert.equal(request.by.kind, 'customer');
    assert.match(request.by.id, /^cus_[0-9a-f]{32}$/);
    assert.equal(
      await count(shop, 'audit_events', `action = 'subscription.cancel' and actor_id = $1`, [request.by.id]),
      1,
    );
    assert.equal(
      await count(
        shop,
        'outbox',
        `subject_id = $1 and kind = 'subscription-update' and delivered_at is not null`,
        [order.id],
      ),
      1,
    );
  });

  it('are cancelled at once while there is no paid period', async () => {
    const order = await placeOrder(shop);
    await act(order.orderToken, 'cancel');
    assert.equal((shop.messenger.seen.at(-1)?.request as { when: string }).when, 'now');
  });

  it('keep a request while Temporal is away, and say so', async () => {
    const order = await placeOrder(shop);
    await putAt(shop, order, 'active');
    shop.messenger.answer = null;
    const { status, data } = await act(order.orderToken, 'cancel', { when: 'now' });
    assert.equal(status, 202);
    assert.equal(data.accepted, true);
    assert.equal(data.stage, 'active');
    const { rows } = await shop.sql.query<{ payload: { update: string; updateId: string; request: object } }>(
      `select payload from outbox where subject_id = $1 and kind = 'subscription-update' and delivered_at is null`,
      [order.id],
    );
    assert.equal(rows[0]?.payload.update, 'cancel');
    assert.ok(rows[0]?.payload.updateId);
  });

  it('leave a request to the relay while their workflow has not been started', async () => {
    const order = await placeOrder(shop);
    shop.messenger.answer = { outcome: 'finished' };
    assert.equal((await act(order.orderToken, 'cancel')).status, 202);
    assert.equal(
      await count(
        shop,
        'outbox',
        `subject_id = $1 and kind = 'subscription-update' and delivered_at is null`,
        [order.id],
      ),
      1,
    );
  });

  it('pass on the workflow’s refusal with its reason and next step', async () => {
    const order = await placeOrder(shop);
    await putAt(shop, order, 'active');
    shop.messenger.answer = {
      outcome: 'rejected',
      reason: 'already-cancelled',
      message: 'It is cancelled already.',
      nextStep: 'Nothing is left to do.',
    };
    const { status, data } = await act(order.orderToken, 'cancel');
    assert.equal(status, 409);
    assert.deepEqual(
      [data.reason, data.detail, data.nextStep],
      ['already-cancelled', 'It is cancelled already.', 'Nothing is left to do.'],
    );
    assert.equal(
      await count(
        shop,
        'outbox',
        `subject_id = $1 and kind = 'subscription-update' and delivered_at is null`,
        [order.id],
      ),
      0,
    );
  });

  it('refuse actions and bodies that are none', async () => {
    const order = await placeOrder(shop);
    assert.equal((await act(order.orderToken, 'explode')).status, 404);
    assert.equal((await act(order.orderToken, 'cancel', { when: 'yesterday' })).status, 422);
    assert.equal((await act(order.orderToken, 'cancel', { reason: 'a\nb' })).status, 422);
    assert.equal((await act(order.orderToken, 'cancel', { reason: 'a\0b' })).status, 422);
  });
});
