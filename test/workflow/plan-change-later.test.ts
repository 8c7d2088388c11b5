import assert from 'node:assert/strict';
import { PLAN } from './plans-model.ts';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

const DOWN = { planKey: 'linux-s', planVersion: 1 };
const DAY_MS = 86_400_000;

describe('a change to a cheaper plan', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  /** Paid for ten days more, with the change planned. */
  async function planned(quantity = 1): Promise<Story> {
    const story = await house.order({ quantity });
    await story.goesLive();
    await story.billing('paid', new Date((await house.now()) + 10 * DAY_MS).toISOString());
    await story.insist('change-plan', DOWN);
    await told(story, 'plan-change-scheduled');
    return story;
  }
  const told = (story: Story, mail: string): Promise<void> =>
    story.script.until(mail, () => story.mails().includes(mail));
  const sizes = ({ world }: Story): string[] => world.servers.map(({ size }) => size);

  it('agrees on the next period’s price at once, and resizes when it begins', async () => {
    const story = await planned(2);
    assert.equal(story.world.plans.billed, 'plan-s', 'the renewal is the cheaper one');
    assert.deepEqual([story.world.plans.plan, ...sizes(story)], [PLAN, PLAN, PLAN]);
    await story.pass('1 minute');
    const events = await story.historyLength();
    await story.pass('9 days');
    assert.equal(await story.historyLength(), events, 'waiting is free');
    assert.deepEqual(sizes(story), [PLAN, PLAN]);
    await story.pass(DAY_MS);
    await told(story, 'plan-changed');
    assert.deepEqual([story.world.plans.plan, ...sizes(story)], ['plan-s', 'plan-s', 'plan-s']);
    assert.equal(story.script.count('changePrice'), 1);
    const mail = story.world.mails.find(({ template }) => template === 'plan-changed');
    assert.deepEqual(mail?.facts, { amountMinor: 1_800, chargedMinor: 0 });
  });

  it('can be taken back until shortly before', async () => {
    const story = await planned();
    const second = await story.ask('change-plan', { planKey: 'linux-l', planVersion: 1 });
    assert.equal(second.outcome === 'rejected' && second.reason, 'plan-change-under-way');
    await story.insist('keep-plan');
    await story.script.until('it is noted', () => story.notes().includes('plan-change-withdrawn'));
    assert.deepEqual([story.world.plans.billed, story.world.plans.pending], [PLAN, null]);
    await story.pass('11 days');
    assert.deepEqual(sizes(story), [PLAN]);
    assert.equal(story.script.count('resizeInstance'), 0);
    assert.ok(!story.mails().includes('plan-change-failed'), 'who took it back knows');
  });

  it('cannot be taken back when the next period is about to begin', async () => {
    const story = await planned();
    await story.pass(10 * DAY_MS - 1_800_000);
    const late = await story.ask('keep-plan');
    assert.equal(late.outcome === 'rejected' && late.reason, 'too-late');
    await story.pass('31 minutes');
    await told(story, 'plan-changed');
  });

  it('waits with the servers while a payment is missing, and goes on when it has arrived', async () => {
    const story = await planned();
    await story.pass(9.9 * DAY_MS);
    await story.billing('past-due');
    await told(story, 'payment-failed');
    await story.pass('1 day');
    assert.deepEqual(sizes(story), [PLAN]);
    await story.billing('paid');
    await told(story, 'plan-changed');
    assert.deepEqual(sizes(story), ['plan-s']);
  });

  it('is dropped by a cancellation, and is not there when that is taken back', async () => {
    const story = await planned();
    await story.insist('cancel', { when: 'period-end' });
    await story.script.until('billing ends', ({ charging }) => charging === 'ends');
    await story.script.until('it is noted', () => story.notes().includes('cancel-requested'));
    assert.deepEqual([story.world.plans.billed, story.world.plans.pending], [PLAN, null]);
    await story.insist('resume');
    await story.script.until('billing goes on', ({ charging }) => charging === 'on');
    await story.pass('11 days');
    assert.equal(story.script.count('resizeInstance'), 0);
  });

  it('whose servers cannot be resized goes back to the old price as well', async () => {
    const story = await planned(2);
    story.script.plan('resizeInstance', fails('refused', 'no-smaller'), { ordinal: 2 });
    await story.pass(10.01 * DAY_MS);
    await told(story, 'plan-change-failed');
    assert.deepEqual(
      [story.world.plans.billed, story.world.plans.plan, ...sizes(story)],
      [PLAN, PLAN, PLAN, PLAN],
    );
  });
});
