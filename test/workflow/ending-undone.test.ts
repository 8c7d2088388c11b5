import assert from 'node:assert/strict';
import { causeOf, inGrace, live, powers, serviceEnded } from './endings.ts';
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

  describe('is taken back in the grace period', () => {
    it('with the money first and the servers then', async () => {
      const story = await inGrace(house, 2);
      await story.pass('3 days');
      const before = story.script.calls.length;
      await story.insist('resume');
      await story.reaches('active');
      const names = story.script.calls.slice(before).map(({ name }) => name);
      assert.equal(names[0], 'resumeBilling');
      assert.deepEqual(powers(story), ['on', 'on']);
      assert.equal(story.world.charging, 'on');
      await story.pass('30 days');
      assert.deepEqual(powers(story), ['on', 'on']);
      const { dueAt, cancelAtPeriodEnd } = await story.status();
      assert.deepEqual([dueAt, cancelAtPeriodEnd], [null, false]);
    });

    it('not while the payment is declined: that needs a person, and goes on with a retry', async () => {
      const story = await inGrace(house);
      story.script.plan('resumeBilling', fails('needs-a-human', 'payment-declined'));
      await story.insist('resume');
      await story.needs('billing-failed');
      await story.pass('2 days');
      assert.deepEqual(powers(story), ['off']);
      assert.equal(story.mails().filter((template) => template === 'staff-attention').length, 1);
      await story.insist('retry');
      await story.reaches('active');
      assert.deepEqual(powers(story), ['on']);
    });

    it('not while the servers cannot be started: that needs a person, and goes on with a retry', async () => {
      const story = await inGrace(house);
      story.script.plan('startInstance', fails('needs-a-human', 'locked'));
      await story.insist('resume');
      await story.needs('resume-failed');
      await story.pass('30 days');
      assert.equal((await story.status()).stage, 'cancelling');
      assert.deepEqual(powers(story), ['off']);
      await story.insist('retry');
      await story.reaches('active');
      assert.equal(story.world.charging, 'on');
    });

    it('or, if that fails, cancelled all the same: then charges stop again', async () => {
      const story = await inGrace(house);
      story.script.plan('startInstance', fails('needs-a-human', 'locked'));
      await story.insist('resume');
      await story.needs('resume-failed');
      await story.insist('cancel', { when: 'now' });
      await story.script.until(
        'it ends again',
        () => story.mails().filter((one) => one === 'cancelled').length === 2,
      );
      assert.equal(story.world.charging, 'ends');
      await story.pass('8 days');
      await story.ends();
    });

    it('but not once the deletion has begun', async () => {
      const story = await inGrace(house);
      story.script.plan('deleteInstance', fails('needs-a-human', 'locked'));
      await story.pass('8 days');
      await story.needs('teardown-failed');
      const answer = await story.ask('resume');
      assert.deepEqual(answer, {
        outcome: 'rejected',
        reason: 'being-deleted',
        message: 'Its data is being deleted already.',
        nextStep: 'Place a new order.',
      });
    });
  });

  describe('for want of payment', () => {
    async function ended(): Promise<Story> {
      const story = await live(house);
      await story.billing('past-due');
      await story.reaches('past-due');
      await story.pass('8 days');
      await story.reaches('suspended');
      await story.pass('15 days');
      await serviceEnded(story);
      assert.equal(causeOf(story), 'overdue');
      return story;
    }

    it('is undone by paying in the grace period', async () => {
      const story = await ended();
      await story.billing('paid');
      await story.reaches('active');
      assert.deepEqual(powers(story), ['on']);
      assert.equal(story.world.charging, 'on');
    });

    it('deletes nothing before a last look at the payment provider', async () => {
      const story = await ended();
      story.billingUnheard('paid');
      await story.pass('8 days');
      await story.reaches('active');
      assert.equal(story.script.count('deleteInstance'), 0);
    });

    it('deletes in the end', async () => {
      const story = await ended();
      await story.pass('8 days');
      await story.ends();
      assert.deepEqual(powers(story), ['absent']);
    });
  });
});
