import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails, losesAnswer, takes } from './script.ts';

describe('from paid to working servers', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  for (const quantity of [1, 3]) {
    it(`makes ${quantity}, tries the credentials, hands over and tells the customer`, async () => {
      const story = await house.order({ quantity });
      await story.goesLive();
      const { stage, attention, instances } = await story.status();
      assert.deepEqual([stage, attention], ['active', null]);
      assert.deepEqual(
        instances.map(({ ordinal, state }) => [ordinal, state]),
        Array.from({ length: quantity }, (_, index) => [index + 1, 'active']),
      );
      assert.equal(story.script.count('verifyCredentials'), quantity);
      assert.ok(story.world.servers.every(({ made, power }) => made === 1 && power === 'on'));
      assert.equal(story.world.handOvers.length, 1);
      assert.deepEqual(story.mails(), ['order-received', 'server-ready']);
      assert.deepEqual(story.notes(), ['payment-received', 'activated']);
    });
  }

  it('hands over nothing before its credentials have worked', async () => {
    const story = await house.order({ quantity: 2 });
    const held = story.script.hold('verifyCredentials', { ordinal: 2 });
    await story.billing('paid');
    await held.arrived;
    assert.equal((await story.status()).stage, 'provisioning');
    assert.deepEqual(story.world.handOvers, []);
    assert.ok(!story.mails().includes('server-ready'));
    held.letGo();
    await story.reaches('active');
    assert.equal(story.world.handOvers.length, 1);
  });

  it('goes on by itself after passing faults and a lost answer', async () => {
    const story = await house.order();
    story.script.plan('createInstance', fails('throttled'));
    story.script.plan('createInstance', losesAnswer());
    story.script.plan('awaitReady', fails('retryable'), { times: 3 });
    await story.billing('paid');
    await story.pass('1 minute');
    await story.reaches('active');
    assert.equal(story.world.servers[0]?.made, 1);
  });

  it('tells the customer once when it takes longer than promised', async () => {
    const story = await house.order({ quantity: 3 });
    story.script.plan('awaitReady', takes('25 minutes'), { times: 3 });
    await story.billing('paid');
    await story.pass('9 minutes');
    assert.ok(!story.mails().includes('provisioning-delayed'));
    await story.pass('2 minutes');
    await story.script.until('it is told', () => story.mails().includes('provisioning-delayed'));
    assert.match((await story.status()).summary, /longer than usual/);
    await story.pass('15 minutes');
    await story.reaches('active');
    assert.deepEqual(story.mails(), ['order-received', 'provisioning-delayed', 'server-ready']);
    assert.equal(story.notes().filter((kind) => kind === 'provisioning-delayed').length, 1);
  });

  it('still tells of the delay when the servers are ready before the mail server is', async () => {
    const story = await house.order();
    story.script.plan('awaitReady', takes('12 minutes'));
    await story.billing('paid');
    await story.pass('9 minutes');
    story.script.plan('sendMail', fails('retryable'), { times: 8 });
    await story.pass('4 minutes');
    await story.reaches('active');
    await story.pass('2 hours');
    assert.deepEqual(story.mails().sort(), ['order-received', 'provisioning-delayed', 'server-ready']);
    assert.deepEqual(story.world.undeliverable, []);
  });

  it('gives up at the deadline, and removes what it has begun', async () => {
    const story = await house.order();
    story.script.plan('awaitReady', fails('retryable'), { times: Infinity });
    await story.billing('paid');
    await story.pass('59 minutes');
    assert.equal((await story.status()).stage, 'provisioning');
    assert.equal((await story.status()).attention, null);
    await story.pass('2 minutes');
    await story.needs('provisioning-failed');
    assert.equal(story.world.servers[0]?.power, 'absent');
  });
});
