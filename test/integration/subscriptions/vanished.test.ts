import assert from 'node:assert/strict';
import axios from 'axios';
import { effectsOf, readLedger } from '../../chaos/oracle.ts';
import {
  buy,
  eventually,
  mailAbout,
  mailsTo,
  reach,
  viewOrder,
  viewSubscription,
  type Order,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';

describe('a server that was deleted at its provider behind our back', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  before(async function () {
    this.timeout(120_000);
    tenure = await startTenure({ name: 'vanished' });
  });

  const vanish = async (order: Order): Promise<void> => {
    const { instances } = await viewSubscription(tenure, order);
    for (const { providerRef } of instances) {
      const levers = `${tenure.vultr.url.replace('/v2', '')}/__sandbox/vultr`;
      await axios.delete(`${levers}/instances/${providerRef ?? ''}`);
    }
  };
  const cancel = async (order: Order): Promise<void> => {
    const { status, data } = await tenure.http.post<unknown>(
      `/v1/orders/${order.orderToken}/actions/cancel`,
      { when: 'now' },
    );
    assert.equal(status, 200, JSON.stringify(data));
  };
  const mustHaveLeft = async (order: Order): Promise<void> => {
    const { attention, instances, billing } = await reach(tenure, order, 'torn-down');
    assert.equal(attention, null);
    assert.ok(instances.every(({ state }) => state === 'deleted'));
    assert.equal(billing.standing, 'ended');
    const { created, live, chargedMinor, refundedMinor } = effectsOf(tenure, order);
    assert.deepEqual(
      { created, live, chargedMinor, refundedMinor },
      { created: instances.length, live: 0, chargedMinor: 1_500 * instances.length, refundedMinor: 0 },
    );
    const ended = readLedger(tenure, 'stripe').filter(
      ({ effect, id }) => effect === 'subscription.canceled' && id === billing.billingRef,
    );
    assert.equal(ended.length, 1);
    await mailAbout(tenure, order.email, /cancellation is confirmed/i);
    await mailAbout(tenure, order.email, /has been deleted/i);
    const kinds = (await viewOrder(tenure, order)).timeline.map(({ kind }) => kind);
    assert.equal(kinds.includes('attention'), false);
    assert.equal(kinds.includes('snapshot-taken'), false);
    assert.equal(kinds.filter((kind) => kind === 'instance-deleted').length, instances.length);
  };

  it('can still be left: it is torn down, billing ends, and nobody is called for help', async () => {
    const order = await buy(tenure);
    await reach(tenure, order, 'active');
    await vanish(order);
    await cancel(order);
    await mustHaveLeft(order);
    const toStaff = await mailsTo(tenure, tenure.config.STAFF_EMAIL);
    assert.deepEqual(
      toStaff.filter(({ subject }) => subject.includes(order.subscriptionId)),
      [],
    );
  });

  it('can still be left when it vanishes in the grace period', async () => {
    const order = await buy(tenure, { quantity: 2 });
    await reach(tenure, order, 'active');
    await cancel(order);
    await eventually('the servers are halted', async () => {
      const { stage, instances } = await viewSubscription(tenure, order);
      return stage === 'cancelling' && instances.every(({ state }) => state === 'stopped');
    });
    await vanish(order);
    await mustHaveLeft(order);
  });
});
