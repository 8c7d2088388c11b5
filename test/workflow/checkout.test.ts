import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { bill } from './model.ts';
import { fails } from './script.ts';

describe('an order before its first payment', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  it('says that it waits, and until when', async () => {
    const story = await house.order();
    const { stage, summary, dueAt } = await story.status();
    assert.deepEqual(
      [stage, summary, dueAt],
      ['awaiting-payment', 'Waiting for the first payment.', story.input.checkoutExpiresAt],
    );
  });

  it('is over when the checkout expires, and nothing is made or mailed', async () => {
    const story = await house.order();
    await story.billing('expired');
    assert.deepEqual(await story.ends(), { stage: 'torn-down' });
    assert.deepEqual(story.notes(), ['checkout-expired']);
    assert.deepEqual([story.world.servers, story.mails()], [[], []]);
  });

  it('closes the checkout itself when the message about its expiry was lost', async () => {
    const story = await house.order();
    await story.pass('24 hours');
    assert.equal(story.script.count('closeCheckout'), 0);
    await story.pass('2 hours');
    await story.ends();
    assert.equal(story.world.checkoutClosed, true);
  });

  it('goes on when closing the checkout finds a payment whose message was lost', async () => {
    const story = await house.order();
    story.billingUnheard('paid');
    await story.pass('26 hours');
    await story.reaches('active');
  });

  it('needs a person when the checkout cannot be closed, and is closed by a retry', async () => {
    const story = await house.order();
    story.script.plan('closeCheckout', fails('needs-a-human', 'bad-key'));
    await story.pass('26 hours');
    await story.needs('billing-failed');
    await story.insist('retry');
    await story.ends();
    assert.equal(story.world.checkoutClosed, true);
  });

  it('goes on when it is paid while a person is awaited', async () => {
    const story = await house.order();
    story.script.plan('closeCheckout', fails('needs-a-human', 'bad-key'));
    await story.pass('26 hours');
    await story.needs('billing-failed');
    await story.billing('paid');
    await story.reaches('active');
    assert.equal((await story.status()).attention, null);
  });

  it('can be withdrawn', async () => {
    const story = await house.order();
    await story.insist('cancel', { when: 'now' });
    await story.ends();
    assert.equal(story.world.checkoutClosed, true);
    assert.deepEqual(story.world.refunds, []);
    assert.equal(story.world.progress.at(-1)?.by.kind, 'staff');
  });

  for (const standing of ['paid', 'processing'] as const) {
    it(`that is withdrawn while it is being paid (${standing}) is paid back`, async () => {
      const story = await house.order();
      story.script.plan('closeCheckout', () => bill(story.world, standing));
      await story.insist('cancel', { when: 'now' });
      if (standing === 'processing') {
        await story.script.until('the debit is seen', () => /debit/.test(lastSummary(story.world)));
        await story.billing('paid');
      }
      await story.ends();
      assert.equal(story.world.refunds.length, 1);
      assert.ok(story.world.servers.every(({ power }) => power === 'absent'));
      assert.ok(!story.mails().includes('server-ready'));
    });
  }

  it('waits for days for a bank debit, and then makes the servers', async () => {
    const story = await house.order();
    await story.billing('processing');
    await story.script.until('it is said', () => /bank debit is under way/.test(lastSummary(story.world)));
    await story.pass('6 days');
    assert.equal((await story.status()).stage, 'awaiting-payment');
    assert.equal(story.script.calls.length, 1);
    await story.billing('paid');
    await story.reaches('active');
  });

  it('is over when the bank debit fails, and the customer is told', async () => {
    const story = await house.order();
    await story.billing('processing');
    await story.pass('3 days');
    await story.billing('unpaid');
    await story.ends();
    assert.deepEqual(story.mails(), ['checkout-expired']);
    assert.equal(story.world.charging, 'off', 'the provider would go on collecting');
  });

  it('needs a person when billing cannot be ended after that, and is over with a retry', async () => {
    const story = await house.order();
    await story.billing('processing');
    await story.script.until('it is said', () => /bank debit is under way/.test(lastSummary(story.world)));
    story.script.plan('endBilling', fails('needs-a-human', 'bad-key'));
    await story.billing('unpaid');
    await story.needs('billing-failed');
    assert.ok(!story.mails().includes('checkout-expired'));
    await story.insist('retry');
    await story.ends();
    assert.ok(story.mails().includes('checkout-expired'));
    assert.equal(story.world.charging, 'off');
  });

  const lastSummary = ({ progress }: { progress: { summary: string }[] }): string =>
    progress.at(-1)?.summary ?? '';
});
