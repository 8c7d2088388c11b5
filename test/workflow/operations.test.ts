import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

describe('an operation on a server', () => {
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
  async function done(story: Story, ...asked: Parameters<Story['operate']>): Promise<void> {
    const { operationId, answer } = await story.operate(...asked);
    assert.equal(answer.outcome, 'done', JSON.stringify(answer));
    assert.equal(await story.outcomeOf(operationId), null);
  }
  const reasonOf = ({ answer }: Awaited<ReturnType<Story['operate']>>): string =>
    answer.outcome === 'rejected' ? answer.reason : answer.outcome;
  const doneTo = ({ world }: Story, ordinal: number): string[] | undefined =>
    world.servers.find((one) => one.ordinal === ordinal)?.operations;

  it('is done once, and leaves the subscription as it is', async () => {
    const story = await live();
    const before = await story.status();
    await done(story, 'reboot');
    assert.deepEqual(doneTo(story, 1), ['reboot']);
    assert.deepEqual({ ...(await story.status()), instances: [] }, { ...before, instances: [] });
  });

  it('waits for the one before it on the same server, while others go on side by side', async () => {
    const story = await live(2);
    const held = story.script.hold('performOperation', { ordinal: 1 });
    const first = await story.operate('reboot', 1);
    await held.arrived;
    const second = await story.operate('rename', 1);
    await done(story, 'reboot', 2);
    assert.deepEqual([doneTo(story, 1), doneTo(story, 2)], [['reboot'], ['reboot']]);
    held.letGo();
    assert.equal(await story.outcomeOf(first.operationId), null);
    assert.equal(await story.outcomeOf(second.operationId), null);
    assert.deepEqual(doneTo(story, 1), ['reboot', 'rename']);
  });

  it('is refused when one of its kind is under way, the state does not fit, or the server is unknown', async () => {
    const story = await live();
    assert.equal(reasonOf(await story.operate('start')), 'not-fitting');
    assert.equal(reasonOf(await story.operate('reboot', 7)), 'unknown-instance');
    const held = story.script.hold('performOperation');
    const first = await story.operate('reboot');
    await held.arrived;
    assert.equal(reasonOf(await story.operate('reboot')), 'operation-under-way');
    held.letGo();
    assert.equal(await story.outcomeOf(first.operationId), null);
    await done(story, 'reboot');
  });

  it('is looked at again when its turn comes: what no longer fits fails in words', async () => {
    const story = await live();
    const held = story.script.hold('performOperation');
    await story.operate('stop');
    await held.arrived;
    const { operationId } = await story.operate('reboot');
    held.letGo();
    assert.equal(await story.outcomeOf(operationId), 'not-fitting');
    assert.deepEqual(doneTo(story, 1), ['stop']);
  });

  it('that fails is told to whoever asked; staff hear of it only if they can help', async () => {
    const story = await live();
    story.script.plan('performOperation', fails('refused', 'unsupported'));
    const refused = await story.operate('rename');
    assert.equal(await story.outcomeOf(refused.operationId), 'unsupported');
    assert.ok(!story.mails().includes('staff-attention'));
    story.script.plan('performOperation', fails('needs-a-human', 'vanished'));
    const vanished = await story.operate('reboot');
    assert.equal(await story.outcomeOf(vanished.operationId), 'vanished');
    await story.script.until('staff are told', () => story.mails().includes('staff-attention'));
    const { stage, attention } = await story.status();
    assert.deepEqual({ stage, attention }, { stage: 'active', attention: null });
    await done(story, 'reboot');
  });

  it('is tried for its time only', async () => {
    const story = await live();
    story.script.plan('performOperation', fails('retryable', 'server-error'), { times: Infinity });
    const { operationId } = await story.operate('open-console');
    await story.script.until('it was tried', () => story.script.count('performOperation') > 0);
    await story.pass('10 minutes');
    assert.equal(await story.outcomeOf(operationId), 'deadline');
    await story.script.until('staff are told', () => story.mails().includes('staff-attention'));
  });

  it('under way is waited for by a cancellation; what is queued has come too late', async () => {
    const story = await live();
    const held = story.script.hold('performOperation');
    const first = await story.operate('take-snapshot');
    await held.arrived;
    const second = await story.operate('reboot');
    await story.insist('cancel', { when: 'now' });
    assert.equal(await story.outcomeOf(second.operationId), 'superseded');
    assert.equal(story.script.count('stopInstance'), 0);
    assert.notEqual(reasonOf(await story.operate('rename')), 'done');
    held.letGo();
    assert.equal(await story.outcomeOf(first.operationId), null);
    await story.script.until('it is halted', ({ servers }) => servers[0]?.power === 'off');
    assert.deepEqual(doneTo(story, 1), ['take-snapshot']);
  });

  it('that stopped a server is honoured: no resume and no reconciler starts it, only its owner', async () => {
    const story = await live(2);
    await done(story, 'stop', 1);
    const powers = (): string[] => story.world.servers.map(({ power }) => power);
    assert.deepEqual(powers(), ['off', 'on']);
    assert.equal((await story.status()).instances[0]?.state, 'stopped');
    const answer = await story.ask('rotate-credentials');
    assert.equal(answer.outcome === 'rejected' && answer.reason, 'server-stopped');

    await story.insist('suspend');
    await story.script.until('it is suspended', () => story.mails().includes('suspended'));
    await story.insist('resume');
    await story.script.until('it is resumed', () => story.mails().includes('resumed'));
    assert.deepEqual(powers(), ['off', 'on']);

    const { instances } = await story.status();
    await story.handle.signal('instance-drifted', { instanceId: instances[0]?.id, finding: 'power' });
    await done(story, 'start', 1);
    assert.deepEqual(powers(), ['on', 'on']);
    assert.equal((await story.status()).instances[0]?.state, 'active');
  });

  it('for new credentials gives new links for that server only', async () => {
    const story = await live(2);
    await done(story, 'rotate-credentials', 2);
    await story.script.until('it is told', () => story.mails().includes('credentials-rotated'));
    assert.equal(story.world.renewedLinks.length, 1);
    assert.equal(story.script.count('rotateCredentials'), 0);
  });

  it('lets the story finish what it does to all servers', async () => {
    const story = await live(2);
    const held = story.script.hold('rotateCredentials', { ordinal: 1 });
    await story.insist('rotate-credentials');
    await held.arrived;
    const { operationId } = await story.operate('reboot', 2);
    assert.equal(story.script.count('performOperation'), 0);
    held.letGo();
    assert.equal(await story.outcomeOf(operationId), null);
  });

  it('that cannot be read is refused, and changes nothing', async () => {
    const story = await live();
    for (const garbage of [null, 7, 'reboot', {}, { by: { id: 'x' } }, { by: { id: 'x' }, operationId: 1 }]) {
      await assert.rejects(story.handle.executeUpdate('reboot-instance', { args: [garbage] }));
    }
    await done(story, 'reboot');
  });
});
