import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import axios from 'axios';
import type { BackupsReport } from '../../../schemas/operations/backups.ts';
import { LIFECYCLE_QUEUE } from '../../../schemas/queues.ts';
import type { backups } from '../../../workflows/index.ts';
import { buy, eventually, reach, viewOrder, type Order } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { accountOf } from '../reconcile/passes.ts';

interface Backup {
  state: string;
  key: string;
}

describe('backups by the clock', function () {
  this.timeout(120_000);
  let tenure: Tenure;
  let order: Order;
  before(async () => {
    tenure = await startTenure({
      name: 'backups',
      catalogFile: path.join(import.meta.dirname, 'backups.catalog.yaml'),
    });
    order = await buy(tenure);
    await reach(tenure, order, 'active');
  });

  const round = (): Promise<BackupsReport> =>
    tenure.temporal.workflow.execute<typeof backups>('backups', {
      workflowId: `backups/vultr-${randomUUID()}`,
      taskQueue: LIFECYCLE_QUEUE,
      args: [{ provider: 'vultr' }],
    });

  /** All that has happened was that much longer ago. */
  async function pass(hours: number): Promise<void> {
    const earlier = (column: string): string => `${column} = ${column} - make_interval(hours => ${hours})`;
    await tenure.sql.query(`update instances set ${earlier('created_at')}`);
    await tenure.sql.query(`update operations set ${earlier('created_at')}`);
    await tenure.sql.query(`update snapshots set ${earlier('created_at')}`);
  }

  async function kept(): Promise<Backup[]> {
    const { rows } = await tenure.sql.query<Backup>(
      `select n.state, n.key from snapshots n join instances i on i.id = n.instance_id
       where i.subscription_id = $1 and n.origin = 'backup' and n.deleted_at is null order by n.created_at`,
      [order.id],
    );
    return rows;
  }

  const untilKept = (count: number): Promise<Backup[]> =>
    eventually('the backups are complete', async () => {
      const found = await kept();
      return found.length === count && found.every(({ state }) => state === 'complete') ? found : undefined;
    });

  async function atProvider(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of accountOf(tenure).listSnapshots()) if (key) keys.push(key);
    return keys.sort();
  }

  it('are not asked for in the server’s first period', async () => {
    assert.deepEqual(await round(), { asked: 0, dropped: 0 });
  });

  it('are asked for once in a period, however many rounds there are at once', async () => {
    await pass(24);
    const rounds = await Promise.all([round(), round(), round()]);
    assert.equal(
      rounds.reduce((sum, { asked }) => sum + asked, 0),
      1,
    );
    await untilKept(1);
    assert.deepEqual(await round(), { asked: 0, dropped: 0 });
  });

  it('go when newer ones are there, and never those that a person took', async () => {
    const { data: server } = await tenure.staff.get<{ instances: { id: string }[] }>(
      `/v1/subscriptions/${order.subscriptionId}`,
    );
    const asked = await tenure.staff.post(
      `/v1/instances/${server.instances[0]?.id}/operations`,
      { kind: 'take-snapshot', label: 'before the move' },
      { headers: { 'idempotency-key': randomUUID() } },
    );
    assert.equal(asked.status, 202, JSON.stringify(asked.data));
    await eventually('the snapshot is complete', async () => {
      const { rows } = await tenure.sql.query(
        `select 1 from operations where state in ('accepted', 'running')`,
      );
      return rows.length === 0 ? true : undefined;
    });
    for (const count of [2, 3]) {
      await pass(24);
      assert.equal((await round()).asked, 1);
      await untilKept(count);
    }
    const before = await kept();
    assert.deepEqual(await round(), { asked: 0, dropped: 1 });
    assert.deepEqual(await kept(), before.slice(1));
    assert.equal((await atProvider()).length, 3);
  });

  it('that come to nothing keep the older ones, and are tried again later, not at once', async () => {
    const before = await kept();
    await pass(24);
    await axios.post(`${tenure.vultr.url.replace('/v2', '')}/__sandbox/faults`, {
      ...{ method: 'POST', path: '/v2/snapshots', kind: 'status', status: 400 },
    });
    assert.equal((await round()).asked, 1);
    await eventually('it has come to nothing', async () => {
      const { rows } = await tenure.sql.query(`select 1 from operations where state = 'failed'`);
      return rows.length > 0 ? true : undefined;
    });
    assert.deepEqual(
      (await kept()).filter(({ state }) => state === 'complete'),
      before,
    );
    assert.equal((await round()).asked, 0);
    await pass(2);
    assert.equal((await round()).asked, 1);
    await eventually('the next one is complete', async () => {
      const complete = (await kept()).filter(({ state }) => state === 'complete');
      return complete.length === before.length + 1 ? true : undefined;
    });
  });

  it('are no news on the timeline', async () => {
    const { timeline } = await viewOrder(tenure, order);
    const told = timeline.filter(({ kind }) => kind === 'operation-done');
    assert.equal(told.length, 1, 'only what a person has asked for');
  });
});
