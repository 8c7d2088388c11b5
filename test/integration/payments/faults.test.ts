import assert from 'node:assert/strict';
import type { FaultRule } from '../../../deploy/sandbox/shared/faults.ts';
import { createStripeGateway } from '../../../activities/payments/stripe/gateway.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import { buy, newOrder, openBench, persist, SECRET_KEY, type Bench } from './workbench.ts';

type Kind = FaultRule['kind'];

/** Ways to lose an answer; in the first two the effect has happened. */
const LOSSES: Kind[] = ['lost-after', 'status-after', 'lost-before'];

/** Every call that changes something, by its address. */
const CALLS = {
  customer: { method: 'POST', path: '^/v1/customers$' },
  product: { method: 'POST', path: '^/v1/products$' },
  price: { method: 'POST', path: '^/v1/prices$' },
  session: { method: 'POST', path: '^/v1/checkout/sessions$' },
  expire: { method: 'POST', path: '/expire$' },
  update: { method: 'POST', path: '^/v1/subscriptions/' },
  cancel: { method: 'DELETE', path: '^/v1/subscriptions/' },
  void: { method: 'POST', path: '/void$' },
  create: { method: 'POST', path: '^/v1/subscriptions$' },
  refund: { method: 'POST', path: '^/v1/refunds$' },
};

describe('answers of Stripe that are lost', function () {
  this.timeout(120_000);

  /** Runs the same story once per way to lose an answer, side by side, each with its own stand-in. */
  async function inEveryWay(
    story: (bench: Bench, lose: (call: keyof typeof CALLS) => void) => Promise<void>,
  ): Promise<void> {
    const runs = LOSSES.map(async (kind) => {
      const bench = await openBench({ webhookUrl: null });
      const lose = (call: keyof typeof CALLS): void => {
        // More often than the SDK repeats by itself, so that the whole step is repeated, too.
        bench.sandbox.faults.add({ ...CALLS[call], kind, times: 3 });
      };
      try {
        await story(bench, lose);
        const untouched = bench.sandbox.faults.list().filter(({ hits }) => hits === 0);
        assert.deepEqual(untouched, [], `${kind}: every fault struck`);
      } finally {
        await bench.close();
      }
    });
    await Promise.all(runs);
  }

  it('open one checkout, with one customer and one price', () =>
    inEveryWay(async (bench, lose) => {
      for (const call of ['customer', 'product', 'price', 'session'] as const) lose(call);
      const order = newOrder({ price: { setupFeeMinor: 500 } });
      const first = await persist(() => bench.gateway.createCheckout(order));
      const again = await persist(() => bench.gateway.createCheckout(order));
      assert.deepEqual(again, first);
      assert.equal(bench.count('customer.created'), 1);
      assert.equal(bench.count('product.created'), 2);
      assert.equal(bench.count('price.created'), 2);
      assert.equal(bench.count('checkout.created'), 1);
    }));

  it('close a checkout once', () =>
    inEveryWay(async (bench, lose) => {
      lose('expire');
      const { checkoutRef } = await bench.gateway.createCheckout(newOrder());
      await persist(() => bench.gateway.expireCheckout(checkoutRef));
      assert.equal(bench.count('checkout.expired'), 1);
    }));

  it('set and unset the end of a subscription', () =>
    inEveryWay(async (bench, lose) => {
      const { refs, facts } = await buy(bench);
      lose('update');
      await persist(() => bench.gateway.endAtPeriodEnd(refs));
      assert.equal((await facts()).endsAtPeriodEnd, true);
      await persist(() => bench.gateway.resume(refs, 'resume'));
      assert.equal((await facts()).endsAtPeriodEnd, false);
    }));

  it('end a subscription once and void its invoice once', () =>
    inEveryWay(async (bench, lose) => {
      const purchase = await buy(bench);
      const decline = { outcome: 'declines' };
      await bench.control(`/subscriptions/${await purchase.billingRef()}/renew`, decline);
      lose('cancel');
      lose('void');
      await persist(() => bench.gateway.endNow(purchase.refs));
      assert.equal(bench.count('subscription.canceled'), 1);
      assert.equal(bench.count('invoice.voided'), 1);
    }));

  it('start billing again once', () =>
    inEveryWay(async (bench, lose) => {
      const { refs } = await buy(bench);
      await bench.gateway.endNow(refs);
      lose('create');
      const { billingRef } = await persist(() => bench.gateway.resume(refs, 'resume'));
      assert.equal((await bench.gateway.readBilling({ ...refs, billingRef })).standing, 'paid');
      assert.equal(bench.count('subscription.created'), 2);
      assert.equal(bench.count('charge.succeeded'), 2);
    }));

  it('refund every payment once', () =>
    inEveryWay(async (bench, lose) => {
      const purchase = await buy(bench);
      await bench.control(`/subscriptions/${await purchase.billingRef()}/renew`);
      lose('refund');
      const refunded = await persist(() => bench.gateway.refundAll(purchase.refs, 'refund'));
      assert.equal(refunded.refundedMinor, 3_000);
      assert.equal(bench.count('refund.created'), 2);
    }));
});

describe('what goes wrong at Stripe', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench({ webhookUrl: null });
  });
  afterEach(() => bench.sandbox.faults.clear());
  after(() => bench.close());

  const failureOf = async (work: () => Promise<unknown>): Promise<TenureFailure> => {
    const error: unknown = await work().then(
      () => assert.fail('it worked'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof TenureFailure, String(error));
    return error;
  };
  const gatewayWith = (changes: { secretKey?: string; apiBase?: string; timeoutMs?: number }) =>
    createStripeGateway({
      secretKey: SECRET_KEY,
      webhookSecrets: [],
      apiBase: bench.sandbox.url,
      automaticTax: false,
      toleranceSeconds: 300,
      ...changes,
    });
  const strikeAll = (rule: Partial<FaultRule> & { kind: Kind }): void => {
    bench.sandbox.faults.add({ times: null, ...rule });
  };

  it('is retryable when Stripe has an error of its own', async () => {
    strikeAll({ kind: 'status', status: 500 });
    assert.equal((await failureOf(() => bench.gateway.createCheckout(newOrder()))).kind, 'retryable');
  });

  it('is retryable when no answer comes', async () => {
    strikeAll({ kind: 'hang' });
    const { kind, details } = await failureOf(() =>
      gatewayWith({ timeoutMs: 50 }).createCheckout(newOrder()),
    );
    assert.equal(kind, 'retryable');
    assert.equal(details.reason, 'payment-provider-unreachable');
  });

  it('is throttled when Stripe asks for it, with a time to wait', async () => {
    strikeAll({ kind: 'throttle' });
    const failure = await failureOf(() => bench.gateway.createCheckout(newOrder()));
    assert.equal(failure.kind, 'throttled');
    assert.ok((failure.details.retryAfterMs ?? 0) > 0);
  });

  it('needs a person when the key is wrong, and does not tell the key', async () => {
    const secretKey = 'sk_test_51WrongKeyWrongKeyWrongKey';
    const failure = await failureOf(() => gatewayWith({ secretKey }).createCheckout(newOrder()));
    assert.equal(failure.kind, 'needs-a-human');
    assert.equal(failure.details.reason, 'bad-credentials');
    const told = JSON.stringify([failure.message, failure.details, failure.stack, failure.cause ?? null]);
    assert.doesNotMatch(told, /sk_test/);
  });

  it('is refused when the request is wrong', async () => {
    const failure = await failureOf(() => bench.gateway.createCheckout(newOrder({ email: 'a@b\nc' })));
    assert.equal(failure.kind, 'refused');
  });
});
