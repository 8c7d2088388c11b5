import assert from 'node:assert/strict';
import { CHARGED_MINOR, PLAN } from './plans-model.ts';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { bill } from './model.ts';
import { fails, losesAnswer } from './script.ts';
import type { Story } from './story.ts';

const UP = { planKey: 'linux-l', planVersion: 1 };
const DAY_MS = 86_400_000;

/** Everything as the customer bought it: nothing of the change is left. */
function assertUnchanged({ world }: Story): void {
  assert.deepEqual([world.plans.plan, world.plans.billed, world.plans.pending], [PLAN, PLAN, null]);
  assert.deepEqual(new Set(world.servers.map(({ size }) => size)), new Set([PLAN]));
}

/** Servers, price and the subscription are of one plan. */
function assertIsOf({ world }: Story, plan: string): void {
  assert.deepEqual([world.plans.plan, world.plans.billed, world.plans.pending], [plan, plan, null]);
  assert.deepEqual(new Set(world.servers.map(({ size }) => size)), new Set([plan]));
}

const told = (story: Story, mail: string): Promise<void> =>
  story.script.until(mail, () => story.mails().includes(mail));

describe('a change to a dearer plan', () => {
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

  it('charges, resizes every server, tries it, and is told', async () => {
    const story = await live(2);
    const verified = story.script.count('verifyCredentials');
    await story.insist('change-plan', UP);
    await told(story, 'plan-changed');
    assertIsOf(story, 'plan-l');
    assert.equal(story.script.count('verifyCredentials'), verified + 2);
    assert.ok(story.script.calls.findIndex(({ name }) => name === 'changePrice') > 0);
    assert.ok(
      story.script.calls.findIndex(({ name }) => name === 'changePrice') <
        story.script.calls.findIndex(({ name }) => name === 'resizeInstance'),
    );
    const mail = story.world.mails.find(({ template }) => template === 'plan-changed');
    assert.deepEqual(mail?.facts, { amountMinor: 9_800, chargedMinor: CHARGED_MINOR });
    assert.deepEqual(story.notes().slice(-2), ['plan-change-requested', 'plan-changed']);
    assert.deepEqual((await story.status()).attention, null);
  });

  it('makes the new terms the subscription’s, for all that comes later', async () => {
    const story = await live();
    await story.insist('change-plan', UP);
    await told(story, 'plan-changed');
    await story.insist('cancel', { when: 'now' });
    await told(story, 'cancelled');
    const days = (Date.parse((await story.status()).dueAt ?? '') - (await house.now())) / DAY_MS;
    assert.ok(Math.abs(days - 3) < 0.1, `the new plan keeps data for 3 days, not ${days}`);
    const { typedSearchAttributes } = await story.handle.describe();
    const plan = typedSearchAttributes.getAll().find(({ key }) => key.name === 'TenurePlan');
    assert.equal(plan?.value, 'linux-l');
  });

  it('changes nothing when the card is declined, and says so', async () => {
    const story = await live();
    story.script.plan('changePrice', fails('needs-a-human', 'payment-declined'));
    await story.insist('change-plan', UP);
    await told(story, 'plan-change-failed');
    assertUnchanged(story);
    assert.equal(story.script.count('resizeInstance'), 0);
    const mail = story.world.mails.find(({ template }) => template === 'plan-change-failed');
    assert.deepEqual(mail?.facts, { cause: 'declined', refundedMinor: 0 });
    assert.equal((await story.status()).attention, null, 'nobody is needed');
    await story.insist('change-plan', UP);
    await told(story, 'plan-changed');
    assertIsOf(story, 'plan-l');
  });

  it('of a plan that is gone meanwhile is refused with a mail', async () => {
    const story = await live();
    await story.insist('change-plan', { planKey: 'gone', planVersion: 1 });
    await told(story, 'plan-change-failed');
    assertUnchanged(story);
    assert.equal(story.script.count('changePrice'), 0);
  });

  for (const ordinal of [1, 2, 3]) {
    it(`is undone for all three servers, and its price, when server ${ordinal} cannot be resized`, async () => {
      const story = await live(3);
      story.script.plan('resizeInstance', fails('refused', 'sold-out'), { ordinal });
      await story.insist('change-plan', UP);
      await told(story, 'plan-change-failed');
      assertUnchanged(story);
      assert.equal(story.world.plans.givenBack.length, 1);
      const mail = story.world.mails.find(({ template }) => template === 'plan-change-failed');
      assert.deepEqual(mail?.facts, { cause: 'failed', refundedMinor: CHARGED_MINOR });
    });
  }

  it('counts as failed when nobody can sign in after it', async () => {
    const story = await live();
    story.script.plan('verifyCredentials', fails('refused', 'credentials-refused'));
    await story.insist('change-plan', UP);
    await told(story, 'plan-change-failed');
    assertUnchanged(story);
  });

  it('whose answers are lost is done once', async () => {
    const story = await live(2);
    story.script.plan('changePrice', losesAnswer());
    story.script.plan('resizeInstance', losesAnswer(), { ordinal: 1 });
    await story.insist('change-plan', UP);
    await told(story, 'plan-changed');
    assertIsOf(story, 'plan-l');
    assert.equal(story.world.plans.priceChanges.length, 1);
  });

  it('that can be neither made nor undone needs a person; a retry goes on undoing', async () => {
    const story = await live(2);
    story.script.plan('resizeInstance', fails('refused', 'sold-out'), { ordinal: 2 });
    const undoing = story.script.hold('undoPriceChange');
    await story.insist('change-plan', UP);
    await undoing.arrived;
    undoing.letGo();
    await told(story, 'plan-change-failed');

    story.script.plan('resizeInstance', fails('refused', 'sold-out'), { ordinal: 2 });
    story.script.plan('undoPriceChange', fails('needs-a-human', 'bad-credentials'));
    await story.insist('change-plan', UP);
    await story.needs('plan-change-failed');
    assert.deepEqual(new Set(story.world.servers.map(({ size }) => size)), new Set([PLAN]));
    assert.equal(story.world.plans.billed, 'plan-l', 'the price is still to be put back');
    const refused = await story.ask('change-plan', UP);
    assert.equal(refused.outcome === 'rejected' && refused.reason, 'plan-change-under-way');
    await story.insist('retry');
    await story.reaches('active');
    await story.script.until('it is all as before', ({ plans }) => plans.pending === null);
    assertUnchanged(story);
    await story.script.until(
      'the second failure is told',
      () => story.mails().filter((mail) => mail === 'plan-change-failed').length === 2,
    );
  });

  it('goes on past a size that the provider will never take back, and a person takes note', async () => {
    const story = await live(2);
    story.script.plan('resizeInstance', fails('refused', 'sold-out'), { ordinal: 2 });
    story.script.plan('resizeInstance', (effect) => effect(), { ordinal: 1 });
    story.script.plan('resizeInstance', fails('refused', 'no-smaller'), { ordinal: 1 });
    await story.insist('change-plan', UP);
    await story.needs('plan-change-failed');
    assert.equal(story.world.plans.billed, PLAN, 'the price is back all the same');
    const resizes = story.script.count('resizeInstance');
    await story.insist('retry');
    await told(story, 'plan-change-failed');
    assert.equal(story.script.count('resizeInstance'), resizes, 'what is refused is not asked again');
    assert.equal((await story.status()).attention, null);
  });

  it('that is cancelled while it is charged gives the money back and ends', async () => {
    const story = await live();
    const held = story.script.hold('changePrice');
    await story.insist('change-plan', UP);
    await held.arrived;
    await story.insist('cancel', { when: 'now' });
    held.letGo();
    await told(story, 'cancelled');
    assertUnchanged(story);
    assert.equal(story.world.plans.givenBack.length, 1);
    assert.equal(story.script.count('resizeInstance'), 0);
    assert.ok(story.notes().includes('plan-change-withdrawn'));
  });

  it('that is cancelled while servers are resized is finished first', async () => {
    const story = await live();
    const held = story.script.hold('resizeInstance');
    await story.insist('change-plan', UP);
    await held.arrived;
    await story.insist('cancel', { when: 'period-end' });
    held.letGo();
    await story.script.until('billing ends', ({ charging }) => charging === 'ends');
    assertIsOf(story, 'plan-l');
    const refused = await story.ask('change-plan', UP);
    assert.equal(refused.outcome === 'rejected' && refused.reason, 'ending');
  });

  it('paid by a debit that is under way goes back when the debit has come to its end', async () => {
    const story = await live();
    story.script.plan('changePrice', (effect) => {
      const made = effect();
      return { ...made, chargedMinor: 0, view: bill(story.world, 'processing') };
    });
    story.script.plan('resizeInstance', fails('refused', 'sold-out'));
    await story.insist('change-plan', UP);
    await story.script.until(
      'the price is back',
      ({ plans }) => plans.billed === PLAN && plans.priceChanges.length > 0,
    );
    const busy = await story.ask('change-plan', UP);
    assert.equal(busy.outcome, 'rejected');
    assert.deepEqual(story.world.plans.givenBack, []);
    await story.billing('paid');
    await told(story, 'plan-change-failed');
    assertUnchanged(story);
    assert.equal(story.world.plans.givenBack.length, 1);
    assert.ok(story.script.count('undoPriceChange') <= 3, 'asked again only when something has changed');
  });

  it('is asked for only where nothing else is in the way', async () => {
    const story = await live();
    const unreadable = await story.ask('change-plan', { planKey: 7 as never, planVersion: 1 });
    assert.equal(unreadable.outcome === 'rejected' && unreadable.reason, 'unreadable');
    const nothing = await story.ask('keep-plan');
    assert.equal(nothing.outcome === 'rejected' && nothing.reason, 'no-plan-change');
    await story.billing('processing');
    const open = await story.ask('change-plan', UP);
    assert.equal(open.outcome === 'rejected' && open.reason, 'payment-open');
    await story.billing('paid');
    await story.insist('cancel', { when: 'period-end' });
    await story.script.until('billing ends', ({ charging }) => charging === 'ends');
    const ending = await story.ask('change-plan', UP);
    assert.equal(ending.outcome === 'rejected' && ending.reason, 'ending');
    await story.insist('suspend');
    await told(story, 'suspended');
    const suspended = await story.ask('change-plan', UP);
    assert.equal(suspended.outcome === 'rejected' && suspended.reason, 'not-running');
  });
});
