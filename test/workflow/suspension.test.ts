import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

describe('a suspension', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  async function live(quantity = 1): Promise<Story> {
    const story = await house.order({ quantity });
    await story.goesLive();
    return story;
  }

  async function overdueFor(story: Story, days: number): Promise<void> {
    await story.billing('past-due');
    await story.reaches('past-due');
    await story.pass(`${days} days`);
  }

  async function suspendedForPayment(): Promise<Story> {
    const story = await live();
    await overdueFor(story, 8);
    await halted(story);
    return story;
  }

  async function suspendedByStaff(quantity = 1): Promise<Story> {
    const story = await live(quantity);
    await story.insist('suspend', { reason: 'abuse' });
    await halted(story);
    return story;
  }

  const halted = (story: Story): Promise<void> =>
    story.script.until('it is suspended', () => story.mails().includes('suspended'));
  const powers = ({ world }: Story): string[] => world.servers.map(({ power }) => power);

  it('for want of payment is lifted by the payment, after the credentials were tried', async () => {
    const story = await suspendedForPayment();
    const tried = story.script.count('verifyCredentials');
    await story.billing('paid');
    await story.reaches('active');
    await story.script.until('it is told', () => story.mails().includes('resumed'));
    assert.deepEqual(powers(story), ['on']);
    assert.equal(story.script.count('verifyCredentials'), tried + 1);
    assert.equal((await story.status()).instances[0]?.state, 'active');
  });

  it('is finished first and then undone when the payment lands while it is being carried out', async () => {
    const story = await live();
    const held = story.script.hold('stopInstance');
    await story.billing('past-due');
    await story.reaches('past-due');
    const passing = story.pass('8 days');
    await held.arrived;
    await story.billing('paid');
    held.letGo();
    await passing;
    await story.reaches('active');
    assert.deepEqual(powers(story), ['on']);
    assert.ok(!story.mails().includes('suspended'));
    const names = story.script.calls.map(({ name }) => name);
    assert.ok(names.lastIndexOf('startInstance') > names.lastIndexOf('stopInstance'));
  });

  it('by staff halts every server, has no end of its own, and is not lifted by a payment', async () => {
    const story = await suspendedByStaff(3);
    assert.deepEqual(powers(story), ['off', 'off', 'off']);
    await story.billing('past-due');
    await story.billing('paid');
    await story.pass('60 days');
    const { stage, dueAt, summary } = await story.status();
    assert.deepEqual([stage, dueAt], ['suspended', null]);
    assert.match(summary, /by staff/);
    await story.insist('resume');
    await story.reaches('active');
    assert.deepEqual(powers(story), ['on', 'on', 'on']);
  });

  it('by staff that is lifted while a payment is missing goes back to waiting for it', async () => {
    const story = await suspendedByStaff();
    await story.billing('past-due');
    await story.insist('resume');
    await story.reaches('past-due');
    assert.notEqual((await story.status()).dueAt, null);
  });

  it('for want of payment can be taken over by staff: the payment then lifts nothing', async () => {
    const story = await suspendedForPayment();
    await story.insist('suspend', { reason: 'abuse' });
    await story.script.until('it is taken over', ({ progress }) =>
      /abuse/.test(progress.at(-1)?.summary ?? ''),
    );
    await story.billing('paid');
    await story.pass('60 days');
    assert.equal((await story.status()).stage, 'suspended');
    assert.deepEqual(powers(story), ['off']);
    await story.insist('resume');
    await story.reaches('active');
  });

  it('that staff ask for just as the payment arrives halts the servers', async () => {
    const story = await live();
    const held = story.script.hold('stopInstance');
    await story.billing('past-due');
    await story.reaches('past-due');
    const passing = story.pass('8 days');
    await held.arrived;
    await story.insist('suspend', { reason: 'abuse' });
    await story.billing('paid');
    held.letGo();
    await passing;
    await story.script.until('staff have it', ({ progress }) => /abuse/.test(progress.at(-1)?.summary ?? ''));
    assert.deepEqual(powers(story), ['off']);
    assert.equal((await story.status()).stage, 'suspended');
  });

  it('that fails needs a person, goes on for the other servers, and is repeated by a retry', async () => {
    const story = await live(2);
    story.script.plan('stopInstance', fails('needs-a-human', 'locked'), { ordinal: 1 });
    await story.insist('suspend', { reason: 'abuse' });
    await story.needs('suspend-failed');
    assert.deepEqual(powers(story), ['on', 'off']);
    await story.insist('retry');
    await halted(story);
    assert.deepEqual(powers(story), ['off', 'off']);
    assert.equal((await story.status()).attention, null);
  });

  it('that fails is given up when the payment arrives', async () => {
    const story = await live();
    story.script.plan('stopInstance', fails('needs-a-human', 'locked'));
    await overdueFor(story, 8);
    await story.needs('suspend-failed');
    await story.billing('paid');
    await story.reaches('active');
    assert.deepEqual(powers(story), ['on']);
    assert.equal((await story.status()).attention, null);
  });

  for (const who of ['staff', 'a payment'] as const) {
    it(`whose lifting by ${who} fails needs a person once, and is lifted by a retry`, async () => {
      const story = who === 'staff' ? await suspendedByStaff() : await suspendedForPayment();
      story.script.plan('verifyCredentials', fails('needs-a-human', 'identity-changed'));
      if (who === 'staff') await story.insist('resume');
      else await story.billing('paid');
      await story.needs('resume-failed');
      await story.pass('2 days');
      assert.equal(story.mails().filter((template) => template === 'staff-attention').length, 1);
      assert.equal((await story.status()).stage, 'suspended');
      await story.insist('retry');
      await story.reaches('active');
      assert.deepEqual(powers(story), ['on']);
    });
  }

  it('whose lifting fails can be cancelled: what runs by then is halted', async () => {
    const story = await suspendedByStaff(2);
    story.script.plan('startInstance', fails('needs-a-human', 'vanished'), { ordinal: 2 });
    await story.insist('resume');
    await story.needs('resume-failed');
    assert.deepEqual(powers(story), ['on', 'off']);
    await story.insist('cancel', { when: 'now' });
    await story.script.until('the service ends', () => story.notes().includes('service-ended'));
    assert.deepEqual(powers(story), ['off', 'off']);
  });

  it('that lasts too long ends the service, not without a look first', async () => {
    const story = await suspendedForPayment();
    const looks = story.script.count('refreshBilling');
    await story.pass('13 days');
    assert.equal((await story.status()).stage, 'suspended');
    await story.pass('2 days');
    await story.reaches('cancelling');
    assert.equal(story.script.count('refreshBilling'), looks + 1);
    assert.equal(story.world.charging, 'ends');
  });

  it('does not end the service of somebody who has paid and whose message was lost', async () => {
    const story = await suspendedForPayment();
    story.billingUnheard('paid');
    await story.pass('15 days');
    await story.reaches('active');
    assert.deepEqual(powers(story), ['on']);
  });

  it('does not end the service of somebody whose debit is under way', async () => {
    const story = await suspendedForPayment();
    await story.billing('processing');
    await story.pass('18 days');
    assert.equal((await story.status()).stage, 'suspended');
    await story.billing('paid');
    await story.reaches('active');
  });

  it('ends with billing', async () => {
    const story = await suspendedForPayment();
    await story.billing('ended');
    await story.reaches('cancelling');
  });
});
