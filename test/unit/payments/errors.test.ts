import assert from 'node:assert/strict';
import Stripe from 'stripe';
import { TenureFailure, type FailureKind } from '../../../schemas/failures.ts';
import { calling, isMissing, translate } from '../../../activities/payments/stripe/errors.ts';

type Raw = NonNullable<ConstructorParameters<typeof Stripe.errors.StripeError>[0]>;

describe('errors of Stripe', () => {
  const made = (raw: Partial<Raw>): Error => Stripe.errors.StripeError.generate({ message: 'no', ...raw });
  const kinds: [string, Error, FailureKind, string][] = [
    [
      'no connection',
      new Stripe.errors.StripeConnectionError({ message: 'no' }),
      'retryable',
      'payment-provider-unreachable',
    ],
    ['500', made({ statusCode: 500, type: 'api_error' }), 'retryable', 'payment-provider-error'],
    ['429', made({ statusCode: 429, headers: { 'retry-after': '7' } }), 'throttled', 'rate-limited'],
    ['401', made({ statusCode: 401 }), 'needs-a-human', 'bad-credentials'],
    ['403', made({ statusCode: 403 }), 'needs-a-human', 'bad-credentials'],
    [
      '402',
      made({ statusCode: 402, code: 'card_declined', decline_code: 'lost_card' }),
      'needs-a-human',
      'payment-declined',
    ],
    ['409', made({ statusCode: 409, code: 'idempotency_key_in_use' }), 'retryable', 'payment-provider-busy'],
    ['a lock', made({ statusCode: 400, code: 'lock_timeout' }), 'retryable', 'payment-provider-busy'],
    [
      'a key used twice',
      made({ statusCode: 400, type: 'idempotency_error' }),
      'refused',
      'idempotency-conflict',
    ],
    ['404', made({ statusCode: 404, code: 'resource_missing' }), 'refused', 'not-found'],
    ['400', made({ statusCode: 400 }), 'refused', 'invalid-request'],
    ['a dispute', made({ statusCode: 400, code: 'charge_disputed' }), 'needs-a-human', 'charge-disputed'],
  ];
  for (const [what, error, kind, reason] of kinds) {
    it(`${what} is ${kind}`, () => {
      const failure = translate(error);
      assert.ok(failure instanceof TenureFailure);
      assert.equal(failure.kind, kind);
      assert.equal(failure.details.reason, reason);
    });
  }

  it('tell how long to wait', () => {
    const failure = translate(made({ statusCode: 429, headers: { 'retry-after': '7' } }));
    assert.equal((failure as TenureFailure).details.retryAfterMs, 7_000);
  });

  it('never tell a key', () => {
    const message = 'Key sk_live_51H8abcDEF is bad, so are rk_test_abc and whsec_xyz';
    const failure = translate(made({ statusCode: 400, message })) as TenureFailure;
    assert.doesNotMatch(JSON.stringify([failure.message, failure.details]), /51H8|rk_test|whsec_/);
    assert.equal(failure.cause, undefined);
  });

  it('leave what is not of Stripe alone', async () => {
    const own = new TenureFailure('refused', 'own', { reason: 'own' });
    await assert.rejects(
      calling(() => Promise.reject(own)),
      (error) => error === own,
    );
    assert.equal(await calling(() => Promise.resolve(1)), 1);
    assert.equal(isMissing(made({ statusCode: 404, code: 'resource_missing' })), true);
    assert.equal(isMissing(own), false);
  });
});
