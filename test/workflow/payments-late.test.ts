import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

describe('a payment that fails', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  async function overdue(): Promise<Story> {
    const story = await house.order();
    await story.goesLive();
    await story.billing('past-due');
    await story.script.until('the customer is asked', () => story.mails().includes('payment-failed'));
    return story;
  }

  it('leaves the servers running, says until when, and is mended by paying', async () => {
    const story = await overdue();
    const { stage, dueAt } = await story.status();
    assert.equal(stage, 'past-due');
    assert.equal(Math.round((Date.parse(dueAt ?? '') - (await house.now())) / 86_400_000), 7);
    await story.pass('6 days');
    await story.billing('paid');
    await story.reaches('active');
    assert.equal((await story.status()).dueAt, null);
    await story.pass('30 days');
    assert.equal(story.script.count('stopInstance'), 0);
  });

  it('suspends after its days, not without a look at the payment provider first', async () => {
    const story = await overdue();
    await story.pass('6 days');
    assert.equal(story.script.count('refreshBilling'), 0);
    await story.pass('2 days');
    await story.reaches('suspended');
    await story.script.until('it is told', () => story.mails().includes('suspended'));
    const names = story.script.calls.map(({ name }) => name);
    assert.ok(names.indexOf('refreshBilling') < names.indexOf('stopInstance'));
    assert.equal(story.world.servers[0]?.power, 'off');
    const told = story.world.mails.find(({ template }) => template === 'suspended');
    assert.equal(told?.facts.reason, 'payment');
    assert.equal(told.facts.deleteAt, (await story.status()).dueAt);
  });

  it('does not suspend somebody who has paid and whose message was lost', async () => {
    const story = await overdue();
    story.billingUnheard('paid');
    await story.pass('8 days');
    await story.reaches('active');
    assert.equal(story.script.count('stopInstance'), 0);
  });

  it('does not suspend somebody whose debit is under way', async () => {
    const story = await overdue();
    story.billingUnheard('processing');
    await story.pass('12 days');
    assert.equal((await story.status()).stage, 'past-due');
    assert.ok(story.script.count('refreshBilling') <= 12, 'looks twice a day at most');
    story.billingUnheard('paid');
    await story.pass('13 hours');
    await story.reaches('active');
    assert.equal(story.script.count('stopInstance'), 0);
  });

  it('suspends when the debit fails in the end', async () => {
    const story = await overdue();
    await story.billing('processing');
    await story.pass('10 days');
    await story.billing('past-due');
    await story.reaches('suspended');
  });

  it('suspends nobody while nobody can look, and needs a person for that', async () => {
    const story = await overdue();
    story.script.plan('refreshBilling', fails('needs-a-human', 'bad-key'));
    await story.pass('8 days');
    await story.needs('billing-failed');
    await story.pass('20 days');
    assert.equal((await story.status()).stage, 'past-due');
    await story.insist('retry');
    await story.reaches('suspended');
  });

  it('goes on past a failure of the payment provider over a weekend by itself', async () => {
    const story = await overdue();
    story.script.plan('refreshBilling', fails('retryable', 'down'), { times: 250 });
    await story.pass('11 days');
    await story.reaches('suspended');
  });

  it('leaves no paid period to wait for: a cancellation takes effect now', async () => {
    const story = await overdue();
    await story.insist('cancel', { when: 'period-end' });
    await story.reaches('cancelling');
    await story.script.until('it is halted', ({ servers }) => servers[0]?.power === 'off');
  });

  it('keeps its date when an older cancellation is taken back meanwhile', async () => {
    const story = await house.order();
    await story.goesLive();
    await story.insist('cancel', { when: 'period-end' });
    await story.script.until('billing ends', ({ charging }) => charging === 'ends');
    await story.billing('past-due');
    await story.script.until('the customer is asked', () => story.mails().includes('payment-failed'));
    story.script.plan('resumeBilling', () => story.world.billing);
    await story.insist('resume');
    await story.script.until('it is taken back', () => story.notes().includes('resumed'));
    assert.notEqual((await story.status()).dueAt, null);
    story.billingUnheard('past-due');
    await story.pass('8 days');
    await story.reaches('suspended');
  });

  it('that ends billing for good ends the service', async () => {
    const story = await overdue();
    await story.billing('ended');
    await story.reaches('cancelling');
    await story.script.until('it is halted', ({ servers }) => servers[0]?.power === 'off');
  });
});
