import assert from 'node:assert/strict';
import { causeOf, DAY_MS, inGrace, live, powers, serviceEnded } from './endings.ts';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

describe('the end of a subscription', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  describe('with the paid period', () => {
    it('is taken back, asked for again, and comes with the period', async () => {
      const story = await live(house);
      const { periodEnd } = story.world.billing;
      await story.insist('cancel', { when: 'period-end' });
      await story.script.until('billing ends', ({ charging }) => charging === 'ends');
      await story.script.until('it is noted', () => story.notes().includes('cancel-requested'));
      const noted = await story.status();
      assert.deepEqual([noted.stage, noted.cancelAtPeriodEnd, noted.dueAt], ['active', true, periodEnd]);

      await story.insist('resume');
      await story.script.until('billing goes on', ({ charging }) => charging === 'on');
      await story.script.until('it is noted', () => story.notes().includes('resumed'));
      const kept = await story.status();
      assert.deepEqual([kept.cancelAtPeriodEnd, kept.dueAt], [false, null]);

      await story.insist('cancel', { when: 'period-end' });
      await story.script.until('billing ends', ({ charging }) => charging === 'ends');
      await story.pass('29 days');
      assert.deepEqual(powers(story), ['on']);
      await story.billing('ended');
      await serviceEnded(story);
      assert.deepEqual(powers(story), ['off']);
      assert.equal(causeOf(story), 'period-ended');
      await story.pass('8 days');
      await story.ends();
      assert.deepEqual(powers(story), ['absent']);
    });

    it('comes when the message about the period’s end was lost', async () => {
      const story = await live(house, 1, 10);
      await story.insist('cancel', { when: 'period-end' });
      await story.script.until('billing ends', ({ charging }) => charging === 'ends');
      story.billingUnheard('ended');
      await story.pass(10 * DAY_MS - 60_000);
      assert.equal((await story.status()).stage, 'active');
      await story.pass('2 hours');
      await serviceEnded(story);
    });

    it('comes even when the payment provider has not closed the period yet', async () => {
      const story = await live(house, 1, 10);
      await story.insist('cancel', { when: 'period-end' });
      await story.script.until('billing ends', ({ charging }) => charging === 'ends');
      await story.pass('11 days');
      await serviceEnded(story);
      assert.equal(story.script.count('refreshBilling'), 1);
    });

    it('waits for a person when billing cannot be told, and is repeated by a retry', async () => {
      const story = await live(house);
      story.script.plan('endAtPeriodEnd', fails('needs-a-human', 'bad-key'));
      await story.insist('cancel', { when: 'period-end' });
      await story.needs('billing-failed');
      assert.equal((await story.status()).cancelAtPeriodEnd, false);
      await story.insist('retry');
      await story.script.until('billing ends', ({ charging }) => charging === 'ends');
      await story.script.until('it is noted', () => story.notes().includes('cancel-requested'));
      const { cancelAtPeriodEnd, attention } = await story.status();
      assert.deepEqual([cancelAtPeriodEnd, attention], [true, null]);
    });

    it('that waits for a person neither keeps a payment from falling due nor a cancellation now', async () => {
      const story = await live(house);
      story.script.plan('endAtPeriodEnd', fails('needs-a-human', 'bad-key'));
      await story.insist('cancel', { when: 'period-end' });
      await story.needs('billing-failed');
      await story.billing('past-due');
      await story.script.until('the customer is asked', () => story.mails().includes('payment-failed'));
      const { stage, attention } = await story.status();
      assert.deepEqual([stage, attention?.reason], ['past-due', 'billing-failed']);
      await story.insist('cancel', { when: 'now' });
      await serviceEnded(story);
      assert.equal((await story.status()).attention, null);
    });
  });

  describe('now', () => {
    it('stops charges and servers at once, and keeps the data for the grace period', async () => {
      const story = await inGrace(house, 3);
      assert.equal(story.world.charging, 'ends');
      assert.deepEqual(powers(story), ['off', 'off', 'off']);
      const { stage, dueAt } = await story.status();
      assert.equal(stage, 'cancelling');
      assert.equal(Math.round((Date.parse(dueAt ?? '') - (await house.now())) / DAY_MS), 7);
      await story.pass('6 days');
      assert.deepEqual(powers(story), ['off', 'off', 'off']);
    });

    it('then takes the last snapshot, deletes, ends billing and confirms, in this order', async () => {
      const retention = { graceDays: 7, finalSnapshotDays: 30 };
      const story = await house.order({ quantity: 2, terms: { retention } });
      await story.goesLive();
      await story.insist('cancel', { when: 'now' });
      await serviceEnded(story);
      const before = story.script.calls.length;
      await story.pass('8 days');
      assert.deepEqual(await story.ends(), { stage: 'torn-down' });
      const calls = story.script.calls.slice(before);
      for (const ordinal of [1, 2]) {
        const own = calls.filter((call) => call.ordinal === ordinal).map(({ name }) => name);
        assert.deepEqual(own, ['takeFinalSnapshot', 'deleteInstance']);
      }
      const whole = calls.map(({ name }) => name).filter((name) => name !== 'recordProgress');
      assert.deepEqual(whole.slice(-2), ['endBilling', 'sendMail']);
      assert.deepEqual(powers(story), ['absent', 'absent']);
      assert.equal(story.world.charging, 'off');
      assert.equal(story.mails().at(-1), 'deleted');
      assert.ok((await story.status()).instances.every(({ state }) => state === 'deleted'));

      // Each last snapshot has a small workflow of its own that outlives the subscription.
      assert.ok(story.world.servers.every(({ snapshots }) => snapshots === 1));
      await story.pass('28 days');
      assert.ok(story.world.servers.every(({ snapshots }) => snapshots === 1));
      await snapshotsExpire(house, story, '2 days');
      assert.ok(story.world.servers.every(({ snapshots }) => snapshots === 0));
    });

    it('promises no last snapshot of a server whose provider keeps none beyond it', async () => {
      const terms = { retention: { graceDays: 7, finalSnapshotDays: 30 } };
      for (const unkept of [1, 2]) {
        const story = await house.order({ quantity: 2, terms });
        await story.goesLive();
        await story.insist('cancel', { when: 'now' });
        await serviceEnded(story);
        story.script.plan('takeFinalSnapshot', () => ({ snapshotRef: null }), { ordinal: 1 });
        if (unkept === 2) {
          story.script.plan('takeFinalSnapshot', () => ({ snapshotRef: null }), { ordinal: 2 });
        }
        await story.pass('8 days');
        await story.ends();
        const { facts } = story.world.mails.find(({ template }) => template === 'deleted') ?? {};
        assert.equal(facts?.withoutSnapshot, unkept);
        assert.equal(facts?.snapshotKeptUntil === null, unkept === 2);
        await snapshotsExpire(house, story, '31 days');
      }
    });

    it('takes no snapshot where the plan keeps none', async () => {
      const story = await inGrace(house);
      await story.pass('8 days');
      await story.ends();
      assert.equal(story.script.count('takeFinalSnapshot'), 0);
      const deleted = story.world.mails.find(({ template }) => template === 'deleted');
      assert.equal(deleted?.facts.snapshotKeptUntil, null);
    });

    it('never charges again while the servers cannot be stopped', async () => {
      const story = await live(house);
      story.script.plan('stopInstance', fails('needs-a-human', 'locked'));
      await story.insist('cancel', { when: 'now' });
      await story.needs('teardown-failed');
      assert.equal(story.world.charging, 'ends');
      await story.insist('retry');
      await serviceEnded(story);
    });

    it('needs a person when a deletion fails, goes on for the others, and is finished by a retry', async () => {
      const story = await inGrace(house, 3);
      story.script.plan('deleteInstance', fails('needs-a-human', 'locked'), { ordinal: 2 });
      await story.pass('8 days');
      await story.needs('teardown-failed');
      assert.deepEqual(powers(story), ['absent', 'off', 'absent']);
      assert.notEqual(story.world.charging, 'off');
      await story.insist('retry');
      await story.ends();
      assert.deepEqual(powers(story), ['absent', 'absent', 'absent']);
      assert.equal(story.script.count('deleteInstance', 1), 1);
    });

    it('needs a person when billing cannot be ended, and is finished by a retry', async () => {
      const story = await inGrace(house);
      story.script.plan('endBilling', fails('needs-a-human', 'bad-key'));
      await story.pass('8 days');
      await story.needs('billing-failed');
      assert.ok(!story.mails().includes('deleted'));
      await story.insist('retry');
      await story.ends();
      assert.equal(story.script.count('deleteInstance'), 1);
    });
  });
});

/** Lets time go on until no last snapshot is left; time stands still for later tests where one is. */
async function snapshotsExpire(house: House, story: Story, time: string): Promise<void> {
  const kept = story.world.servers.filter(({ snapshots }) => snapshots > 0);
  if (kept.length === 0) return;
  const passing = story.pass(time);
  for (const { id } of kept) {
    await house.client.workflow.getHandle(expiryOf(id)).result();
    await house.mendClock();
  }
  await passing;
}

const expiryOf = (instanceId: string): string => `snapshot-expiry/ins_${instanceId.replaceAll('-', '')}`;
