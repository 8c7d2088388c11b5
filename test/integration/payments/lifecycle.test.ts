import assert from 'node:assert/strict';
import { TenureFailure } from '../../../schemas/failures.ts';
import {
  buy,
  cardForm,
  CARDS,
  IBANS,
  newOrder,
  openBench,
  sepaForm,
  type Bench,
  type Purchase,
} from './workbench.ts';

describe('the life of a subscription at Stripe', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  const act = async (purchase: Purchase, what: string, body: unknown = {}): Promise<void> => {
    await bench.control(`/subscriptions/${await purchase.billingRef()}/${what}`, body);
  };
  const effectsOf = (effect: string, purchase: Purchase): number =>
    bench.sandbox.ledger
      .read()
      .filter((entry) => entry.effect === effect && entry.key === purchase.order.subscriptionId).length;

  it('is past due after a failed renewal, and paid again after the next try', async () => {
    const purchase = await buy(bench, newOrder(), cardForm(CARDS.declinesLater));
    const { periodEnd } = await purchase.facts();
    await act(purchase, 'renew');
    const due = await purchase.facts();
    assert.equal(due.standing, 'past-due');
    assert.equal(due.periodEnd, periodEnd, 'only the first month is paid for');
    assert.equal(due.declineReason, 'Your card was declined.');
    assert.equal(due.paidMinor, 1_500);
    await act(purchase, 'pay', { outcome: 'succeeds' });
    const paid = await purchase.facts();
    assert.equal(paid.standing, 'paid');
    assert.equal(paid.paidMinor, 3_000);
    assert.equal(paid.declineReason, null);
    assert.notEqual(paid.periodEnd, periodEnd);
  });

  it('is processing while the debit of a renewal is under way, and past due when it comes back', async () => {
    const purchase = await buy(bench, newOrder(), sepaForm(IBANS.good));
    await act(purchase, 'settle-debit');
    await act(purchase, 'renew');
    assert.equal((await purchase.facts()).standing, 'processing');
    await act(purchase, 'settle-debit', { outcome: 'fails' });
    assert.equal((await purchase.facts()).standing, 'past-due');
  });

  it('ends at the end of the period, unless that is taken back', async () => {
    const purchase = await buy(bench);
    await bench.gateway.endAtPeriodEnd(purchase.refs);
    await bench.gateway.endAtPeriodEnd(purchase.refs);
    assert.equal((await purchase.facts()).endsAtPeriodEnd, true);
    await bench.gateway.resume(purchase.refs, 'once');
    assert.equal((await purchase.facts()).endsAtPeriodEnd, false);
    await bench.gateway.endAtPeriodEnd(purchase.refs);
    assert.equal((await purchase.facts()).endsAtPeriodEnd, true, 'the second time as well');
    await act(purchase, 'renew');
    const facts = await purchase.facts();
    assert.equal(facts.standing, 'ended');
    assert.equal(facts.paidMinor, 1_500);
  });

  it('ends at once, voids what is open, and does so once', async () => {
    const purchase = await buy(bench, newOrder(), cardForm(CARDS.declinesLater));
    await act(purchase, 'renew');
    await bench.gateway.endNow(purchase.refs);
    await bench.gateway.endNow(purchase.refs);
    assert.equal((await purchase.facts()).standing, 'ended');
    assert.equal(effectsOf('subscription.canceled', purchase), 1);
    await assert.rejects(act(purchase, 'pay'), /no open invoice/);
  });

  it('ends an order that was never paid by closing its checkout', async () => {
    const purchase = await buy(bench, newOrder(), cardForm(CARDS.declined));
    await bench.gateway.endNow(purchase.refs);
    assert.equal((await purchase.facts()).standing, 'expired');
  });

  it('ends while a debit is under way, and gives the money back when it arrives', async () => {
    const purchase = await buy(bench, newOrder(), sepaForm(IBANS.good));
    await bench.gateway.endNow(purchase.refs);
    assert.equal((await purchase.facts()).standing, 'ended');
    assert.deepEqual(await bench.gateway.refundAll(purchase.refs, 'early'), {
      refundedMinor: 0,
      currency: 'eur',
    });
    await act(purchase, 'settle-debit');
    assert.equal((await purchase.facts()).paidMinor, 1_500);
    assert.deepEqual(await bench.gateway.refundAll(purchase.refs, 'late'), {
      refundedMinor: 1_500,
      currency: 'eur',
    });
    assert.equal((await purchase.facts()).paidMinor, 0);
  });

  it('starts again after its end with the card on file, once per key', async () => {
    const purchase = await buy(
      bench,
      newOrder({ quantity: 2, price: { setupFeeMinor: 500, planVersion: 2 } }),
    );
    await bench.gateway.endNow(purchase.refs);
    const first = await bench.gateway.resume(purchase.refs, `resume/${purchase.order.subscriptionId}`);
    const again = await bench.gateway.resume(purchase.refs, `resume/${purchase.order.subscriptionId}`);
    const otherKey = await bench.gateway.resume(purchase.refs, 'another');
    assert.equal(first.billingRef, again.billingRef);
    assert.equal(first.billingRef, otherKey.billingRef, 'what bills already is not started twice');
    const facts = await purchase.facts();
    assert.equal(facts.standing, 'paid', 'found from the old references, too');
    assert.equal(facts.billingRef, first.billingRef);
    assert.equal(facts.paidMinor, 2 * 2_000 + 2 * 1_500, 'no second set-up fee');
    await bench.gateway.endNow(purchase.refs);
    assert.equal((await purchase.facts()).standing, 'ended', 'the successor ends as well');
  });

  it('says that the customer must act when the card on file is declined', async () => {
    const purchase = await buy(bench, newOrder(), cardForm(CARDS.declinesLater));
    await bench.gateway.endNow(purchase.refs);
    await assert.rejects(
      bench.gateway.resume(purchase.refs, 'declined'),
      (error) =>
        error instanceof TenureFailure &&
        error.kind === 'needs-a-human' &&
        error.details.reason === 'payment-declined',
    );
    assert.equal((await purchase.facts()).standing, 'ended');
  });

  it('refunds everything once, over several payments', async () => {
    const purchase = await buy(bench);
    await act(purchase, 'renew');
    const first = await bench.gateway.refundAll(purchase.refs, 'refund');
    const again = await bench.gateway.refundAll(purchase.refs, 'refund');
    const otherKey = await bench.gateway.refundAll(purchase.refs, 'much-later');
    for (const result of [first, again, otherKey]) {
      assert.deepEqual(result, { refundedMinor: 3_000, currency: 'eur' });
    }
    const facts = await purchase.facts();
    assert.equal(facts.paidMinor, 0);
    assert.equal(facts.standing, 'paid', 'giving money back is not an end');
  });

  it('refunds only what a person has not refunded already', async () => {
    const purchase = await buy(bench);
    const customer = bench.sandbox.ledger
      .read()
      .find(({ effect, key }) => effect === 'charge.succeeded' && key === purchase.order.subscriptionId);
    const response = await fetch(`${bench.sandbox.url}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_bench' },
      body: new URLSearchParams({ charge: customer?.id ?? '', amount: '400' }),
    });
    assert.equal(response.status, 200);
    assert.equal((await purchase.facts()).paidMinor, 1_100);
    const results = await Promise.all(['a', 'b'].map((key) => bench.gateway.refundAll(purchase.refs, key)));
    assert.deepEqual(results[0], { refundedMinor: 1_500, currency: 'eur' });
    assert.equal((await purchase.facts()).paidMinor, 0);
  });

  it('has nothing to refund where nothing was paid', async () => {
    const purchase = await buy(bench, newOrder({ price: { currency: 'usd' } }), cardForm(CARDS.declined));
    assert.deepEqual(await bench.gateway.refundAll(purchase.refs, 'none'), {
      refundedMinor: 0,
      currency: 'usd',
    });
  });

  it('knows nothing of what was never ordered', async () => {
    const refs = { subscriptionId: 'x', checkoutRef: null, billingRef: null };
    await assert.rejects(
      bench.gateway.readBilling(refs),
      (error) => error instanceof TenureFailure && error.kind === 'refused',
    );
    await assert.rejects(
      bench.gateway.readBilling({ ...refs, checkoutRef: 'cs_test_unknown' }),
      (error) => error instanceof TenureFailure && error.details.reason === 'not-found',
    );
  });
});
