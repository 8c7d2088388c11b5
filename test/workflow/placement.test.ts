import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { PROVIDERS } from './model.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

const [FIRST, SECOND] = PROVIDERS;

describe('a plan with two providers', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  const order = async (quantity = 1): Promise<Story> => {
    const story = await house.order({ quantity });
    story.world.providers = [...PROVIDERS];
    return story;
  };
  /** Where servers are, those that were undone left out. */
  const places = ({ world }: Story): string[] =>
    world.servers.filter(({ power }) => power !== 'absent').map(({ provider }) => provider);

  it('stays with the first as long as that one can', async () => {
    const story = await order(2);
    await story.goesLive();
    assert.deepEqual(places(story), [FIRST, FIRST]);
    assert.equal(story.script.count('placeElsewhere'), 0);
  });

  for (const step of ['createInstance', 'awaitReady', 'verifyCredentials'] as const) {
    it(`goes to the next when ${step} fails for good, and leaves nothing behind`, async () => {
      const story = await order();
      story.script.plan(step, fails('refused'));
      await story.goesLive();
      assert.deepEqual(places(story), [SECOND]);
      await story.script.until('what was begun is undone', () => story.script.count('releaseInstance') === 1);
      assert.equal((await story.status()).attention, null);
      assert.deepEqual(story.mails(), ['order-received', 'server-ready']);
    });
  }

  it('goes to the next when the first does not answer for half of the time', async () => {
    const story = await order();
    story.script.plan('createInstance', fails('retryable'), { times: 500 });
    await story.billing('paid');
    await story.pass('40 minutes');
    story.script.unplan();
    await story.reaches('active');
    assert.deepEqual(places(story), [SECOND]);
  });

  it('moves only the server that failed', async () => {
    const story = await order(3);
    story.script.plan('createInstance', fails('needs-a-human'), { ordinal: 2 });
    await story.goesLive();
    assert.deepEqual(places(story).sort(), [FIRST, FIRST, SECOND].sort());
    assert.equal(story.world.handOvers.length, 1);
  });

  it('needs a person when both have failed, with nothing left at either; a retry begins with the first', async () => {
    const story = await order();
    story.script.plan('createInstance', fails('refused'), { times: 2 });
    await story.billing('paid');
    await story.needs('provisioning-failed');
    assert.deepEqual(places(story), []);
    await story.insist('retry');
    await story.reaches('active');
    assert.deepEqual(places(story), [FIRST]);
  });

  it('keeps nobody waiting for a provider that cannot be asked to undo, and has it undone in the end', async () => {
    const story = await order();
    story.script.plan('awaitReady', fails('refused'));
    const held = story.script.hold('releaseInstance');
    await story.goesLive();
    await held.arrived;
    assert.equal((await story.status()).stage, 'active');
    assert.deepEqual(places(story), [SECOND]);
    held.letGo();
  });

  it('looks for no other place when it is cancelled meanwhile', async () => {
    const story = await order();
    const held = story.script.hold('awaitReady');
    await story.billing('paid');
    await held.arrived;
    await story.insist('cancel', { when: 'now' });
    held.letGo();
    await story.reaches('torn-down');
    assert.deepEqual(places(story), []);
    assert.equal(story.script.count('placeElsewhere'), 0);
    assert.equal(story.world.refunds.length, 1);
  });

  it('keeps to the provider of each server for the rest of its life', async () => {
    const story = await order();
    story.script.plan('createInstance', fails('refused'));
    await story.goesLive();
    await story.insist('suspend');
    await story.script.until('it is halted', ({ servers }) => servers.some(({ power }) => power === 'off'));
    const [, second] = story.world.servers;
    assert.equal(second?.provider, SECOND);
    assert.equal(second?.power, 'off');
  });
});
