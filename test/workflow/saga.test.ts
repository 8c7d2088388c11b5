import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import type { ActivityName } from './model.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

describe('a making that fails', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  /** Three servers, of which the provider refuses the second while the others are being made. */
  async function refused(): Promise<Story> {
    const story = await house.order({ quantity: 3 });
    const others = [1, 3].map((ordinal) => {
      const held = story.script.hold('createInstance', { ordinal });
      return held.arrived;
    });
    const refusal = fails('refused', 'region-sold-out');
    story.script.plan('createInstance', () => Promise.all(others).then(refusal), { ordinal: 2 });
    return story;
  }

  const nothingIsLeft = ({ world }: Story): void =>
    assert.ok(world.servers.every(({ power }) => power === 'absent'));

  it('is undone for all servers, said to customer and staff, and made anew by a retry', async () => {
    const story = await refused();
    await story.billing('paid');
    await story.needs('provisioning-failed');
    nothingIsLeft(story);
    assert.equal(story.script.count('releaseInstance'), 3);
    const { attention } = await story.status();
    assert.deepEqual(attention?.options, ['retry', 'refund']);
    assert.match(attention.message, /region-sold-out/);
    await story.script.until('both are told', () => story.mails().length === 3);
    // The two go out side by side.
    assert.deepEqual(story.mails().sort(), ['order-received', 'provisioning-failed', 'staff-attention']);

    await story.insist('retry');
    await story.reaches('active');
    assert.equal((await story.status()).attention, null);
    const made = story.world.servers.filter(({ power }) => power === 'on');
    assert.deepEqual(
      made.map(({ ordinal, generation }) => [ordinal, generation]),
      [1, 2, 3].map((ordinal) => [ordinal, 2]),
    );
  });

  for (const k of [1, 2, 3]) {
    it(`is undone for the others when server ${k} cannot be released, and needs a person`, async () => {
      const story = await refused();
      story.script.plan('releaseInstance', fails('needs-a-human', 'locked'), { ordinal: k });
      await story.billing('paid');
      await story.needs('compensation-failed');
      assert.deepEqual(
        [1, 2, 3].map((ordinal) => story.script.count('releaseInstance', ordinal)),
        [1, 1, 1],
      );
      for (const { ordinal, power, made } of story.world.servers) {
        assert.equal(power, ordinal === k && made === 1 ? 'on' : 'absent', `server ${ordinal}`);
      }
      assert.deepEqual((await story.status()).attention?.options, ['retry']);

      await story.insist('retry');
      await story.needs('provisioning-failed');
      nothingIsLeft(story);
      await story.insist('retry');
      await story.reaches('active');
      assert.equal(story.world.servers.filter(({ power }) => power === 'on').length, 3);
    });
  }

  it('is paid back when that is chosen', async () => {
    const story = await refused();
    await story.billing('paid');
    await story.needs('provisioning-failed');
    await story.insist('refund');
    assert.deepEqual(await story.ends(), { stage: 'torn-down' });
    nothingIsLeft(story);
    assert.equal(story.world.refunds.length, 1);
    assert.equal(story.world.charging, 'off');
    const refunded = story.world.mails.find(({ template }) => template === 'refunded');
    assert.equal(refunded?.facts.amountMinor, 1_500);
    assert.ok(story.notes().includes('refunded'));
  });

  it('is paid back once, even when the payment provider first refuses it', async () => {
    const story = await refused();
    story.script.plan('endBilling', fails('needs-a-human', 'bad-key'));
    await story.billing('paid');
    await story.needs('provisioning-failed');
    await story.insist('refund');
    await story.needs('billing-failed');
    await story.insist('retry');
    await story.ends();
    assert.equal(story.world.refunds.length, 1);
    assert.equal(story.mails().filter((template) => template === 'refunded').length, 1);
  });

  it('is paid back when it is cancelled instead of tried again', async () => {
    const story = await refused();
    await story.billing('paid');
    await story.needs('provisioning-failed');
    await story.insist('cancel', { when: 'now' });
    await story.ends();
    assert.equal(story.world.refunds.length, 1);
  });

  const steps: ActivityName[] = ['createInstance', 'awaitReady', 'verifyCredentials'];
  for (const step of steps) {
    it(`that is cancelled during ${step} is undone, paid back and over`, async () => {
      const story = await house.order({ quantity: 2 });
      const held = story.script.hold(step, { ordinal: 1 });
      const other = story.script.hold('verifyCredentials', { ordinal: 2 });
      await story.billing('paid');
      await Promise.all([held.arrived, other.arrived]);
      await story.insist('cancel', { when: 'now' });
      await story.ends();
      nothingIsLeft(story);
      const released = story.script.calls.findIndex(({ name }) => name === 'releaseInstance');
      assert.ok(story.script.calls.slice(released).every(({ name }) => name !== 'createInstance'));
      assert.equal(story.world.refunds.length, 1);
      assert.equal(story.world.charging, 'off');
      assert.deepEqual(story.mails().sort(), ['order-received', 'refunded']);
    });
  }

  it('because billing has ended meanwhile is undone and paid back', async () => {
    const story = await house.order();
    const held = story.script.hold('awaitReady');
    await story.billing('paid');
    await held.arrived;
    await story.billing('ended');
    await story.ends();
    nothingIsLeft(story);
    assert.equal(story.world.refunds.length, 1);
  });

  it('is not what a cancellation at the period’s end asks for: that is noted and honoured later', async () => {
    const story = await house.order();
    const held = story.script.hold('awaitReady');
    await story.billing('paid', '2099-01-01T00:00:00Z');
    await held.arrived;
    await story.insist('cancel', { when: 'period-end' });
    held.letGo();
    await story.reaches('active');
    await story.script.until('billing ends', ({ charging }) => charging === 'ends');
    await story.script.until('it is said', () => story.notes().includes('cancel-requested'));
    const { stage, cancelAtPeriodEnd, dueAt } = await story.status();
    assert.deepEqual([stage, cancelAtPeriodEnd, dueAt], ['active', true, '2099-01-01T00:00:00Z']);
  });

  it('leaves a cancellation at the period’s end that was taken back without effect', async () => {
    const story = await house.order();
    const held = story.script.hold('awaitReady');
    await story.billing('paid');
    await held.arrived;
    await story.insist('cancel', { when: 'period-end' });
    await story.insist('resume');
    held.letGo();
    await story.reaches('active');
    assert.equal((await story.status()).cancelAtPeriodEnd, false);
    assert.equal(story.script.count('endAtPeriodEnd'), 0);
  });
});
