import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { openDatabase } from '../../../schemas/db/data-source.ts';
import { instanceKey, toEdgeId } from '../../../schemas/ids.ts';
import { hypervisorQueue, LIFECYCLE_QUEUE } from '../../../schemas/queues.ts';
import { createLogger } from '../../../workers/logger.ts';
import { runWorkers } from '../../../workers/main.ts';
import type { undoMaking } from '../../../workflows/index.ts';
import { leversOf } from '../../chaos/levers.ts';
import { readLedger } from '../../chaos/oracle.ts';
import { buy, eventually, reach } from '../../harness/buyer.ts';
import { lab } from '../../harness/lab.ts';
import { seedSubscription } from '../../harness/seed.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { quietRuntime } from '../../workflow/quiet-runtime.ts';
import { accountOf } from '../reconcile/passes.ts';

const MANY = 200;
const FEW = 5;
const AT_ONCE = 25;

describe('who goes first at a provider, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  let db: DataSource;
  let account: Hypervisor;
  let order: Awaited<ReturnType<typeof buy>>;
  /** References of the instances whose removal each tenant waits for. */
  const removals: { many: string[]; few: string[] } = { many: [], few: [] };

  before(async function () {
    this.timeout(120_000);
    quietRuntime();
    tenure = await startTenure({
      name: 'priorities',
      withoutWorker: true,
      // Every removal takes four calls.
      env: { VULTR_REQUESTS_PER_SECOND: '160' },
    });
    account = accountOf(tenure);
    db = await openDatabase({
      url: tenure.config.DATABASE_URL,
      poolSize: 4,
      applicationName: 'priorities-test',
    });
    const levers = leversOf(tenure);
    const logger = createLogger({ LOG_LEVEL: 'silent' }, 'worker');
    const others = await runWorkers(['lifecycle', 'payments', 'mail', 'relay'], tenure.config, logger);
    (await lab()).onEnd(() => others.stop());

    // The backlog: the provider's queue has no worker yet, and the one who pays comes last.
    await levers.holdBoots(true);
    const [first, second] = await tenants(tenure);
    removals.many = await toBeRemoved(first, MANY);
    removals.few = await toBeRemoved(second, FEW);
    await levers.holdBoots(false);
    order = await buy(tenure, { planKey: 'patient' });
    await untilWaiting(tenure, MANY + FEW + 1);

    const provider = await runWorkers(['hypervisor'], tenure.config, logger);
    (await lab()).onEnd(() => provider.stop());
    await reach(tenure, order, 'active');
    await eventually('everything is removed', async () => deleted(tenure).length === MANY + FEW);
  });
  after(() => db.destroy());

  /** Instances that a making has left at the provider, and a workflow each to remove it: bulk work. */
  async function toBeRemoved(tenantId: string, count: number): Promise<string[]> {
    const { subscriptionId } = await seedSubscription(db, { tenantId });
    const refs: string[] = [];
    for (let made = 0; made < count; made += AT_ONCE) {
      const batch = Array.from({ length: Math.min(AT_ONCE, count - made) }, async (_, index) => {
        const ordinal = made + index + 1;
        const key = instanceKey(subscriptionId, ordinal, 1);
        const { ref } = await account.create({
          key,
          hostname: `left-${ordinal}`,
          region: 'fra',
          plan: { plan: 'vc2-1c-1gb', osId: 2284, regions: { fra: 'fra' } },
          userData: '#cloud-config\n',
          labels: {},
        });
        refs.push(ref);
        const instanceId = uuidv7();
        await tenure.sql.query(
          `insert into instances (id, tenant_id, subscription_id, ordinal, generation, key, state, provider, provider_ref, hostname,
             region, protocol, port, username, secret, create_started_at)
           values ($1, $2, $3, $4, 1, $5, 'creating', 'vultr', $6, 'left', 'fra', 'ssh', 22, 'root', 'x', now() - interval '1 hour')`,
          [instanceId, tenantId, subscriptionId, ordinal, key, ref],
        );
        await tenure.temporal.workflow.start<typeof undoMaking>('undoMaking', {
          workflowId: `undo-making/${toEdgeId('instance', instanceId)}`,
          taskQueue: LIFECYCLE_QUEUE,
          args: [{ tenantId, instanceId, provider: 'vultr' }],
        });
      });
      await Promise.all(batch);
    }
    return refs;
  }

  it('a paid order goes before all that nobody waits for', () => {
    const effects = readLedger(tenure, 'vultr').filter(
      ({ effect, detail }) =>
        effect === 'instance.deleted' ||
        (effect === 'instance.created' &&
          JSON.stringify(detail).includes(toEdgeId('subscription', order.id))),
    );
    const place = effects.findIndex(({ effect }) => effect === 'instance.created');
    assert.ok(place >= 0 && place < MANY / 10, `it was created after ${place} of ${MANY + FEW} removals`);
    const signedIn = readLedger(tenure, 'vultr').findIndex(({ effect }) => effect === 'guest.login');
    const left = readLedger(tenure, 'vultr')
      .slice(signedIn)
      .filter(({ effect }) => effect === 'instance.deleted').length;
    // How many depends on how long the machine takes to sign in; behind the backlog there would be none.
    assert.ok(left > 0, 'all removals were over when it was handed over');
  });

  it('a tenant with little to do does not wait for one with much', () => {
    const ids = deleted(tenure);
    const last = Math.max(...removals.few.map((ref) => ids.indexOf(ref)));
    assert.ok(last < MANY / 2, `its last of ${FEW} came after ${last} of ${MANY} others`);
  });
});

function deleted(tenure: Tenure): string[] {
  return readLedger(tenure, 'vultr')
    .filter(({ effect }) => effect === 'instance.deleted')
    .map(({ id }) => id);
}

/** The installation's tenant and another one. */
async function tenants({ sql }: Tenure): Promise<[string, string]> {
  const { rows } = await sql.query<{ id: string }>(`select id from tenants where slug = 'main'`);
  const second = uuidv7();
  await sql.query(`insert into tenants (id, slug, name) values ($1, 'second', 'Second Hosting')`, [second]);
  return [rows[0]?.id ?? '', second];
}

async function untilWaiting({ temporal, config }: Tenure, count: number): Promise<void> {
  await eventually(`${count} tasks wait at the provider's queue`, async () => {
    const { stats } = await temporal.workflowService.describeTaskQueue({
      namespace: config.TEMPORAL_NAMESPACE,
      taskQueue: { name: hypervisorQueue('vultr') },
      taskQueueType: 2,
      reportStats: true,
    });
    return Number(stats?.approximateBacklogCount ?? 0) >= count;
  });
}
