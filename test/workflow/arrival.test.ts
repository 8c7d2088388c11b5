import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House, Order } from './house.ts';
import type { Story } from './story.ts';

describe('a subscription that was taken over', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  async function takenOver(imported: Partial<NonNullable<Order['imported']>> = {}): Promise<Story> {
    const periodEnd = new Date((await house.now()) + 3 * 86_400_000).toISOString();
    const story = await house.order({
      imported: { tellCustomer: false, cancelAtPeriodEnd: false, periodEnd, ...imported },
    });
    await story.reaches('active');
    return story;
  }
  const mustHaveMadeNothing = ({ script }: Story): void => {
    for (const made of ['reserveInstances', 'createInstance', 'handOver'] as const) {
      assert.equal(script.count(made), 0, made);
    }
  };

  it('lives from its first moment, with its server as it is, and nobody is written to', async () => {
    const story = await takenOver();
    const { stage, instances, cancelAtPeriodEnd } = await story.status();
    assert.deepEqual(
      { stage, cancelAtPeriodEnd, servers: instances.map(({ state }) => state) },
      { stage: 'active', cancelAtPeriodEnd: false, servers: ['active'] },
    );
    assert.deepEqual(story.mails(), []);
    await story.insist('suspend');
    await story.script.until('it is halted', ({ servers }) => servers[0]?.power === 'off');
    await story.insist('resume');
    await story.script.until('it runs', ({ servers }) => servers[0]?.power === 'on');
    mustHaveMadeNothing(story);
  });

  it('tells its customer where that was asked for', async () => {
    const story = await takenOver({ tellCustomer: true });
    await story.script.until('the customer is told', () => story.mails().includes('server-imported'));
    assert.deepEqual(story.mails(), ['server-imported']);
  });

  it('ends with the paid period if it was cancelled before', async () => {
    const story = await takenOver({ cancelAtPeriodEnd: true });
    const { cancelAtPeriodEnd, dueAt } = await story.status();
    assert.equal(cancelAtPeriodEnd, true);
    assert.equal(dueAt, story.input.imported?.billing.periodEnd);
    await story.pass('74 hours');
    await story.reaches('cancelling');
    assert.deepEqual(
      story.world.servers.map(({ power }) => power),
      ['off'],
    );
    mustHaveMadeNothing(story);
  });
});
