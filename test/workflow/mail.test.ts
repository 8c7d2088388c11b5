import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';

describe('mails beside the story', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  it('keep nothing waiting when the mail server is down for three days, and all arrive then', async () => {
    const story = await house.order();
    story.script.plan('sendMail', fails('retryable', 'connection-refused'), { times: Infinity });
    await story.billing('paid');
    await story.reaches('active');
    await story.insist('suspend', { reason: 'abuse' });
    await story.script.until('it is halted', ({ servers }) => servers[0]?.power === 'off');
    await story.insist('resume');
    await story.reaches('active');
    await story.pass('3 days');
    assert.deepEqual(story.mails(), []);
    story.script.unplan();
    await story.pass('1 hour');
    assert.deepEqual(story.mails().sort(), ['order-received', 'resumed', 'server-ready', 'suspended']);
    assert.deepEqual(story.world.undeliverable, []);
  });

  it('go on the record when they cannot be delivered for good', async () => {
    const story = await house.order();
    story.script.plan('sendMail', fails('refused', 'no-such-user'));
    await story.goesLive();
    await story.script.until('it is noted', ({ undeliverable }) => undeliverable.length === 1);
    assert.match(story.world.undeliverable[0] ?? '', /order-received$/);
    assert.equal((await story.status()).attention, null);
  });

  it('with the credentials need a person when undeliverable, and are sent again by a retry', async () => {
    const story = await house.order();
    await story.billing('processing');
    story.script.plan('sendMail', () => 'sent');
    story.script.plan('sendMail', fails('refused', 'no-such-user'));
    await story.billing('paid');
    await story.needs('mail-failed');
    assert.ok(!story.mails().includes('server-ready'));
    await story.insist('retry');
    await story.script.until('it is sent', () => story.mails().includes('server-ready'));
    assert.equal((await story.status()).attention, null);
  });

  for (const opened of [false, true]) {
    it(`in doubt are followed by ${opened ? 'nothing, once the links were opened' : 'one reminder'}`, async () => {
      const story = await house.order();
      story.world.unopenedLinks = !opened;
      await story.billing('processing');
      story.script.plan('sendMail', () => 'in-doubt', { times: 2 });
      await story.billing('paid');
      await story.reaches('active');
      await story.script.until('both were tried', () => story.script.count('sendMail') === 2);
      await story.pass('14 minutes');
      assert.deepEqual(story.mails(), []);
      assert.equal(story.script.count('hasUnopenedLinks'), 0);
      await story.pass('2 minutes');
      await story.pass('2 days');
      assert.equal(story.script.count('hasUnopenedLinks'), 1);
      assert.deepEqual(story.mails(), opened ? [] : ['credentials-reminder']);
    });
  }
});
