import assert from 'node:assert/strict';
import path from 'node:path';
import axios from 'axios';
import { trySsh } from '../../../activities/access/ssh.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import type { PaymentPage } from '../../../schemas/api/shop.ts';
import { effectsOf, readLedger } from '../../chaos/oracle.ts';
import {
  buy,
  CARDS,
  credentialTokens,
  eventually,
  mailAbout,
  mailsTo,
  pay,
  placeOrder,
  reach,
  reveal,
  viewOrder,
  viewSubscription,
  type Order,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';

const DAY_MS = 86_400_000;
const IBANS = { good: 'DE89370400440532013000', fails: 'DE62370400440532013001' };

describe('paying late, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  before(async function () {
    this.timeout(120_000);
    const catalogFile = path.join(import.meta.dirname, 'late-payment.catalog.yaml');
    tenure = await startTenure({ name: 'late-payment', catalogFile });
  });

  const billingRefOf = async (order: Order): Promise<string> =>
    (await viewSubscription(tenure, order)).billing.billingRef ?? '';
  const lever = async (order: Order, what: string, body: object = {}): Promise<void> => {
    const url = `${tenure.stripe.url}/__sandbox/stripe/subscriptions/${await billingRefOf(order)}/${what}`;
    await axios.post(url, body);
  };
  /** Bought, running, and then the card was declined for the second month. */
  const overdue = async (planKey: string): Promise<Order> => {
    const order = await buy(tenure, { planKey }, CARDS.failsLater);
    await reach(tenure, order, 'active');
    await lever(order, 'renew');
    return order;
  };
  const askForPage = (token: string) =>
    tenure.http.post<PaymentPage & Problem>(`/v1/orders/${token}/payment`);
  const payPage = async (order: Order): Promise<{ paymentUrl: string }> => {
    await eventually('the order offers payment', async () => (await viewOrder(tenure, order)).canPay);
    const { status, data } = await askForPage(order.orderToken);
    assert.equal(status, 200, JSON.stringify(data));
    return { paymentUrl: data.url };
  };
  const payByDebit = async ({ paymentUrl }: { paymentUrl: string }, iban: string): Promise<void> => {
    const form = new URLSearchParams({ method: 'sepa_debit', iban, account_name: 'Jürgen Groß' });
    const { status } = await axios.post(paymentUrl, form, { maxRedirects: 0, validateStatus: () => true });
    assert.equal(status, 303);
  };
  const buyByDebit = async (iban: string, planKey = 'patient'): Promise<Order> => {
    const order = await placeOrder(tenure, { planKey, currency: 'eur' });
    await payByDebit(order, iban);
    await eventually('the debit is under way', async () => {
      const { billing, dueAt } = await viewSubscription(tenure, order);
      return billing.standing === 'processing' && dueAt === null;
    });
    return order;
  };
  /** As somebody may do in the provider's dashboard; a debit under way cannot be called back. */
  const endAtProvider = async (order: Order): Promise<void> => {
    await axios.delete(`${tenure.stripe.url}/v1/subscriptions/${await billingRefOf(order)}`, {
      headers: { authorization: `Bearer ${tenure.config.STRIPE_SECRET_KEY}` },
    });
  };
  const mustBeGivenBack = async (order: Order): Promise<void> => {
    await eventually('the money is back', async () => {
      const { chargedMinor, refundedMinor } = effectsOf(tenure, order);
      return chargedMinor === 900 && refundedMinor === 900;
    });
    await eventually('the order says so', async () => {
      const { timeline } = await viewOrder(tenure, order);
      return timeline.some(({ kind }) => kind === 'refunded');
    });
    await eventually('the books say so', async () => {
      return (await viewSubscription(tenure, order)).billing.paidMinor === 0;
    });
    assert.equal(effectsOf(tenure, order).created, 0);
    await mustBeToldOnce(order, /€9\.00/);
  };
  /** The mail comes once, also when the relay dies after its work and does all of it again. */
  const mustBeToldOnce = async (order: Order, amount: RegExp): Promise<void> => {
    const subject = /have refunded your payment/i;
    const mail = await mailAbout(tenure, order.email, subject);
    assert.match(mail.text, amount);
    assert.match(mail.text, /arrived after everything had ended/);
    const isLate = `kind in ('payment-event', 'billing-changed', 'late-payment', 'late-payment-refunded')`;
    await tenure.sql.query(`update outbox set delivered_at = null, available_at = now() where ${isLate}`);
    await eventually('all is done again', async () => {
      const { rows } = await tenure.sql.query('select 1 from outbox where delivered_at is null');
      return rows.length === 0;
    });
    const mails = await mailsTo(tenure, order.email);
    assert.equal(mails.filter((one) => subject.test(one.subject)).length, 1);
    const { timeline } = await viewOrder(tenure, order);
    assert.equal(timeline.filter(({ kind }) => kind === 'refunded').length, 1);
  };
  const signIn = async (order: Order): Promise<void> => {
    const [token = ''] = credentialTokens(await mailAbout(tenure, order.email, /ready/i));
    await trySsh({ ...(await reveal(tenure, token)), timeoutMs: 5_000 });
  };
  const stripeEffects = (subscriptionRef: string): string[] =>
    readLedger(tenure, 'stripe')
      .filter(({ id, detail }) => id === subscriptionRef || detail.subscription === subscriptionRef)
      .map(({ effect }) => effect);

  it('goes from the mail over the order page to the payment, and everything runs on', async () => {
    const order = await overdue('patient');
    await reach(tenure, order, 'past-due');
    const mail = await mailAbout(tenure, order.email, /payment has failed/i);
    const [, token = ''] = /\/order\/([\w-]+)/.exec(mail.text) ?? [];
    assert.equal(token, order.orderToken);
    const { canPay, dueAt } = await viewOrder(tenure, order);
    assert.equal(canPay, true);
    assert.ok(Date.parse(dueAt ?? '') > Date.now() + 6 * DAY_MS);

    const page = await payPage(order);
    assert.equal(await pay(page, CARDS.declined), 402);
    assert.equal((await viewSubscription(tenure, order)).stage, 'past-due');
    assert.equal(await pay(page, CARDS.good), 303);
    const { billing } = await reach(tenure, order, 'active');
    assert.equal(billing.standing, 'paid');
    assert.equal((await viewOrder(tenure, order)).canPay, false);
    assert.equal(effectsOf(tenure, order).chargedMinor, 1_500 + 1_000);
    assert.equal((await askForPage(order.orderToken)).data.reason, 'nothing-to-pay');

    await lever(order, 'renew');
    await eventually('the new card pays the third month', async () => {
      return (await viewSubscription(tenure, order)).billing.paidMinor === 1_500 + 2 * 1_000;
    });
    assert.equal((await viewSubscription(tenure, order)).stage, 'active');
  });

  it('brings a suspended server back', async () => {
    const order = await overdue('strict');
    await eventually('the server is halted', async () => {
      const view = await viewSubscription(tenure, order);
      return view.stage === 'suspended' && view.instances[0]?.state === 'stopped';
    });
    await mailAbout(tenure, order.email, /suspended/i);
    assert.equal(await pay(await payPage(order)), 303);
    const { instances } = await reach(tenure, order, 'active');
    assert.equal(instances[0]?.state, 'active');
    await signIn(order);
    assert.equal(effectsOf(tenure, order).created, 1);
  });

  it('brings back what was ended for want of payment, while the data is kept', async () => {
    const order = await overdue('merciless');
    await eventually('the grace period has begun', async () => {
      const view = await viewSubscription(tenure, order);
      return (
        view.stage === 'cancelling' && view.dueAt !== null && Date.parse(view.dueAt) > Date.now() + DAY_MS
      );
    });
    assert.deepEqual((await viewOrder(tenure, order)).actions, [], 'first the payment');
    await mailAbout(tenure, order.email, /service has ended/i);
    assert.equal(await pay(await payPage(order)), 303);
    const { billing } = await reach(tenure, order, 'active');
    assert.equal(billing.endsAtPeriodEnd, false);
    await signIn(order);
  });

  it('by bank debit keeps the servers running until the bank answers', async () => {
    const order = await buy(tenure, { planKey: 'patient', currency: 'eur' }, CARDS.failsLater);
    await reach(tenure, order, 'active');
    await lever(order, 'renew');
    await reach(tenure, order, 'past-due');
    await payByDebit(await payPage(order), IBANS.good);
    // The provider tells of a debit only when it has settled: asking for the page once more makes us look.
    const { status, data } = await askForPage(order.orderToken);
    assert.deepEqual([status, data.reason], [409, 'nothing-to-pay']);
    assert.equal((await viewOrder(tenure, order)).canPay, false);
    assert.equal((await viewSubscription(tenure, order)).billing.standing, 'processing');
    await lever(order, 'settle-debit');
    await reach(tenure, order, 'active');
    assert.equal(effectsOf(tenure, order).chargedMinor, 2 * 900);
  });

  it('closes an order whose first debit comes back: nothing is made, nothing charged, and the customer is told', async () => {
    const order = await buyByDebit(IBANS.fails);
    await lever(order, 'settle-debit');
    const { billing } = await reach(tenure, order, 'torn-down');
    assert.equal(billing.standing, 'ended');
    await mailAbout(tenure, order.email, /not completed/i);
    const { created, chargedMinor } = effectsOf(tenure, order);
    assert.deepEqual({ created, chargedMinor }, { created: 0, chargedMinor: 0 });
    const effects = stripeEffects(billing.billingRef ?? '');
    assert.ok(effects.includes('subscription.canceled'), 'nobody goes on collecting');
    assert.equal(effects.includes('invoice.paid'), false);
    assert.equal((await askForPage(order.orderToken)).status, 409);
  });

  it('gives back a debit that settles after its order was closed', async () => {
    const order = await buyByDebit(IBANS.good);
    await endAtProvider(order);
    await reach(tenure, order, 'torn-down');
    await lever(order, 'settle-debit');
    await mustBeGivenBack(order);
  });

  it('gives back a debit that settles while its order is being closed', async () => {
    const order = await buyByDebit(IBANS.good);
    const webhook = `${tenure.stripe.url}/__sandbox/stripe/webhook`;
    await axios.post(`${webhook}/hold`);
    await lever(order, 'settle-debit');
    await endAtProvider(order);
    await axios.post(`${webhook}/release`, {});
    await reach(tenure, order, 'torn-down');
    await mustBeGivenBack(order);
  });

  it('gives back a renewal’s debit that settles after the teardown, and nothing of what was delivered', async () => {
    const order = await buyByDebit(IBANS.good, 'brief');
    await lever(order, 'settle-debit');
    await reach(tenure, order, 'active');
    await lever(order, 'renew');
    const { status } = await tenure.http.post(`/v1/orders/${order.orderToken}/actions/cancel`, {
      when: 'now',
    });
    assert.equal(status, 200);
    await reach(tenure, order, 'torn-down');
    assert.equal(effectsOf(tenure, order).refundedMinor, 0);
    // The provider tells the time in whole seconds.
    const nextSecond = (Math.floor(Date.now() / 1_000) + 1) * 1_000;
    await eventually('the clock ticks', async () => Date.now() >= nextSecond);
    await lever(order, 'settle-debit');
    await eventually(
      'the renewal’s money is back',
      async () => effectsOf(tenure, order).refundedMinor === 900,
    );
    await mustBeToldOnce(order, /€9\.00/);
    const { chargedMinor, refundedMinor } = effectsOf(tenure, order);
    assert.deepEqual({ chargedMinor, refundedMinor }, { chargedMinor: 1_800, refundedMinor: 900 });
    assert.equal((await viewSubscription(tenure, order)).billing.paidMinor, 900);
  });
});
