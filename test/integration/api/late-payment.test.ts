import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import axios from 'axios';
import { signToken } from '../../../schemas/crypto/tokens.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import type { OrderView, PaymentPage } from '../../../schemas/api/shop.ts';
import { CARDS, pay } from '../../harness/buyer.ts';
import { answersDone } from './messenger-in-memory.ts';
import { count, type PlacedOrder, placeOrder, putAt } from './orders.ts';
import { type Shop, startShop } from './shop.ts';

const TOMORROW = new Date(Date.now() + 86_400_000);
const YESTERDAY = new Date(Date.now() - 86_400_000);

describe('POST /v1/orders/{token}/payment', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('late-payment');
  });
  beforeEach(() => answersDone(shop.messenger));
  afterEach(() => shop.stripe.faults.clear());

  const view = async ({ orderToken }: PlacedOrder) =>
    (await shop.http.get<OrderView>(`/v1/orders/${orderToken}`)).data;
  const askForPage = (token: string) => shop.http.post<PaymentPage & Problem>(`/v1/orders/${token}/payment`);
  const look = ({ id: subscriptionId }: PlacedOrder) =>
    shop.deps.billing.refresh({ tenantId: shop.deps.tenant.id, subscriptionId }, 'test', false);
  const setStanding = ({ id }: PlacedOrder, standing: string) =>
    shop.sql.query('update subscriptions set billing_standing = $2 where id = $1', [id, standing]);

  /** Bought with a card that the renewal was declined on. */
  async function overdueOrder(): Promise<PlacedOrder> {
    const order = await placeOrder(shop);
    assert.equal(await pay(order, CARDS.failsLater), 303);
    await look(order);
    const { rows } = await shop.sql.query<{ ref: string }>(
      'select billing_ref as ref from subscriptions where id = $1',
      [order.id],
    );
    await axios.post(`${shop.stripe.url}/__sandbox/stripe/subscriptions/${rows[0]?.ref}/renew`, {});
    assert.equal((await look(order)).standing, 'past-due');
    await putAt(shop, order, 'past-due', { dueAt: TOMORROW });
    return order;
  }

  it('answers the page where the open invoice is paid', async () => {
    const order = await overdueOrder();
    assert.equal((await view(order)).canPay, true);
    const { status, data } = await askForPage(order.orderToken);
    assert.equal(status, 200, JSON.stringify(data));
    const page = await axios.get<string>(data.url);
    assert.match(page.data, /<html lang="de">/);
    assert.equal(await pay({ paymentUrl: data.url }), 303);
    assert.equal((await look(order)).standing, 'paid');
    assert.equal((await view(order)).canPay, false);
  });

  it('says so and looks again when the payment is there and its event is not', async () => {
    const order = await overdueOrder();
    const { data } = await askForPage(order.orderToken);
    await pay({ paymentUrl: data.url });
    assert.equal((await view(order)).canPay, true, 'the row is behind');
    const second = await askForPage(order.orderToken);
    assert.equal(second.status, 409);
    assert.equal(second.data.reason, 'nothing-to-pay');
    assert.ok(second.data.nextStep.length > 5);
    assert.equal((await view(order)).canPay, false);
    const told = `kind = 'billing-changed' and subject_id = $1 and payload->>'standing' = 'paid'`;
    assert.equal(await count(shop, 'outbox', told, [order.id]), 1);
  });

  it('says when the payment provider is down, and what to do', async () => {
    const order = await overdueOrder();
    shop.stripe.faults.add({ path: '/v1/invoices', kind: 'status', times: null });
    const { status, data, headers } = await askForPage(order.orderToken);
    assert.equal(status, 503);
    assert.equal(data.reason, 'payment-provider-unavailable');
    assert.match(data.nextStep, /^Try again in a minute/);
    assert.ok(Number(headers['retry-after']) > 0);
    shop.stripe.faults.clear();
    assert.equal((await askForPage(order.orderToken)).status, 200);
  }).timeout(30_000);

  it('is for whoever has the order’s link', async () => {
    const { config, tenant } = shop.deps;
    const stranger = signToken(config.TOKEN_SECRET, 'order', tenant.id, randomUUID());
    for (const token of ['x', stranger]) assert.equal((await askForPage(token)).status, 404);
  });

  const cases: [stage: Parameters<typeof putAt>[2], standing: string, dueAt: Date | null, canPay: boolean][] =
    [
      ['past-due', 'past-due', TOMORROW, true],
      ['past-due', 'processing', TOMORROW, false],
      ['suspended', 'past-due', TOMORROW, true],
      ['suspended', 'past-due', null, false],
      ['suspended', 'paid', TOMORROW, false],
      ['cancelling', 'past-due', TOMORROW, true],
      ['cancelling', 'past-due', YESTERDAY, false],
      ['cancelling', 'paid', TOMORROW, false],
      ['awaiting-payment', 'unpaid', TOMORROW, false],
      ['active', 'paid', null, false],
      ['torn-down', 'ended', null, false],
    ];
  for (const [stage, standing, dueAt, canPay] of cases) {
    const due = dueAt === null ? 'without end' : dueAt < new Date() ? 'over' : 'until tomorrow';
    it(`is ${canPay ? '' : 'not '}offered: ${stage}, ${standing}, ${due}`, async () => {
      const order = await placeOrder(shop);
      await putAt(shop, order, stage, { dueAt });
      await setStanding(order, standing);
      assert.equal((await view(order)).canPay, canPay);
      if (canPay) return;
      const { status, data } = await askForPage(order.orderToken);
      assert.deepEqual([status, data.reason], [409, 'nothing-to-pay']);
    });
  }

  it('comes before resuming', async () => {
    const order = await placeOrder(shop);
    await putAt(shop, order, 'cancelling', { dueAt: TOMORROW });
    await setStanding(order, 'past-due');
    assert.deepEqual((await view(order)).actions, []);
    await setStanding(order, 'paid');
    assert.deepEqual((await view(order)).actions, ['resume']);
  });
});
