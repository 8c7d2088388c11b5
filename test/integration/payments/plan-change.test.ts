import assert from 'node:assert/strict';
import type { PriceToSell } from '../../../activities/payments/port.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import {
  buy,
  cardForm,
  CARDS,
  IBANS,
  newOrder,
  openBench,
  persist,
  sepaForm,
  until,
  type Bench,
  type Purchase,
} from './workbench.ts';

const DEARER = { planKey: 'rdp-plus', planName: 'RDP Plus', amountMinor: 4_000 };

interface Wire {
  id: string;
  latest_invoice: string;
  items: { data: { id: string; price: { id: string; unit_amount: number }; quantity: number }[] };
}

describe('another price for a running subscription', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  const priceOf = ({ order }: Purchase, changes: Partial<PriceToSell> = DEARER): PriceToSell => ({
    ...order.price,
    ...changes,
  });
  const changeNow = (purchase: Purchase, key: string, changes?: Partial<PriceToSell>) =>
    bench.gateway.changePrice(
      purchase.refs,
      { price: priceOf(purchase, changes), quantity: purchase.order.quantity, from: 'now' },
      key,
    );
  async function call<T>(path: string, body?: Record<string, string>, key?: string): Promise<T> {
    const response = await fetch(`${bench.sandbox.url}/v1${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: 'Bearer sk_test_bench', ...(key && { 'idempotency-key': key }) },
      ...(body && { body: new URLSearchParams(body) }),
    });
    const answer = (await response.json()) as T & { error?: object };
    return (answer.error ? { status: response.status, ...answer.error } : answer) as T;
  }
  const subscriptionOf = async (purchase: Purchase): Promise<Wire> =>
    call(`/subscriptions/${await purchase.billingRef()}`);
  const amountOf = async (purchase: Purchase): Promise<number | undefined> =>
    (await subscriptionOf(purchase)).items.data[0]?.price.unit_amount;
  /** What the ledger has for an order: charged, given back, and on paid invoices. */
  function sums({ order }: Purchase): [charged: number, refunded: number, invoiced: number] {
    const entries = bench.sandbox.ledger.read().filter(({ detail }) => {
      const metadata = detail.metadata as Record<string, string> | undefined;
      return metadata?.['tenure_subscription'] === order.subscriptionId;
    });
    const sum = (effect: string): number =>
      entries
        .filter((entry) => entry.effect === effect)
        .reduce((all, { detail }) => all + Number(detail.amountMinor), 0);
    return [sum('charge.succeeded'), sum('refund.created'), sum('invoice.paid')];
  }

  it('charges the difference for the rest of the period at once, and the whole of it from the next', async () => {
    const purchase = await buy(bench, newOrder({ quantity: 2 }));
    const { periodEnd } = await purchase.facts();
    const preview = await bench.gateway.previewPrice(purchase.refs, {
      price: priceOf(purchase),
      quantity: 2,
    });
    assert.deepEqual(preview, { dueNowMinor: 5_000, taxMinor: 0, currency: 'eur' }, 'a whole period is left');
    assert.deepEqual(sums(purchase), [3_000, 0, 3_000], 'a look costs nothing');
    assert.deepEqual(await changeNow(purchase, 'up-1'), { chargedMinor: 5_000 });
    const { items } = await subscriptionOf(purchase);
    assert.deepEqual([items.data[0]?.price.unit_amount, items.data[0]?.quantity], [4_000, 2]);
    const facts = await purchase.facts();
    assert.deepEqual([facts.standing, facts.paidMinor, facts.periodEnd], ['paid', 8_000, periodEnd]);
    await bench.control(`/subscriptions/${await purchase.billingRef()}/renew`);
    assert.deepEqual(sums(purchase), [16_000, 0, 16_000], 'the renewal costs the new price');
  });

  it('is made once, however often it is asked for, also when the provider has forgotten the key', async () => {
    const purchase = await buy(bench);
    const results = await Promise.all(['up-2', 'up-2'].map((key) => persist(() => changeNow(purchase, key))));
    results.push(await changeNow(purchase, 'up-2'));
    assert.deepEqual(new Set(results.map(({ chargedMinor }) => chargedMinor)), new Set([2_500]));
    assert.deepEqual(sums(purchase), [4_000, 0, 4_000]);
  });

  it('is made or not when the answer is lost, never twice', async () => {
    const purchase = await buy(bench);
    const subscription = await purchase.billingRef();
    for (const fault of ['lost-reply', 'status'] as const) {
      await fetch(`${bench.sandbox.url}/__sandbox/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          match: { method: 'POST', path: `/v1/subscriptions/${subscription}` },
          effect: fault === 'status' ? { kind: fault, status: 500 } : { kind: fault },
          times: 4,
        }),
      });
      await persist(() => changeNow(purchase, 'up-3'));
    }
    assert.deepEqual(sums(purchase), [4_000, 0, 4_000]);
    assert.equal(await amountOf(purchase), 4_000);
  });

  it('changes nothing when the card is declined', async () => {
    const purchase = await buy(bench, newOrder(), cardForm(CARDS.declinesLater));
    const before = await subscriptionOf(purchase);
    const declined = (error: unknown): boolean =>
      error instanceof TenureFailure &&
      error.kind === 'needs-a-human' &&
      error.details.reason === 'payment-declined';
    await assert.rejects(changeNow(purchase, 'up-4'), declined);
    assert.deepEqual(await subscriptionOf(purchase), before);
    assert.equal((await purchase.facts()).standing, 'paid');
    assert.deepEqual(await bench.gateway.undoPriceChange(purchase.refs, 'up-4'), {
      refundedMinor: 0,
      settled: true,
    });
    assert.deepEqual(sums(purchase), [1_500, 0, 1_500]);
  });

  it('is undone with its price and its charge, once', async () => {
    const purchase = await buy(bench);
    await changeNow(purchase, 'up-5');
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(await persist(() => bench.gateway.undoPriceChange(purchase.refs, 'up-5')), {
        refundedMinor: 2_500,
        settled: true,
      });
    }
    assert.equal(await amountOf(purchase), 1_500);
    assert.deepEqual(sums(purchase), [4_000, 2_500, 4_000]);
    await changeNow(purchase, 'up-5b');
    await bench.gateway.undoPriceChange(purchase.refs, 'up-5');
    assert.equal(await amountOf(purchase), 4_000, 'a later change is none of its business');
  });

  it('from the next period on charges nothing now, and can be undone', async () => {
    const purchase = await buy(bench, newOrder({ price: { amountMinor: 4_000, planKey: 'rdp-big' } }));
    const cheaper = { planKey: 'rdp-small', planName: 'RDP Small', amountMinor: 900 };
    const change = { price: priceOf(purchase, cheaper), quantity: 1, from: 'next-period' } as const;
    assert.deepEqual(await bench.gateway.changePrice(purchase.refs, change, 'down-1'), { chargedMinor: 0 });
    await bench.gateway.undoPriceChange(purchase.refs, 'down-1');
    assert.equal(await amountOf(purchase), 4_000);
    await bench.gateway.changePrice(purchase.refs, change, 'down-2');
    assert.deepEqual(sums(purchase), [4_000, 0, 4_000]);
    await bench.control(`/subscriptions/${await purchase.billingRef()}/renew`);
    assert.deepEqual(sums(purchase), [4_900, 0, 4_900]);
  });

  it('paid by a bank debit is undone at once, and its money when the debit has come to its end', async () => {
    for (const outcome of ['succeeds', 'fails'] as const) {
      const purchase = await buy(bench, newOrder(), sepaForm(IBANS.good));
      const subscription = await purchase.billingRef();
      await bench.control(`/subscriptions/${subscription}/settle-debit`);
      assert.deepEqual(await changeNow(purchase, `up-${outcome}`), { chargedMinor: 0 });
      assert.equal((await purchase.facts()).standing, 'processing');
      const undo = () => bench.gateway.undoPriceChange(purchase.refs, `up-${outcome}`);
      assert.deepEqual(await undo(), { refundedMinor: 0, settled: false });
      assert.equal(await amountOf(purchase), 1_500);
      await bench.control(`/subscriptions/${subscription}/settle-debit`, { outcome });
      const refundedMinor = outcome === 'succeeds' ? 2_500 : 0;
      assert.deepEqual(await undo(), { refundedMinor, settled: true });
      const facts = await purchase.facts();
      assert.deepEqual([facts.standing, facts.paidMinor], ['paid', 1_500], outcome);
    }
  });

  it('is told with its tax, as it is charged', async () => {
    const taxed = await openBench({ automaticTax: true });
    try {
      const address = { line1: 'Weg 1', postal_code: '10115', city: 'Berlin', country: 'DE' };
      const purchase = await buy(taxed, newOrder(), cardForm(CARDS.good, address));
      const change = { price: priceOf(purchase), quantity: 1 };
      const preview = await taxed.gateway.previewPrice(purchase.refs, change);
      assert.deepEqual(preview, { dueNowMinor: 2_975, taxMinor: 475, currency: 'eur' });
      const { chargedMinor } = await taxed.gateway.changePrice(
        purchase.refs,
        { ...change, from: 'now' },
        'tax',
      );
      assert.equal(chargedMinor, 2_975);
    } finally {
      await taxed.close();
    }
  });

  it('is announced as Stripe does it', async () => {
    const purchase = await buy(bench);
    const seen = bench.hooks.length;
    await changeNow(purchase, 'up-6');
    const types = await until(() => {
      const since = bench.hooks.slice(seen).map(({ type }) => type);
      return since.includes('invoice.paid') && since;
    });
    for (const type of [
      'customer.subscription.updated',
      'invoiceitem.created',
      'invoice.created',
      'charge.succeeded',
    ])
      assert.ok(types.includes(type), `${type} in ${types.join()}`);
    const event = bench.hooks.slice(seen).find(({ type }) => type === 'customer.subscription.updated');
    const { data } = JSON.parse(event?.raw.toString() ?? '{}') as {
      data: { previous_attributes: Record<string, unknown> };
    };
    assert.deepEqual(Object.keys(data.previous_attributes).sort(), ['items', 'latest_invoice', 'metadata']);
  });

  describe('at the stand-in', () => {
    it('is refused for what does not fit, as Stripe refuses it', async () => {
      const purchase = await buy(bench);
      const { id, items } = await subscriptionOf(purchase);
      const item = items.data[0]?.id ?? '';
      const other = await buy(bench, newOrder({ price: { planKey: 'usd', currency: 'usd' } }));
      const usd = (await subscriptionOf(other)).items.data[0]?.price.id ?? '';
      const refusals: [body: Record<string, string>, param: string, message: RegExp][] = [
        [{ 'items[0][id]': 'si_none' }, 'items[0][id]', /No such subscription_item/],
        [{ 'items[0][id]': item, 'items[0][price]': usd }, 'items[0][price]', /only supports `usd`/],
        [{ 'items[0][id]': item, 'items[0][price]': 'price_none' }, 'items[0][price]', /No such price/],
        [{ 'items[0][id]': item, 'items[0][surprise]': '1' }, 'items[0][surprise]', /unknown parameter/],
        [{ 'items[0][id]': item, proration_behavior: 'maybe' }, 'proration_behavior', /Invalid/],
        [{ 'items[0][id]': item, proration_date: '1' }, 'proration_date', /outside of the current/],
      ];
      for (const [body, param, message] of refusals) {
        const error = await call<{ status: number; param: string; message: string }>(
          `/subscriptions/${id}`,
          body,
        );
        assert.deepEqual([error.status, error.param], [400, param], JSON.stringify(error));
        assert.match(error.message, message);
      }
      const unknown = await call<{ status: number; code: string }>('/invoices/create_preview', {
        subscription: 'sub_none',
      });
      assert.deepEqual([unknown.status, unknown.code], [400, 'resource_missing']);
    });

    it('puts prorations on the next invoice if they are not to be charged at once', async () => {
      const purchase = await buy(bench);
      const { id, items } = await subscriptionOf(purchase);
      const item = items.data[0]?.id ?? '';
      await call(`/subscriptions/${id}`, { 'items[0][id]': item, 'items[0][quantity]': '3' });
      assert.deepEqual(sums(purchase), [1_500, 0, 1_500]);
      const preview = await call<{ lines: { data: { amount: number }[] }; billing_reason: string }>(
        '/invoices/create_preview',
        { subscription: id },
      );
      assert.equal(preview.billing_reason, 'upcoming');
      assert.deepEqual(
        preview.lines.data.map(({ amount }) => amount),
        [-1_500, 4_500, 4_500],
      );
      await bench.control(`/subscriptions/${id}/renew`);
      assert.deepEqual(sums(purchase), [9_000, 0, 9_000]);
    });

    it('keeps what is less as a credit, and uses it up', async () => {
      const purchase = await buy(bench, newOrder({ quantity: 3 }));
      const { id, items } = await subscriptionOf(purchase);
      const fewer = { 'items[0][id]': items.data[0]?.id ?? '', 'items[0][quantity]': '1' };
      await call(`/subscriptions/${id}`, { ...fewer, proration_behavior: 'always_invoice' });
      assert.deepEqual(sums(purchase), [4_500, 0, 4_500]);
      const renewals: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        await bench.control(`/subscriptions/${id}/renew`);
        renewals.push(sums(purchase)[0]);
      }
      assert.deepEqual(renewals, [4_500, 4_500, 6_000], 'two months are paid by the credit');
    });

    it('gives a declined change the same answer under its key', async () => {
      const purchase = await buy(bench, newOrder(), cardForm(CARDS.declinesLater));
      const { id, items } = await subscriptionOf(purchase);
      const body = {
        'items[0][id]': items.data[0]?.id ?? '',
        'items[0][quantity]': '5',
        proration_behavior: 'always_invoice',
        payment_behavior: 'error_if_incomplete',
      };
      const first = await call<{ status: number; code: string }>(
        `/subscriptions/${id}`,
        body,
        'declined-once',
      );
      assert.deepEqual([first.status, first.code], [402, 'card_declined']);
      assert.deepEqual(await call(`/subscriptions/${id}`, body, 'declined-once'), first);
    });
  });
});
