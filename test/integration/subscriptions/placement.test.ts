import assert from 'node:assert/strict';
import path from 'node:path';
import type { SubscriptionView } from '../../../schemas/api/staff.ts';
import type { ProviderView } from '../../../schemas/api/fleet.ts';
import { buy, type Order, reach } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { type ContaboUnderTest, startContaboUnderTest } from '../hypervisors/contabo-under-test.ts';

describe('placing servers at two providers, on real parts', function () {
  this.timeout(90_000);
  let contabo: ContaboUnderTest;
  let tenure: Tenure;
  before(async function () {
    this.timeout(120_000);
    contabo = await startContaboUnderTest();
    const catalogFile = path.join(import.meta.dirname, 'placement.catalog.yaml');
    tenure = await startTenure({ name: 'placement', catalogFile, env: contabo.env });
  });
  after(() => contabo.close());

  const instancesOf = async ({ subscriptionId }: Order): Promise<SubscriptionView['instances']> => {
    const { data } = await tenure.staff.get<SubscriptionView>(`/v1/subscriptions/${subscriptionId}`);
    return data.instances.filter(({ state }) => state === 'active');
  };
  const drain = async (action: 'drain' | 'undrain'): Promise<ProviderView> => {
    const { status, data } = await tenure.staff.post<ProviderView>(`/v1/providers/contabo/${action}`, {});
    assert.equal(status, 200, JSON.stringify(data));
    return data;
  };

  it('goes to the second when the first is sold out, and says why', async () => {
    await contabo.sellOut?.('fra', true);
    const order = await buy(tenure);
    await reach(tenure, order, 'active');
    const [instance, ...more] = await instancesOf(order);
    assert.deepEqual(more, []);
    assert.equal(instance?.provider, 'vultr');
    assert.match(instance.placementReason ?? '', /Passed over: contabo has failed in this making/);
    assert.equal((await contabo.ledger('instance.created')).length, 0);
    await contabo.sellOut?.('fra', false);

    const asked = await tenure.staff.post(`/v1/subscriptions/${order.subscriptionId}/cancel`, {
      when: 'now',
      reason: 'no longer needed',
    });
    assert.equal(asked.status, 200);
    await reach(tenure, order, 'torn-down');
  });

  it('asks a provider for nothing while it is drained', async () => {
    assert.equal((await drain('drain')).draining, true);
    const order = await buy(tenure, { quantity: 2 });
    await reach(tenure, order, 'active');
    const instances = await instancesOf(order);
    assert.deepEqual(
      instances.map(({ provider }) => provider),
      ['vultr', 'vultr'],
    );
    assert.match(instances[0]?.placementReason ?? '', /contabo is being drained/);
    const { data } = await tenure.staff.get<{ data: { action: string }[] }>('/v1/audit-events');
    assert.ok(data.data.some(({ action }) => action === 'provider.drained'));
    assert.equal((await drain('undrain')).draining, false);
  });

  it('goes to the second when the first is away, and soon asks it no more', async () => {
    await contabo.goDown();
    const order = await buy(tenure, { planKey: 'hasty', quantity: 5 });
    await reach(tenure, order, 'active');
    assert.deepEqual(
      (await instancesOf(order)).map(({ provider }) => provider),
      Array.from({ length: 5 }, () => 'vultr'),
    );
    const { data } = await tenure.staff.get<{ data: ProviderView[] }>('/v1/providers');
    const standing = data.data.find(({ name }) => name === 'contabo');
    assert.equal(standing?.breaker, 'open');
    const metrics = await tenure.http.get<string>('/metrics');
    assert.match(metrics.data, /^tenure_provider_breaker_open\{provider="contabo"\} 1$/m);

    const next = await buy(tenure, { planKey: 'hasty' });
    await reach(tenure, next, 'active');
    const [instance] = await instancesOf(next);
    assert.match(instance?.placementReason ?? '', /contabo is failing just now/);
    await contabo.comeBack();
  });
});
