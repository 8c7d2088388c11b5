import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createStripeGateway } from '../../../activities/payments/stripe/gateway.ts';
import { WebhookRejected } from '../../../activities/payments/port.ts';
import {
  buy,
  cardForm,
  CARDS,
  IBANS,
  newOrder,
  openBench,
  sepaForm,
  until,
  WEBHOOK_SECRET,
  type Bench,
  type ReceivedHook,
} from './workbench.ts';

describe('webhooks of Stripe', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  const received = (type: string): Promise<ReceivedHook> =>
    until(() => bench.hooks.find((hook) => hook.type === type));
  const read = (hook: ReceivedHook) => bench.gateway.readWebhook(hook.raw, hook.signature, new Date());

  it('tell of a purchase what happened, each naming the subscription or where to look', async () => {
    const { order, refs, billingRef } = await buy(bench);
    const completed = read(await received('checkout.session.completed'));
    assert.equal(completed.relevant, true);
    assert.equal(completed.subscriptionId, order.subscriptionId);
    assert.equal(completed.checkoutRef, refs.checkoutRef);
    assert.equal(completed.billingRef, await billingRef());
    for (const type of ['customer.subscription.created', 'invoice.paid']) {
      const event = read(await received(type));
      assert.equal(event.subscriptionId, order.subscriptionId, type);
      assert.equal(event.billingRef, await billingRef(), type);
      assert.equal(event.relevant, true, type);
    }
    for (const type of [
      'payment_intent.succeeded',
      'charge.succeeded',
      'invoice.finalized',
      'payment_method.attached',
    ]) {
      assert.equal(read(await received(type)).relevant, false, type);
    }
  });

  it('tell of debits, failures, ends and refunds', async () => {
    const good = await buy(bench, newOrder(), sepaForm(IBANS.good));
    const bad = await buy(bench, newOrder(), sepaForm(IBANS.fails));
    await bench.control(`/subscriptions/${await good.billingRef()}/settle-debit`);
    await bench.control(`/subscriptions/${await bad.billingRef()}/settle-debit`);
    assert.equal(
      read(await received('checkout.session.async_payment_succeeded')).subscriptionId,
      good.order.subscriptionId,
    );
    assert.equal(
      read(await received('checkout.session.async_payment_failed')).subscriptionId,
      bad.order.subscriptionId,
    );
    assert.equal(read(await received('invoice.payment_failed')).subscriptionId, bad.order.subscriptionId);
    await bench.gateway.endNow(good.refs);
    assert.equal(
      read(await received('customer.subscription.deleted')).subscriptionId,
      good.order.subscriptionId,
    );
    await bench.gateway.refundAll(good.refs, 'refund');
    assert.equal(read(await received('refund.created')).subscriptionId, good.order.subscriptionId);
  });

  it('are tried again until the endpoint takes them', async () => {
    bench.answerHooksWith(500);
    await buy(bench);
    await until(() => bench.hooks.filter(({ type }) => type === 'invoice.paid').length >= 2);
    bench.answerHooksWith(200);
    await until(async () => (await waiting(bench)).length === 0);
  });

  it('can be held, released in any order, and sent again, also at once', async () => {
    await bench.control('/webhook/hold');
    await buy(bench);
    assert.equal(bench.hooks.length, 0);
    const order = ['invoice.paid', 'checkout.session.completed', 'customer.subscription.created'];
    await bench.control('/webhook/release', { order });
    assert.deepEqual(
      bench.hooks.slice(0, 3).map(({ type }) => type),
      order,
    );
    const { id } = await received('invoice.paid');
    const { delivered } = await bench.control<{ delivered: { status: number }[] }>(
      `/events/${id}/redeliver`,
      {
        times: 5,
        atOnce: true,
      },
    );
    assert.deepEqual(
      delivered.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    assert.equal(bench.hooks.filter((hook) => hook.id === id).length, 6);
  });

  it('of unknown types are read and marked as irrelevant', async () => {
    await bench.control('/events', { type: 'moon.landed', object: { id: 'moon_1', phases: [1, 2] } });
    const event = read(await received('moon.landed'));
    assert.equal(event.relevant, false);
    assert.equal(event.subscriptionId, null);
  });

  describe('that cannot be trusted', () => {
    const rejection = (
      raw: Buffer,
      signature: string | undefined,
      at = new Date(),
    ): WebhookRejected['reason'] => {
      try {
        bench.gateway.readWebhook(raw, signature, at);
      } catch (error) {
        assert.ok(error instanceof WebhookRejected, String(error));
        return error.reason;
      }
      return assert.fail('it was accepted');
    };
    const sign = (body: string, secret: string, at = Math.floor(Date.now() / 1_000)): string =>
      `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;

    it('are refused, each for its reason', async () => {
      await buy(bench);
      const { raw, signature = '' } = await received('invoice.paid');
      assert.equal(rejection(raw, undefined), 'signature-missing');
      assert.equal(rejection(raw, ''), 'signature-missing');
      assert.equal(rejection(raw, 'nonsense'), 'signature-invalid');
      assert.equal(rejection(raw, sign(raw.toString(), 'whsec_other')), 'signature-invalid');
      assert.equal(rejection(Buffer.concat([raw, Buffer.from(' ')]), signature), 'signature-invalid');
      const reserialised = Buffer.from(JSON.stringify(JSON.parse(raw.toString())));
      assert.equal(rejection(reserialised, signature), 'signature-invalid');
      assert.equal(rejection(raw, signature, new Date(Date.now() + 301_000)), 'signature-stale');
      // A fresh time in front of an old, genuine signature does not make it fresh.
      const now = Math.floor(Date.now() / 1_000);
      const old = sign(raw.toString(), WEBHOOK_SECRET, now - 1_000);
      assert.equal(rejection(raw, `t=${now},${old}`), 'signature-stale');
      assert.equal(rejection(raw, `${old},t=${now}`), 'signature-invalid');
    });

    it('are refused if they are no events, although signed', () => {
      for (const body of ['', 'hello', '{}', '[]', '"x"', 'null', '{"object":"event","id":1}']) {
        const reason = rejection(Buffer.from(body), sign(body, WEBHOOK_SECRET));
        assert.equal(reason, 'body-invalid', body);
      }
    });
  });

  it('pass with the old and the new secret while those are being rotated', async () => {
    const rotating = createStripeGateway({
      secretKey: 'sk_test_any',
      webhookSecrets: ['whsec_new', ` ${WEBHOOK_SECRET}`],
      apiBase: bench.sandbox.url,
      automaticTax: false,
      toleranceSeconds: 300,
    });
    await bench.control('/events', { type: 'old.secret' });
    const old = await received('old.secret');
    assert.equal(rotating.readWebhook(old.raw, old.signature, new Date()).type, 'old.secret');
    await bench.control('/webhook', { secrets: ['whsec_new'] }, 'PUT');
    await bench.control('/events', { type: 'new.secret' });
    const fresh = await received('new.secret');
    assert.equal(rotating.readWebhook(fresh.raw, fresh.signature, new Date()).type, 'new.secret');
    assert.throws(() => read(fresh), WebhookRejected);
  });

  it('reach the endpoint although the card was declined at first', async () => {
    const declined = await buy(bench, newOrder(), cardForm(CARDS.declined));
    await received('payment_intent.payment_failed');
    assert.equal((await declined.facts()).standing, 'unpaid');
  });
});

async function waiting(bench: Bench): Promise<unknown[]> {
  const { waiting: list } = await bench.control<{ waiting: unknown[] }>('/webhook', undefined, 'GET');
  return list;
}
