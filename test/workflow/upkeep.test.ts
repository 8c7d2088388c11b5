import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

describe('what the reconciler tells', () => {
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
  async function drift(story: Story, ordinal: number, finding: 'missing' | 'power'): Promise<void> {
    const server = story.world.servers.find((one) => one.ordinal === ordinal);
    assert.ok(server);
    if (finding === 'missing') server.power = 'absent';
    await story.handle.signal('instance-drifted', { instanceId: server.id, finding });
  }

  it('of a missing server needs a person, and a retry makes only that one anew', async () => {
    const story = await live(2);
    await drift(story, 2, 'missing');
    await story.needs('instance-missing');
    await story.script.until('the customer is told', () => story.mails().includes('server-missing'));
    // Told again it changes nothing.
    await drift(story, 2, 'missing');
    await story.insist('retry');
    await story.reaches('active');
    await story.script.until('the customer is told', () => story.mails().includes('server-rebuilt'));
    const { instances } = await story.status();
    assert.deepEqual(
      instances.map(({ ordinal, state }) => `${ordinal} ${state}`),
      ['1 active', '2 active'],
    );
    assert.deepEqual(
      story.world.servers.map(({ ordinal, generation, made }) => ({ ordinal, generation, made })),
      [
        { ordinal: 1, generation: 1, made: 1 },
        { ordinal: 2, generation: 1, made: 1 },
        { ordinal: 2, generation: 2, made: 1 },
      ],
    );
  });

  it('of a missing server of which there is a snapshot has its data brought back', async () => {
    const story = await live();
    story.world.backupOf = '2026-03-01T03:00:00.000Z';
    await drift(story, 1, 'missing');
    await story.needs('instance-missing');
    await story.insist('retry');
    await story.reaches('active');
    await story.script.until('the customer is told', () => story.mails().includes('server-rebuilt'));
    const rebuilt = story.world.progress
      .flatMap(({ notes }) => notes)
      .find(({ kind }) => kind === 'server-rebuilt');
    assert.deepEqual(rebuilt?.data, { ordinal: 1, backupOf: story.world.backupOf });
    const mail = story.world.mails.find(({ template }) => template === 'server-rebuilt');
    assert.deepEqual(mail?.facts, { backupOf: story.world.backupOf });
  });

  it('of a missing server that cannot be made anew needs a person again, and goes on where it was', async () => {
    const story = await live();
    await drift(story, 1, 'missing');
    await story.needs('instance-missing');
    story.script.plan('createInstance', fails('refused', 'region-sold-out'));
    await story.insist('retry');
    await story.script.until(
      'asked again',
      () => story.notes().filter((kind) => kind === 'attention').length === 2,
    );
    await story.insist('retry');
    await story.reaches('active');
    assert.equal(story.world.servers.length, 2);
    assert.equal(story.script.count('replaceInstance'), 1);
  });

  it('of a server that is off has it started and tried', async () => {
    const story = await live();
    const server = story.world.servers[0];
    assert.ok(server);
    server.power = 'off';
    await drift(story, 1, 'power');
    await story.script.until('it runs', () => server.power === 'on');
    await story.script.until('it was tried', () => story.script.count('verifyCredentials') === 2);
    assert.equal((await story.status()).attention, null);
  });

  it('of a suspended server that runs has it halted again', async () => {
    const story = await live();
    await story.insist('suspend');
    const server = story.world.servers[0];
    assert.ok(server);
    await story.script.until(
      'it is halted',
      () => server.power === 'off' && story.notes().includes('suspended'),
    );
    server.power = 'on';
    await drift(story, 1, 'power');
    await story.script.until('it is halted again', () => server.power === 'off');
    assert.equal((await story.status()).stage, 'suspended');
  });

  it('of a server that is missing while suspended is kept until it is resumed', async () => {
    const story = await live();
    await story.insist('suspend');
    await story.script.until('it is suspended', () => story.notes().includes('suspended'));
    await drift(story, 1, 'missing');
    assert.equal((await story.status()).attention, null);
    await story.insist('resume');
    await story.reaches('active');
    assert.equal(story.world.servers.at(-1)?.generation, 2);
    await story.script.until('the customer is told', () => story.mails().includes('server-rebuilt'));
  });

  it('of what is not this subscription’s, or cannot be read, changes nothing', async () => {
    const story = await live();
    await story.handle.signal('instance-drifted', { instanceId: 'somebody-elses', finding: 'missing' });
    await story.handle.signal('instance-drifted', 'nonsense');
    const { stage, attention } = await story.status();
    assert.deepEqual({ stage, attention }, { stage: 'active', attention: null });
  });
});
