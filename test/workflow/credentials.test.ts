import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

describe('new credentials', () => {
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
  const told = (story: Story): Promise<void> =>
    story.script.until('the customer is told', () => story.mails().includes('credentials-rotated'));

  it('are made on every server, with new links and a mail', async () => {
    const story = await live(2);
    await story.insist('rotate-credentials');
    await told(story);
    const [first, second] = story.world.servers;
    assert.equal(first?.rotations.length, 1);
    assert.deepEqual(first.rotations, second?.rotations);
    assert.equal(story.world.renewedLinks.length, 1);
    await story.insist('rotate-credentials');
    await story.script.until(
      'again',
      () => story.notes().filter((one) => one === 'credentials-rotated').length === 2,
    );
    assert.equal(new Set(first.rotations).size, 2);
  });

  it('are not asked for twice at a time', async () => {
    const story = await live();
    const held = story.script.hold('rotateCredentials');
    await story.insist('rotate-credentials');
    await held.arrived;
    const answer = await story.ask('rotate-credentials');
    assert.equal(answer.outcome === 'rejected' && answer.reason, 'rotation-under-way');
    held.letGo();
    await told(story);
  });

  it('that cannot be set need a person, and are set by a retry', async () => {
    const story = await live(2);
    story.script.plan('rotateCredentials', fails('needs-a-human', 'locked'), { ordinal: 2 });
    await story.insist('rotate-credentials');
    await story.needs('rotation-failed');
    assert.deepEqual(story.world.renewedLinks, []);
    await story.insist('retry');
    await told(story);
    assert.equal((await story.status()).attention, null);
    assert.equal(story.script.count('rotateCredentials', 2), 2);
  });

  it('that are refused are noted by the person, and not tried again and again', async () => {
    const story = await live();
    story.script.plan('rotateCredentials', fails('refused', 'not-supported'), { times: Infinity });
    await story.insist('rotate-credentials');
    await story.needs('rotation-failed');
    await story.insist('retry');
    await story.reaches('active');
    assert.equal((await story.status()).attention, null);
    assert.equal(story.script.count('rotateCredentials'), 1);
  });

  it('that cannot be set keep nobody from being suspended', async () => {
    const story = await live();
    story.script.plan('rotateCredentials', fails('needs-a-human', 'locked'));
    await story.insist('rotate-credentials');
    await story.needs('rotation-failed');
    await story.insist('suspend', { reason: 'abuse' });
    await story.reaches('suspended');
    await story.script.until('it is halted', ({ servers }) => servers[0]?.power === 'off');
  });
});
