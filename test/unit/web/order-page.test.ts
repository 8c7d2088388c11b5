import assert from 'node:assert/strict';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { consequenceOf, deletionAt, momentsOf } from '../../../web/src/order/cancelling.ts';
import { setupSteps, teardownSteps, type Step } from '../../../web/src/order/progress.ts';
import { type Standing, standingOf } from '../../../web/src/order/standing.ts';
import { order, server, timeline } from './orders.ts';

const statesOf = (steps: Step[] | null): string[] => (steps ?? []).map(({ key, state }) => `${key} ${state}`);

describe('where an order stands, for its page', () => {
  const message = { en: 'x', de: 'x' };
  const dueAt = '2026-03-08T12:00:00.000Z';
  const paymentUrl = 'https://pay.example/1';
  const cases: [Standing, Partial<OrderView>, cameFromPayment?: boolean][] = [
    ['unpaid', { stage: 'awaiting-payment', paymentUrl, dueAt }],
    ['confirming', { stage: 'awaiting-payment', paymentUrl, dueAt }, true],
    ['paymentProcessing', { stage: 'awaiting-payment', paymentUrl }, true],
    ['expired', { stage: 'awaiting-payment', dueAt }],
    ['provisioning', { stage: 'provisioning' }],
    ['delayed', { stage: 'provisioning', timeline: timeline('provisioning-delayed') }],
    ['decision', { stage: 'provisioning', attention: { message, options: ['retry', 'refund'] } }],
    ['helpComing', { stage: 'cancelling', attention: { message, options: [] } }],
    ['active', {}],
    ['active', { instances: [server('stopped'), server('active')] }],
    ['switchedOff', { instances: [server('stopped'), server('stopped')] }],
    ['ending', { cancelAtPeriodEnd: true, instances: [server('stopped')] }],
    ['pastDue', { stage: 'past-due', dueAt, canPay: true }],
    ['pastDueProcessing', { stage: 'past-due', dueAt }],
    ['suspended', { stage: 'suspended' }],
    ['suspended', { stage: 'suspended', dueAt, canPay: true }],
    ['suspendedProcessing', { stage: 'suspended', dueAt }],
    ['grace', { stage: 'cancelling', dueAt }],
    ['graceUnpaid', { stage: 'cancelling', dueAt, canPay: true }],
    ['deleting', { stage: 'cancelling' }],
    ['deleted', { stage: 'torn-down' }],
    ['expired', { stage: 'torn-down', timeline: timeline('order-received', 'checkout-expired') }],
    ['refunded', { stage: 'torn-down', timeline: timeline('refunded') }],
    ['deleted', { stage: 'torn-down', timeline: timeline('torn-down', 'refunded') }],
  ];
  for (const [standing, different, cameFromPayment = false] of cases) {
    it(`is ${standing} (${different.stage ?? 'active'})`, () => {
      assert.equal(standingOf(order(different), cameFromPayment), standing);
    });
  }
});

describe('the steps on the order page', () => {
  it('wait for every server of the order', () => {
    const entries = timeline(
      'order-received',
      'payment-received',
      'provisioning-started',
      ['instance-ready', 1],
      ['instance-ready', 1],
      ['instance-ready', 2],
      ['credentials-verified', 1],
    );
    const steps = setupSteps(order({ stage: 'provisioning', quantity: 2, timeline: entries }));
    const expected = ['ordered done', 'paid done', 'created done', 'tested current', 'handedOver waiting'];
    assert.deepEqual(statesOf(steps), expected);
    assert.equal(steps?.find(({ key }) => key === 'tested')?.through, 1);
  });

  it('begin again with a retry', () => {
    const entries = timeline(
      'payment-received',
      'provisioning-started',
      ['instance-ready', 1],
      'provisioning-failed',
      'provisioning-started',
    );
    const steps = setupSteps(order({ stage: 'provisioning', timeline: entries }));
    assert.ok(statesOf(steps).includes('created current'));
  });

  it('show where it failed', () => {
    const attention: OrderView['attention'] = { message: { en: 'x', de: 'x' }, options: ['retry'] };
    const steps = setupSteps(order({ stage: 'provisioning', attention }));
    assert.ok(statesOf(steps).includes('created failed'));
  });

  it('are over while the servers run', () => {
    assert.equal(setupSteps(order()), null);
    assert.equal(teardownSteps(order()), null);
  });

  it('lead from the end of the service to the deletion, without a snapshot that never was', () => {
    const dueAt = '2026-03-08T12:00:00.000Z';
    const ended = timeline('activated', 'service-ended');
    const inGrace = teardownSteps(order({ stage: 'cancelling', dueAt, timeline: ended }));
    assert.deepEqual(statesOf(inGrace), [
      'ended done',
      'kept current',
      'snapshot waiting',
      'deleted waiting',
    ]);
    const unkept = order({ stage: 'cancelling', dueAt, timeline: ended, keepsLastSnapshot: false });
    assert.deepEqual(statesOf(teardownSteps(unkept)), ['ended done', 'kept current', 'deleted waiting']);
    const gone = timeline('activated', 'service-ended', 'torn-down');
    const after = teardownSteps(order({ stage: 'torn-down', timeline: gone }));
    assert.deepEqual(statesOf(after), ['ended done', 'kept done', 'deleted done']);
  });

  it('say nothing of deleted data where there never was any', () => {
    assert.equal(teardownSteps(order({ stage: 'torn-down', timeline: timeline('checkout-expired') })), null);
  });
});

describe('what the cancel dialogue says', () => {
  it('offers the end of the period only where one is running', () => {
    assert.deepEqual(momentsOf(order()), ['period-end', 'now']);
    for (const different of [
      { cancelAtPeriodEnd: true },
      { stage: 'past-due' },
      { stage: 'suspended' },
      { stage: 'awaiting-payment' },
    ] as const) {
      assert.deepEqual(momentsOf(order(different)), ['now'], JSON.stringify(different));
    }
  });

  it('names what happens to servers and money', () => {
    assert.equal(consequenceOf(order({ stage: 'awaiting-payment' }), 'now'), 'withdrawn');
    assert.equal(consequenceOf(order({ stage: 'provisioning' }), 'now'), 'refunded');
    assert.equal(consequenceOf(order(), 'now'), 'endsNow');
    assert.equal(consequenceOf(order(), 'period-end'), 'endsWithPeriod');
  });

  it('counts the day of the deletion from the end of the service, by the grace of this order', () => {
    const now = Date.parse('2026-03-10T12:00:00.000Z');
    const known = order({ graceDays: 7 });
    assert.equal(deletionAt(known, 'now', now), '2026-03-17T12:00:00.000Z');
    assert.equal(deletionAt(known, 'period-end', now), '2026-04-08T12:00:00.000Z');
    assert.equal(deletionAt({ ...known, periodEnd: null }, 'period-end', now), null);
  });
});
