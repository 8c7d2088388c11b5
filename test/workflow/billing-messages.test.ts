import assert from 'node:assert/strict';
import type { BillingChanged } from '../../schemas/subscriptions/lifecycle.ts';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import type { Story } from './story.ts';

type Change = Omit<BillingChanged, 'eventId'>;

const ORDER_OF_EVENTS: Change[] = [
  { standing: 'processing', version: 1, periodEnd: null },
  { standing: 'paid', version: 2, periodEnd: '2099-01-01T00:00:00Z' },
  { standing: 'past-due', version: 3, periodEnd: '2099-01-01T00:00:00Z' },
  { standing: 'paid', version: 4, periodEnd: '2099-02-01T00:00:00Z' },
];

describe('messages about the payment', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  it('end in the same state in all 24 orders', async () => {
    const orders = permutations(ORDER_OF_EVENTS);
    assert.equal(orders.length, 24);
    const ends = await Promise.all(
      orders.map(async (changes) => {
        const story = await house.order();
        // As the database has it, whatever arrives when.
        story.world.billing = ORDER_OF_EVENTS[3] as Change;
        for (const change of changes) await story.tell(change);
        await story.script.until('it is handed over', () => story.mails().includes('server-ready'));
        await story.reaches('active');
        return endOf(story);
      }),
    );
    const [first] = ends;
    for (const end of ends) assert.deepEqual(end, first);
    assert.deepEqual(first, {
      stage: 'active',
      attention: null,
      cancelAtPeriodEnd: false,
      dueAt: null,
      instances: ['active'],
      made: 1,
      handOvers: 1,
      heard: 4,
    });
  });

  it('count once, however often they arrive', async () => {
    const story = await house.order();
    const [, paid] = ORDER_OF_EVENTS as [Change, Change];
    await Promise.all(Array.from({ length: 10 }, () => story.tell(paid)));
    await story.reaches('active');
    await Promise.all(Array.from({ length: 10 }, () => story.tell(paid)));
    assert.equal(await story.handle.query('messages-seen'), 20);
    assert.equal(story.script.count('createInstance'), 1);
    assert.deepEqual(story.notes(), ['payment-received', 'activated']);
  });

  it('are ignored when something newer is known', async () => {
    const story = await house.order();
    await story.tell({ standing: 'paid', version: 9, periodEnd: null });
    await story.reaches('active');
    await story.tell({ standing: 'past-due', version: 8, periodEnd: null });
    await story.tell({ standing: 'ended', version: 9, periodEnd: null });
    await story.pass('1 hour');
    assert.equal((await story.status()).stage, 'active');
    assert.equal(story.world.progress.length, 2);
  });

  it('find nobody when the subscription is over', async () => {
    const story = await house.order();
    await story.billing('expired');
    await story.ends();
    assert.equal(await story.tell({ standing: 'paid', version: 2, periodEnd: null }), false);
    assert.deepEqual(await story.ask('cancel', { when: 'now' }), { outcome: 'finished' });
  });
});

async function endOf(story: Story): Promise<object> {
  const { stage, attention, cancelAtPeriodEnd, dueAt, instances } = await story.status();
  return {
    stage,
    attention,
    cancelAtPeriodEnd,
    dueAt,
    instances: instances.map(({ state }) => state),
    made: story.world.servers.reduce((sum, { made }) => sum + made, 0),
    handOvers: story.world.handOvers.length,
    heard: await story.handle.query('messages-seen'),
  };
}

function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]),
  );
}
