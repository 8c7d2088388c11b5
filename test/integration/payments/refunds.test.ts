import assert from 'node:assert/strict';
import {
  buy,
  cardForm,
  CARDS,
  IBANS,
  newOrder,
  openBench,
  sepaForm,
  until,
  type Bench,
  type Purchase,
} from './workbench.ts';

describe('giving back single payments at Stripe', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  const act = async (purchase: Purchase, what: string, body: unknown = {}): Promise<void> => {
    await bench.control(`/subscriptions/${await purchase.billingRef()}/${what}`, body);
  };
  /** Stripe's instants are whole seconds: what is done after this comes later. */
  const nextSecond = async (): Promise<string> => {
    const second = (Math.floor(Date.now() / 1_000) + 1) * 1_000;
    await until(() => Date.now() >= second);
    return new Date(second - 1).toISOString();
  };
  const received = ({ refs }: Purchase, since: string | null) => bench.gateway.receivedPayments(refs, since);
  const leftOver = async (purchase: Purchase, since: string | null): Promise<number[]> =>
    (await received(purchase, since)).map(({ leftMinor }) => leftMinor);

  it('tells what has arrived, and what of it after an instant', async () => {
    const purchase = await buy(bench);
    const renewal = await nextSecond();
    await act(purchase, 'renew');
    assert.deepEqual(await leftOver(purchase, null), [1_500, 1_500]);
    assert.deepEqual(await leftOver(purchase, renewal), [1_500]);
    assert.deepEqual(await leftOver(purchase, await nextSecond()), []);
  });

  it('counts a debit by its arrival, not by its beginning', async () => {
    const purchase = await buy(bench, newOrder(), sepaForm(IBANS.good));
    await act(purchase, 'settle-debit');
    await act(purchase, 'renew');
    await bench.gateway.endNow(purchase.refs);
    const end = await nextSecond();
    assert.deepEqual(await leftOver(purchase, end), []);
    await act(purchase, 'settle-debit');
    assert.deepEqual(await leftOver(purchase, end), [1_500]);
  });

  it('counts nothing from before the end of billing, whatever our clock says', async () => {
    const purchase = await buy(bench);
    await nextSecond();
    await bench.gateway.endNow(purchase.refs);
    assert.deepEqual(await leftOver(purchase, '2020-01-01T00:00:00.000Z'), []);
  });

  it('finds what came for billing that was started again', async () => {
    const purchase = await buy(bench);
    await bench.gateway.endNow(purchase.refs);
    const pause = await nextSecond();
    await bench.gateway.resume(purchase.refs, `again/${purchase.order.subscriptionId}`);
    assert.deepEqual(await leftOver(purchase, pause), [1_500]);
  });

  it('gives one payment back and leaves the others', async () => {
    const purchase = await buy(bench);
    const renewal = await nextSecond();
    await act(purchase, 'renew');
    const [late] = await received(purchase, renewal);
    const once = () => bench.gateway.refundPayment(purchase.refs, late?.paymentRef ?? '', 'late/1');
    const answers = [...(await Promise.all([once(), once()])), await once()];
    assert.deepEqual(answers, Array(3).fill({ refundedMinor: 1_500 }));
    assert.equal((await purchase.facts()).paidMinor, 1_500);
    assert.deepEqual(await leftOver(purchase, renewal), [0]);
  });

  it('gives back only what is left, and says what it gave under its key', async () => {
    const purchase = await buy(bench);
    const [payment] = await received(purchase, null);
    const { paymentRef = '' } = payment ?? {};
    const response = await fetch(`${bench.sandbox.url}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_bench' },
      body: new URLSearchParams({ payment_intent: paymentRef, amount: '400' }),
    });
    assert.equal(response.status, 200);
    const give = (key: string) => bench.gateway.refundPayment(purchase.refs, paymentRef, key);
    assert.deepEqual(await give('rest'), { refundedMinor: 1_100 });
    assert.deepEqual(await give('another'), { refundedMinor: 0 });
    assert.equal((await purchase.facts()).paidMinor, 0);
  });

  it('has nothing to give back where nothing has arrived', async () => {
    const unpaid = await buy(bench, newOrder(), cardForm(CARDS.declined));
    assert.deepEqual(await received(unpaid, null), []);
    const processing = await buy(bench, newOrder(), sepaForm(IBANS.good));
    assert.deepEqual(await received(processing, null), []);
  });
});
