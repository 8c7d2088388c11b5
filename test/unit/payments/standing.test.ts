import assert from 'node:assert/strict';
import { standingOf, type StandingInputs } from '../../../activities/payments/stripe/billing-facts.ts';

describe('how a Stripe subscription stands', () => {
  const paidUp: StandingInputs = {
    status: 'active',
    everPaid: true,
    debitUnderWay: false,
    attemptFailed: false,
  };
  const never = { everPaid: false };

  const cases: [string, Partial<StandingInputs>, ReturnType<typeof standingOf>][] = [
    ['active and paid', {}, 'paid'],
    ['trialing without any payment', { status: 'trialing', ...never }, 'paid'],
    ['active while its first debit is under way', { debitUnderWay: true, ...never }, 'processing'],
    ['active although its first debit came back', { attemptFailed: true, ...never }, 'unpaid'],
    ['active without any payment', never, 'unpaid'],
    ['active while a renewal is debited', { debitUnderWay: true, attemptFailed: true }, 'processing'],
    ['active with a renewal that failed', { attemptFailed: true }, 'past-due'],
    ['past_due', { status: 'past_due', attemptFailed: true }, 'past-due'],
    ['past_due before any payment', { status: 'past_due', attemptFailed: true, ...never }, 'unpaid'],
    ['unpaid', { status: 'unpaid', attemptFailed: true }, 'past-due'],
    ['paused', { status: 'paused' }, 'past-due'],
    ['incomplete', { status: 'incomplete', ...never }, 'unpaid'],
    [
      'incomplete with a debit under way',
      { status: 'incomplete', debitUnderWay: true, ...never },
      'processing',
    ],
    ['incomplete_expired', { status: 'incomplete_expired', ...never }, 'expired'],
    ['canceled', { status: 'canceled' }, 'ended'],
    ['canceled while a debit is under way', { status: 'canceled', debitUnderWay: true, ...never }, 'ended'],
  ];
  for (const [what, inputs, standing] of cases) {
    it(`is ${standing} when ${what}`, () => assert.equal(standingOf({ ...paidUp, ...inputs }), standing));
  }
});
