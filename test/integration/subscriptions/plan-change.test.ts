import assert from 'node:assert/strict';
import path from 'node:path';
import { trySsh } from '../../../activities/access/ssh.ts';
import type { PlanChangePreview } from '../../../schemas/api/plan-changes.ts';
import type { OrderView } from '../../../schemas/api/shop.ts';
import type { SubscriptionView } from '../../../schemas/api/staff.ts';
import { leversOf, type Levers } from '../../chaos/levers.ts';
import { readBooks, readLedger } from '../../chaos/oracle.ts';
import {
  buy,
  CARDS,
  credentialTokens,
  eventually,
  mailAbout,
  type Order,
  reach,
  reveal,
  viewOrder,
  viewSubscription,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';

const LARGE = { planKey: 'large', planVersion: 1 };

describe('a change of plan, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  let levers: Levers;
  before(async function () {
    this.timeout(120_000);
    const catalogFile = path.join(import.meta.dirname, 'plan-change.catalog.yaml');
    tenure = await startTenure({ name: 'plan-change', catalogFile });
    levers = leversOf(tenure);
  });
  afterEach(() => levers.mend());

  async function running(quantity = 1, card: string = CARDS.good): Promise<Order> {
    const order = await buy(tenure, { planKey: 'small', currency: 'eur', quantity }, card);
    await reach(tenure, order, 'active');
    return order;
  }
  async function ask(order: Order, body: object): Promise<void> {
    const { status, data } = await tenure.http.post<OrderView>(`/v1/orders/${order.orderToken}/plan`, body);
    assert.equal(status, 200, JSON.stringify(data));
  }
  const noted = (order: Order, kind: string): Promise<OrderView> =>
    eventually(`${kind} is noted`, async () => {
      const view = await viewOrder(tenure, order);
      return view.timeline.some((entry) => entry.kind === kind) && view.pendingChange === null && view;
    });
  const planOf = ({ planKey, amountMinor }: SubscriptionView): [string, number] => [planKey, amountMinor];
  /** Sizes of the servers as the provider has them. */
  function sizes(order: Order): string[] {
    const { made } = readBooks(tenure).of(order.id);
    const resized = readLedger(tenure, 'vultr').filter(({ effect }) => effect === 'instance.resized');
    return made.map(
      ({ ref }) =>
        (resized.findLast(({ id }) => id === ref)?.detail.to as string | undefined) ?? 'vc2-1c-1gb',
    );
  }
  const resizes = (order: Order): number => {
    const refs = readBooks(tenure)
      .of(order.id)
      .made.map(({ ref }) => ref);
    return readLedger(tenure, 'vultr').filter(
      ({ effect, id }) => effect === 'instance.resized' && refs.includes(id),
    ).length;
  };
  function money(order: Order): [charged: number, refunded: number, invoiced: number] {
    const { chargedMinor, refundedMinor, invoicedMinor } = readBooks(tenure).of(order.id);
    return [chargedMinor, refundedMinor, invoicedMinor];
  }
  const renew = async (order: Order): Promise<void> =>
    levers.renew((await viewSubscription(tenure, order)).billing.billingRef ?? '');

  it('to a dearer one costs what was said, resizes both servers, keeps credentials, and renews at the new price', async () => {
    const order = await running(2);
    const tokens = credentialTokens(await mailAbout(tenure, order.email, /ready/i));
    const { data: preview } = await tenure.http.post<PlanChangePreview>(
      `/v1/orders/${order.orderToken}/plan/preview`,
      LARGE,
    );
    assert.equal(preview.dueNowMinor, 5_000);
    await ask(order, LARGE);
    const view = await noted(order, 'plan-changed');
    assert.deepEqual([view.planKey, view.amountMinor, view.canChangePlan], ['large', 4_000, true]);
    assert.deepEqual(sizes(order), ['vc2-2c-4gb', 'vc2-2c-4gb']);
    assert.deepEqual(money(order), [8_000, 0, 8_000]);
    for (const token of tokens) await trySsh({ ...(await reveal(tenure, token)), timeoutMs: 5_000 });
    const mail = await mailAbout(tenure, order.email, /plan is now Large VPS/);
    assert.match(mail.text, /€80\.00 a month/);
    assert.match(mail.text, /€50\.00/);
    assert.deepEqual(planOf(await viewSubscription(tenure, order)), ['large', 4_000]);
    await renew(order);
    assert.deepEqual(money(order), [16_000, 0, 16_000]);
  });

  it('that the bank declines leaves server and price alone', async () => {
    const order = await running(1, CARDS.failsLater);
    await ask(order, LARGE);
    await noted(order, 'plan-change-failed');
    assert.deepEqual(planOf(await viewSubscription(tenure, order)), ['small', 1_500]);
    assert.equal(resizes(order), 0);
    assert.deepEqual(money(order), [1_500, 0, 1_500]);
    assert.match((await mailAbout(tenure, order.email, /not changed/)).text, /declined/);
  });

  it('whose server cannot be resized gives price and money back', async () => {
    const order = await running();
    await levers.breakVultr({
      method: 'PATCH',
      path: '/v2/instances/',
      kind: 'status',
      status: 400,
      times: 1,
    });
    await ask(order, LARGE);
    await noted(order, 'plan-change-failed');
    assert.deepEqual(planOf(await viewSubscription(tenure, order)), ['small', 1_500]);
    assert.deepEqual(sizes(order), ['vc2-1c-1gb']);
    assert.deepEqual(money(order), [4_000, 2_500, 4_000]);
    assert.match((await mailAbout(tenure, order.email, /not changed/)).text, /€25\.00/);
    await renew(order);
    assert.deepEqual(money(order), [5_500, 2_500, 5_500], 'the renewal costs the old price');
  });

  it('is made once though answers are lost and the worker is killed while it charges and while it resizes', async () => {
    const order = await running();
    levers.breakStripe({ method: 'POST', path: '^/v1/subscriptions/[^/]+$', kind: 'lost-after', times: 3 });
    await levers.breakVultr({ method: 'PATCH', path: '/v2/instances/', kind: 'lost-after', times: 1 });
    await ask(order, LARGE);
    await eventually('it is charged', async () => money(order)[0] === 4_000);
    await tenure.killWorker('SIGKILL');
    await tenure.startWorker();
    await eventually('it is being resized', async () => resizes(order) > 0);
    await tenure.killWorker('SIGKILL');
    await tenure.startWorker();
    await noted(order, 'plan-changed');
    assert.equal(resizes(order), 1);
    assert.deepEqual(money(order), [4_000, 0, 4_000]);
    assert.deepEqual(planOf(await viewSubscription(tenure, order)), ['large', 4_000]);
  });

  it('to a cheaper one can be taken back, and else takes effect with the next period', async () => {
    const order = await running();
    await ask(order, { planKey: 'offer', planVersion: 1 });
    const planned = await eventually('it is planned', async () => {
      const view = await viewOrder(tenure, order);
      return view.timeline.some(({ kind }) => kind === 'plan-change-scheduled') && view;
    });
    assert.deepEqual([planned.planKey, planned.pendingChange?.amountMinor], ['small', 900]);
    assert.equal(planned.pendingChange?.effectiveAt, planned.periodEnd);
    const { status } = await tenure.http.delete(`/v1/orders/${order.orderToken}/plan`);
    assert.equal(status, 200);
    await noted(order, 'plan-change-withdrawn');

    // The period is about to end, as far as our row knows.
    await tenure.sql.query(
      `update subscriptions set period_end = now() + interval '2 seconds' where id = $1`,
      [order.id],
    );
    await ask(order, { planKey: 'offer', planVersion: 1 });
    await renewWhenPlanned(order);
    const view = await noted(order, 'plan-changed');
    assert.equal(view.planKey, 'offer');
    assert.deepEqual(sizes(order), ['vc2-1c-2gb']);
    assert.deepEqual(money(order), [2_400, 0, 2_400], 'the second month at the lower price');
  });

  async function renewWhenPlanned(order: Order): Promise<void> {
    await eventually('it is planned again', async () => {
      const { timeline } = await viewOrder(tenure, order);
      return timeline.filter(({ kind }) => kind === 'plan-change-scheduled').length === 2;
    });
    await renew(order);
  }
});
