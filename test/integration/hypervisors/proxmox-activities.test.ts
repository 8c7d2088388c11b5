/** That a making of several steps is finished by the activities which wait for it. The rows are kept in memory. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { probeAccess } from '../../../activities/access/probe.ts';
import { newKey } from '../../../activities/hypervisors/conformance/exam.ts';
import { createInstanceActivities } from '../../../activities/instances/activities.ts';
import type { ExtraRows } from '../../../activities/instances/extras.ts';
import type { FirstBootRecords } from '../../../activities/instances/first-boot.ts';
import type { InstanceRows, LoadedInstance } from '../../../activities/instances/rows.ts';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import type { Instance } from '../../../schemas/db/entities/instance.ts';
import { type ProxmoxUnderTest, planOf, startProxmoxUnderTest } from './proxmox-under-test.ts';

/** Of images that are ready when somebody can sign in. */
const NO_FIRST_BOOTS = { begin: async () => null, newest: async () => null } as unknown as FirstBootRecords;
const NO_EXTRAS: ExtraRows = {
  of: async () => ({ snapshots: [], disks: [], addresses: [] }),
  noteGone: async () => undefined,
};
const secretBox = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 7) }]);

describe('waiting for a machine of Proxmox VE', function () {
  this.timeout(60_000);
  let cluster: ProxmoxUnderTest;

  before(async () => {
    cluster = await startProxmoxUnderTest();
  });
  afterEach(() => cluster.calm());
  after(() => cluster.close());

  /** One order's row, and the activities of as many workers as are asked for. */
  function ordered() {
    const id = randomUUID();
    const target = { tenantId: randomUUID(), instanceId: id };
    const row = {
      id,
      ...{ tenantId: target.tenantId, subscriptionId: randomUUID(), key: newKey(), hostname: 'web-1' },
      ...{ region: 'fra', provider: 'proxmox', providerRef: null, createStartedAt: null, deletedAt: null },
      ...{ protocol: 'ssh', port: cluster.guestSshPort, username: 'root', fingerprint: null, firewall: null },
      secret: secretBox.seal('Correct-Horse-7-Battery', `instance/${id}`),
    } as unknown as Instance;
    const image = { family: 'linux', access: { protocol: 'ssh', username: 'root' } };
    const terms = { image, providers: { proxmox: planOf({}) } } as unknown as LoadedInstance['terms'];
    const rows = {
      load: async () => row,
      loadWithTerms: async () => ({ row, terms }),
      termsOf: async () => terms,
      snapshotsOf: async () => [],
      predecessorOf: async () => null,
      save: async (_target, facts) => void Object.assign(row, facts),
    } as InstanceRows;
    const worker = () =>
      createInstanceActivities({
        rows,
        hypervisor: cluster.driver({ snippets: null }),
        secretBox,
        firstBoots: NO_FIRST_BOOTS,
        extras: NO_EXTRAS,
        probe: probeAccess,
        probeTimeoutMs: 10_000,
      });
    return { target, row, worker };
  }
  const run = <T>(work: () => Promise<T>): Promise<T> =>
    new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work);

  it('takes its steps, until it runs and lets its customer in', async () => {
    const { target, row, worker } = ordered();
    await run(() => worker().createInstance(target));
    assert.equal((await cluster.driver().findByKey(row.key))[0]?.state, 'creating');
    // Another worker goes on: the first one knew nothing that is not in the row or at the provider.
    const { address } = await run(() => worker().awaitReady(target));
    assert.equal(row.address, address);
    await run(() => worker().verifyCredentials(target));
    assert.ok(row.credentialsVerifiedAt);
    assert.equal(await cluster.countMade(row.key), 1);
  });

  it('finds the clone whose answer was lost, and finishes that one', async () => {
    const { target, row, worker } = ordered();
    await cluster.disturb('create', 'lost-after');
    await assert.rejects(run(() => worker().createInstance(target)));
    await run(() => worker().createInstance(target));
    await cluster.disturb('start', 'lost-after');
    await assert.rejects(run(() => worker().awaitReady(target)));
    await run(() => worker().awaitReady(target));
    assert.equal(row.state, 'ready');
    assert.equal(await cluster.countMade(row.key), 1);
  });
});
