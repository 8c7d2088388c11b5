import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { publishCatalog } from '../../../api/catalog/publish.ts';
import { Catalog, type PlanTerms } from '../../../schemas/catalog/plan.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import type { PlanChangePreview, PlanChoices } from '../../../schemas/api/plan-changes.ts';
import type { OrderView } from '../../../schemas/api/shop.ts';
import type { SubscriptionView } from '../../../schemas/api/staff.ts';
import { pay } from '../../harness/buyer.ts';
import { testPlans } from '../../harness/seed.ts';
import { answersDone } from './messenger-in-memory.ts';
import { count, handOver, placeOrder, type PlacedOrder, putAt, snapshot } from './orders.ts';
import { addKey, addTenant, client, type Shop, startShop } from './shop.ts';

const LARGE = { planKey: 'large', planVersion: 1 };
const SMALL = { planKey: 'cheap', planVersion: 1 };

/** The test catalogue, and what can be changed to, or not. */
function plans(): PlanTerms[] {
  const [vps] = testPlans();
  assert.ok(vps);
  const vultr = (plan: string): PlanTerms['providers'] => ({
    vultr: { plan, osId: 2284, regions: { fra: 'fra', ams: 'ams' } },
  });
  const another = (key: string, changes: Partial<PlanTerms>): PlanTerms => ({ ...vps, key, ...changes });
  const usd = (amountMinor: number): PlanTerms['prices'] => [
    { interval: 'month', currency: 'usd', amountMinor, setupFeeMinor: 900 },
  ];
  const big = { vcpus: 2, memoryMb: 4_096, diskGb: 80 };
  const { fra } = vps.regions;
  assert.ok(fra);
  return Catalog.parse({
    plans: [
      ...testPlans(),
      another('large', { prices: usd(4_000), resources: big, providers: vultr('vc2-2c-4gb') }),
      another('cheap', { prices: usd(700) }),
      another('tiny', { prices: usd(500), resources: { vcpus: 1, memoryMb: 512, diskGb: 10 } }),
      another('euro', {
        prices: [{ interval: 'month', currency: 'eur', amountMinor: 4_000, setupFeeMinor: 0 }],
      }),
      another('single', { maxQuantity: 1, prices: usd(4_100) }),
      another('abroad', { regions: { sgp: fra }, providers: vultr('vc2-2c-4gb'), prices: usd(4_200) }),
      another('elsewhere', {
        prices: usd(4_300),
        providers: {
          contabo: {
            productId: 'V92',
            imageId: '66abf39a-ba8b-425e-a385-8eb347ceac10',
            regions: { fra: 'EU', ams: 'EU' },
          },
        },
      }),
    ],
  }).plans;
}

describe('a change of plan, asked of the API', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('plan-change', {
      env: {
        CONTABO_CLIENT_ID: 'id',
        CONTABO_CLIENT_SECRET: 'secret',
        CONTABO_USERNAME: 'user',
        CONTABO_PASSWORD: 'password',
      },
    });
    await publishCatalog(shop.db, shop.deps.tenant.id, { plans: plans(), images: [] });
  });
  beforeEach(() => answersDone(shop.messenger));
  afterEach(() => shop.stripe.faults.clear());

  /** Paid for and running. */
  async function running(quantity = 1): Promise<PlacedOrder> {
    const order = await placeOrder(shop, { quantity, expectedTotalMinor: 1_500 * quantity });
    assert.equal(await pay(order), 303);
    const { tenant, billing } = shop.deps;
    await billing.refresh({ tenantId: tenant.id, subscriptionId: order.id }, 'test', false);
    await putAt(shop, order, 'active');
    for (let ordinal = 1; ordinal <= quantity; ordinal += 1) await handOver(shop, order, { ordinal });
    return order;
  }
  const orderPath = ({ orderToken }: PlacedOrder): string => `/v1/orders/${orderToken}`;
  const staffPath = ({ subscriptionId }: PlacedOrder): string => `/v1/subscriptions/${subscriptionId}`;
  const change = (order: PlacedOrder, body: object, key?: string) =>
    shop.http.post<OrderView & Problem>(`${orderPath(order)}/plan`, body, {
      ...(key && { headers: { 'Idempotency-Key': key } }),
    });
  const preview = async (order: PlacedOrder, body: object) =>
    shop.http.post<PlanChangePreview & Problem>(`${orderPath(order)}/plan/preview`, body);
  const asked = ({ id }: PlacedOrder) =>
    shop.messenger.seen.filter(({ subscriptionId }) => subscriptionId === id).map(({ update }) => update);
  const plan = (order: PlacedOrder, pending: object | null): Promise<unknown> =>
    shop.sql.query('update subscriptions set pending_change = $2 where id = $1', [
      order.id,
      pending && JSON.stringify(pending),
    ]);

  it('lists the other plans on sale, and says why not to some', async () => {
    const order = await running(2);
    for (const { status, data } of [
      await shop.http.get<PlanChoices>(`${orderPath(order)}/plans`),
      await shop.staff.get<PlanChoices>(`${staffPath(order)}/plans`),
    ]) {
      assert.equal(status, 200);
      assert.equal(data.current.planKey, 'vps');
      const verdicts = data.choices.map(({ planKey, refusal, takesEffect, amountMinor }) => [
        planKey,
        refusal?.reason ?? `${takesEffect} ${amountMinor}`,
      ]);
      assert.deepEqual(Object.fromEntries(verdicts), {
        patient: 'now 1000',
        hasty: 'now 1000',
        inline: 'now 1000',
        desktop: 'other-kind',
        large: 'now 4000',
        cheap: 'period-end 700',
        tiny: 'disk-would-shrink',
        euro: 'not-sold-so',
        single: 'too-many',
        abroad: 'region-not-offered',
        elsewhere: 'provider-not-offered',
      });
      for (const { refusal } of data.choices) {
        assert.ok(refusal === null || (refusal.message.endsWith('.') && refusal.nextStep.endsWith('.')));
      }
    }
  });

  it('tells beforehand what the payment provider would charge, and changes nothing', async () => {
    const order = await running(2);
    const before = await snapshot(shop);
    const { status, data } = await preview(order, LARGE);
    assert.equal(status, 200, JSON.stringify(data));
    assert.deepEqual(data, {
      ...LARGE,
      ...{ takesEffect: 'now', effectiveAt: null, currency: 'usd', interval: 'month' },
      // A whole month is left; set-up fees are for new servers only.
      ...{ dueNowMinor: 6_000, taxMinor: 0, amountMinor: 8_000 },
    });
    const later = await preview(order, SMALL);
    assert.deepEqual([later.data.takesEffect, later.data.dueNowMinor], ['period-end', 0]);
    assert.ok(Date.parse(later.data.effectiveAt ?? '') > Date.now() + 27 * 86_400_000);
    assert.deepEqual(await snapshot(shop), before);
    assert.deepEqual(asked(order), []);
  });

  it('is asked of the workflow once, by customers and by staff, and audited', async () => {
    const order = await running();
    const key = randomUUID();
    const first = await change(order, LARGE, key);
    assert.equal(first.status, 200, JSON.stringify(first.data));
    const again = await change(order, LARGE, key);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.deepEqual(asked(order), ['change-plan']);
    const [seen] = shop.messenger.seen.slice(-1);
    const { by, ...request } = seen?.request as { by: { kind: string } };
    assert.deepEqual([by.kind, request], ['customer', LARGE]);
    assert.equal(
      await count(shop, 'audit_events', `action = 'subscription.change-plan' and subject_id = $1`, [
        order.subscriptionId,
      ]),
      1,
    );

    const other = await running();
    const byStaff = await shop.staff.post<SubscriptionView>(`${staffPath(other)}/plan`, SMALL);
    assert.equal(byStaff.status, 200);
    assert.deepEqual(asked(other), ['change-plan']);
  });

  it('is kept when Temporal is away', async () => {
    const order = await running();
    shop.messenger.answer = null;
    const { status, data } = await change(order, LARGE);
    assert.equal(status, 202);
    assert.equal((data as { accepted?: boolean }).accepted, true);
    const waits = `kind = 'subscription-update' and subject_id = $1 and delivered_at is null`;
    assert.equal(await count(shop, 'outbox', waits, [order.id]), 1);
  });

  it('is refused with a reason before anything is written', async () => {
    const order = await running(2);
    const before = await snapshot(shop);
    const refusals: Record<string, [number, string]> = {
      vps: [409, 'same-plan'],
      desktop: [409, 'other-kind'],
      tiny: [409, 'disk-would-shrink'],
      euro: [409, 'not-sold-so'],
      single: [409, 'too-many'],
      abroad: [409, 'region-not-offered'],
      elsewhere: [409, 'provider-not-offered'],
      'no-such-plan': [404, 'unknown-plan'],
    };
    for (const [planKey, expected] of Object.entries(refusals)) {
      for (const { status, data } of [
        await change(order, { planKey, planVersion: 1 }),
        await preview(order, { planKey, planVersion: 1 }),
        await shop.staff.post<Problem>(`${staffPath(order)}/plan`, { planKey, planVersion: 1 }),
      ]) {
        assert.deepEqual([status, data.reason], expected, `${planKey}: ${JSON.stringify(data)}`);
      }
    }
    const stale = await change(order, { ...LARGE, planVersion: 7 });
    assert.deepEqual([stale.status, stale.data.reason], [409, 'plan-changed']);
    const wrong = await change(order, { planKey: 'large' });
    assert.equal(wrong.status, 422);
    assert.deepEqual(await snapshot(shop), before);
    assert.deepEqual(asked(order), []);
  });

  it('is refused in the driver’s own words where the provider cannot resize', async () => {
    const order = await running();
    await shop.sql.query(`update instances set provider = 'contabo' where subscription_id = $1`, [order.id]);
    const before = await snapshot(shop);
    const { status, data } = await change(order, { planKey: 'elsewhere', planVersion: 1 });
    assert.deepEqual([status, data.reason], [409, 'cannot-resize']);
    assert.match(data.detail ?? '', /^Contabo cannot change the size of a server/);
    assert.deepEqual(await snapshot(shop), before);
  });

  it('is not offered while something else is in the way', async () => {
    const order = await running();
    const view = async () => (await shop.http.get<OrderView>(orderPath(order))).data;
    assert.equal((await view()).canChangePlan, true);
    await putAt(shop, order, 'active', { cancelAtPeriodEnd: true });
    assert.equal((await view()).canChangePlan, false);
    assert.equal((await change(order, LARGE)).status, 409);
    await putAt(shop, order, 'active');
    const pending = { ...SMALL, planName: { en: 'Cheap', de: 'Billig' }, amountMinor: 700 };
    const effectiveAt = new Date().toISOString();
    await plan(order, { ...pending, key: 'k', planId: randomUUID(), effectiveAt });
    const { canChangePlan, pendingChange } = await view();
    assert.equal(canChangePlan, false);
    assert.deepEqual(pendingChange, { ...pending, effectiveAt });
    const second = await change(order, LARGE);
    assert.deepEqual([second.status, second.data.reason], [409, 'plan-change-under-way']);
    const staff = await shop.staff.get<SubscriptionView>(staffPath(order));
    assert.deepEqual(staff.data.pendingChange, { ...pending, effectiveAt });
  });

  it('that is planned can be taken back, if the workflow says so', async () => {
    const order = await running();
    assert.equal((await shop.http.delete<OrderView>(`${orderPath(order)}/plan`)).status, 200);
    assert.equal((await shop.staff.delete<SubscriptionView>(`${staffPath(order)}/plan`)).status, 200);
    assert.deepEqual(asked(order), ['keep-plan', 'keep-plan']);
    const late = { reason: 'too-late', message: 'The next period is about to begin.', nextStep: 'Wait.' };
    shop.messenger.answer = { outcome: 'rejected', ...late };
    const refused = await shop.http.delete<Problem>(`${orderPath(order)}/plan`);
    assert.deepEqual([refused.status, refused.data.reason], [409, 'too-late']);
  });

  it('cannot be previewed while the payment provider is down', async () => {
    const order = await running();
    shop.stripe.faults.add({ path: '/v1/invoices/create_preview', kind: 'status', times: null });
    const { status, data } = await preview(order, LARGE);
    assert.deepEqual([status, data.reason], [503, 'payment-provider-unavailable']);
  });

  it('of another tenant’s subscription is of nobody’s, and needs the right to it', async () => {
    const order = await running();
    const stranger = client(shop.url, await addKey(shop.sql, await addTenant(shop, 'another-shop')));
    assert.equal((await stranger.post(`${staffPath(order)}/plan`, LARGE)).status, 404);
    assert.equal((await stranger.get(`${staffPath(order)}/plans`)).status, 404);
    const reader = client(
      shop.url,
      await addKey(shop.sql, shop.deps.tenant.id, { scopes: ['subscriptions:read'] }),
    );
    assert.equal((await reader.post(`${staffPath(order)}/plan`, LARGE)).status, 403);
    assert.equal((await reader.post(`${staffPath(order)}/plan/preview`, LARGE)).status, 200);
    assert.deepEqual(asked(order), []);
  });
});
