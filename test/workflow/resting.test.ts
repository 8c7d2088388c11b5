import assert from 'node:assert/strict';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';

describe('a resting subscription', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });

  it('adds no event to its history in 30 days', async () => {
    const story = await house.order();
    await story.goesLive();
    await story.pass('1 second');
    const before = await story.historyLength();
    await story.pass('30 days');
    assert.equal(await story.historyLength(), before);
  });

  it('adds no event while it is suspended by staff, or while a person is awaited', async () => {
    const story = await house.order();
    await story.goesLive();
    await story.insist('suspend');
    await story.script.until('it is told', () => story.mails().includes('suspended'));
    await story.pass('1 second');
    const before = await story.historyLength();
    await story.pass('90 days');
    assert.equal(await story.historyLength(), before);
  });

  it('is not ended by a cancel in the Temporal UI, which would leave its servers behind', async () => {
    const story = await house.order();
    await story.goesLive();
    await story.handle.cancel();
    await story.pass('1 day');
    await story.insist('suspend');
    await story.script.until('it is halted', ({ servers }) => servers[0]?.power === 'off');
  });

  it('tells the Temporal UI where it stands, in plain words', async () => {
    const story = await house.order();
    const details = (): Promise<string> => story.handle.query('__temporal_workflow_metadata').then(detailsOf);
    assert.equal(await details(), 'Waiting for the first payment.');
    await story.goesLive();
    assert.equal(await details(), 'Running.');
  });
});

const detailsOf = (metadata: unknown): string => (metadata as { currentDetails: string }).currentDetails;
