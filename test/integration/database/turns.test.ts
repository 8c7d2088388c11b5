import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { openDatabase } from '../../../schemas/db/data-source.ts';
import { takeTurns } from '../../../schemas/db/turns.ts';
import { newDatabase } from '../../harness/stack.ts';

describe('turns to call a provider', () => {
  let processes: DataSource[];
  before(async function () {
    this.timeout(60_000);
    const { appUrl: url } = await newDatabase();
    const open = (name: string): Promise<DataSource> =>
      openDatabase({ url, poolSize: 2, applicationName: name });
    processes = await Promise.all([open('one'), open('two')]);
  });
  after(() => Promise.all(processes.map((db) => db.destroy())));

  /** When the turns come that both processes take at the same time, by one clock. */
  async function take(provider: string, perSecond: number, times: number, each: number): Promise<number[]> {
    const startedAt = performance.now();
    const taken = await Promise.all(
      Array.from({ length: times }, async (_, index) => {
        const db = processes[index % processes.length];
        assert.ok(db);
        const waits = await takeTurns(db, provider, perSecond, each);
        return waits.map((waitMs) => performance.now() - startedAt + waitMs);
      }),
    );
    return taken.flat().sort((a, b) => a - b);
  }

  it('are dealt out to all processes one after the other, evenly', async () => {
    const turns = await take('slow', 2, 8, 3);
    assert.equal(turns.length, 24);
    // The last is 23 spaces of half a second behind the first; answers take their time on the way back.
    const [first = 0, last = 0] = [turns[0], turns.at(-1)];
    assert.ok(last - first > 11_000 && first < 5_000, `${first} to ${last}`);
  });

  it('are each provider’s own', async () => {
    const db = processes[0];
    assert.ok(db);
    assert.deepEqual(await takeTurns(db, 'another', 1, 1), [0]);
  });
});
