import assert from 'node:assert/strict';
import path from 'node:path';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import axios from 'axios';
import { trySsh } from '../../../activities/access/ssh.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import type { ProviderView } from '../../../schemas/api/fleet.ts';
import { workflowBundle } from '../../../workers/bundle.ts';
import { createDataConverter } from '../../../schemas/data-converter.ts';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import {
  buy,
  credentialTokens,
  eventually,
  mailAbout,
  reach,
  reachAttention,
  reveal,
  viewOrder,
  viewSubscription,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { readLedger } from '../../chaos/oracle.ts';
import { quietRuntime } from '../../workflow/quiet-runtime.ts';
import { addInstance, addTenant } from './others.ts';
import { accountOf, findingsOf, makeOrphan, passOptions, runPass, untilThere } from './passes.ts';

describe('the reconciler, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  let account: Hypervisor;
  let levers: string;
  before(async function () {
    this.timeout(120_000);
    quietRuntime();
    tenure = await startTenure({ name: 'reconcile' });
    account = accountOf(tenure);
    levers = `${tenure.vultr.url.replace('/v2', '')}/__sandbox`;
  });
  afterEach(() => axios.delete(`${levers}/faults`));

  it('is on a schedule of its own for each provider', async () => {
    const schedule = tenure.temporal.schedule.getHandle('reconcile/vultr');
    const { policies, spec } = await schedule.describe();
    assert.equal(policies.overlap, ScheduleOverlapPolicy.SKIP);
    assert.ok((spec.jitter ?? 0) > 0);
    await schedule.trigger();
    await eventually('a pass is on record', async () => {
      const { data } = await tenure.staff.get<{ data: ProviderView[] }>('/v1/providers');
      return data.data.find(
        ({ name, lastPass }) =>
          name === 'vultr' && lastPass?.finishedAt !== null && lastPass?.failure === null,
      );
    });
  });

  it('finds nothing to say about what is as it should be', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    await reach(tenure, order, 'active');
    const report = await runPass(tenure);
    assert.deepEqual(report.open, {});
    assert.equal(report.wouldRemove, 0);
  });

  it('only reports an orphan while removal is off, and removes it when staff say so, after a last snapshot', async () => {
    const key = `sub_${'0'.repeat(32)}-1-g1`;
    const ref = await makeOrphan(account, key);
    await runPass(tenure);
    await runPass(tenure);
    const [finding] = await findingsOf(tenure, { kind: 'unknown', state: 'open' });
    assert.equal(finding?.ref, ref);
    assert.equal(finding.sightings, 2);
    assert.notEqual(await account.get(ref), null);
    const mail = await mailAbout(tenure, tenure.config.STAFF_EMAIL, /does not fit at vultr/);
    assert.ok(mail.text.includes(finding.id));
    const asked = await tenure.staff.post<{ removalAsked: boolean }>(`/v1/findings/${finding.id}/remove`, {});
    assert.equal(asked.status, 200, JSON.stringify(asked.data));
    assert.equal(asked.data.removalAsked, true);
    assert.equal((await runPass(tenure)).removed, 1);
    assert.equal(await account.get(ref), null);
    assert.equal((await account.findSnapshotsByKey(`${key}-orphan`)).length, 1);
    const [closed] = await findingsOf(tenure, { kind: 'unknown' });
    assert.equal(closed?.state, 'removed');
    const { data } = await tenure.staff.get<{ data: { action: string }[] }>('/v1/audit-events', {
      params: { limit: 200 },
    });
    for (const action of ['finding.found', 'finding.removal-asked', 'finding.removing', 'finding.removed']) {
      assert.ok(
        data.data.some((event) => event.action === action),
        `${action} is not on record`,
      );
    }
    // Its snapshot is kept for its time.
    assert.equal((await runPass(tenure)).open.leftover, undefined);
  });

  it('leaves alone for ever what staff want ignored', async () => {
    const ref = await makeOrphan(account, `sub_${'1'.repeat(32)}-1-g1`);
    await runPass(tenure);
    const [finding] = await findingsOf(tenure, { kind: 'unknown', state: 'open' });
    const { status } = await tenure.staff.post(`/v1/findings/${finding?.id}/ignore`, {});
    assert.equal(status, 200);
    assert.equal((await runPass(tenure)).open.unknown, undefined);
    assert.notEqual(await account.get(ref), null);
    const again = await tenure.staff.post<{ reason: string }>(`/v1/findings/${finding?.id}/remove`, {});
    assert.equal(again.status, 409);
    assert.equal(again.data.reason, 'finding-closed');
    await account.delete(ref);
  });

  it('tells who lost a server, and a retry makes it anew with credentials that work', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const before = await reach(tenure, order, 'active');
    const lost = before.instances[0]?.providerRef ?? '';
    await axios.delete(`${levers}/vultr/instances/${lost}`);
    assert.equal((await runPass(tenure)).missing, 1);
    const view = await reachAttention(tenure, order);
    assert.equal(view.attention?.reason, 'instance-missing');
    assert.match((await viewOrder(tenure, order)).attention?.message.de ?? '', /nicht mehr vorhanden/);
    await mailAbout(tenure, order.email, /not available/i);
    await mailAbout(tenure, tenure.config.STAFF_EMAIL, /instance-missing/);
    // Told once, however often it is seen.
    await runPass(tenure);
    const { status } = await tenure.staff.post(`/v1/subscriptions/${order.subscriptionId}/retry`, {});
    assert.equal(status, 200);
    const rebuilt = await eventually('the server is there again', async () => {
      const { instances, attention } = await viewSubscription(tenure, order);
      return (
        attention === null &&
        instances.find(({ state, generation }) => state === 'active' && generation === 2)
      );
    });
    assert.notEqual(rebuilt.providerRef, lost);
    const mail = await mailAbout(tenure, order.email, /set up anew/i);
    const login = await reveal(tenure, credentialTokens(mail)[0] ?? '');
    await trySsh({ ...login, timeoutMs: 5_000 });
    await runPass(tenure);
    assert.deepEqual(await findingsOf(tenure, { kind: 'missing', state: 'open' }), []);
  });

  it('brings the newest snapshot onto the server that is made anew, and says from when it is', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const before = await reach(tenure, order, 'active');
    const [instance] = before.instances;
    const lost = instance?.providerRef ?? '';
    const first = await reveal(
      tenure,
      credentialTokens(await mailAbout(tenure, order.email, /ready/i))[0] ?? '',
    );
    const key = `${instance?.key}-snap-000000000001`;
    const { ref } = await account.createSnapshot(lost, key);
    await eventually(
      'the snapshot is complete',
      async () => (await account.getSnapshot(ref))?.state === 'complete',
    );
    await tenure.sql.query(
      `insert into snapshots (id, tenant_id, instance_id, key, provider, provider_ref, origin, state, created_at, completed_at)
       select gen_random_uuid(), tenant_id, id, $2, provider, $3, 'backup', 'complete', '2026-03-01T03:00:00Z', now()
       from instances where provider_ref = $1`,
      [lost, key, ref],
    );
    await axios.delete(`${levers}/vultr/instances/${lost}`);
    await runPass(tenure);
    await reachAttention(tenure, order);
    await tenure.staff.post(`/v1/subscriptions/${order.subscriptionId}/retry`, {});
    const rebuilt = await eventually('the server is there again', async () => {
      const { instances, attention } = await viewSubscription(tenure, order);
      return (
        attention === null &&
        instances.find(({ state, generation }) => state === 'active' && generation === 2)
      );
    });
    const restored = readLedger(tenure, 'vultr').filter(
      ({ effect, id, detail }) =>
        effect === 'instance.restored' && id === rebuilt.providerRef && detail.snapshot === ref,
    );
    assert.equal(restored.length, 1);
    const mail = await mailAbout(tenure, order.email, /set up anew/i);
    assert.match(mail.text, /back from our backup of/);
    const login = await reveal(tenure, credentialTokens(mail)[0] ?? '');
    await trySsh({ ...login, timeoutMs: 5_000 });
    // The disk has the password of its own time.
    assert.equal(login.password, first.password);
    const { timeline } = await viewOrder(tenure, order);
    const entry = timeline.find(({ kind }) => kind === 'server-rebuilt');
    assert.equal(entry?.data.backupOf, '2026-03-01T03:00:00.000Z');
    await tenure.sql.query(`update snapshots set deleted_at = now() where key = $1`, [key]);
    await account.deleteSnapshot(ref);
  });

  it('reports what the payment provider charges otherwise than it was sold', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    await reach(tenure, order, 'active');
    const { rows } = await tenure.sql.query<{ price: object }>(
      'select billed_price as price from subscriptions where id = $1',
      [order.id],
    );
    assert.deepEqual(rows[0]?.price, { amountMinor: 1_000, currency: 'usd', interval: 'month' });
    const charge = (amountMinor: number): Promise<unknown> =>
      tenure.sql.query(
        `update subscriptions set billed_price = jsonb_set(billed_price, '{amountMinor}', $2) where id = $1`,
        [order.id, String(amountMinor)],
      );
    await charge(800);
    const plan = (pending: object | null): Promise<unknown> =>
      tenure.sql.query('update subscriptions set pending_change = $2 where id = $1', [
        order.id,
        pending && JSON.stringify(pending),
      ]);
    await plan({ key: 'planned' });
    await runPass(tenure);
    assert.deepEqual(await findingsOf(tenure, { kind: 'price', state: 'open' }), [], 'a change is planned');
    await plan(null);
    await runPass(tenure);
    const [finding, ...more] = await findingsOf(tenure, { kind: 'price', state: 'open' });
    assert.deepEqual(more, []);
    assert.deepEqual(
      [finding?.subscriptionId, finding?.expected, finding?.seen],
      [order.subscriptionId, '10.00 USD a month', '8.00 USD a month'],
    );
    await charge(1_000);
    await runPass(tenure);
    assert.deepEqual(await findingsOf(tenure, { kind: 'price', state: 'open' }), []);
  });

  it('compares what every tenant has in the account, each inside its own wall', async () => {
    const other = await addTenant(tenure.sql, 'reseller');
    const key = `sub_${'5'.repeat(32)}-1-g1`;
    const ref = await makeOrphan(account, key);
    await addInstance(tenure.sql, other, { key, ref, address: '198.51.100.9' });
    const report = await runPass(tenure);
    assert.equal(report.open.unknown, undefined);
    const of = async (tenantId: string): Promise<string[]> => {
      const { rows } = await tenure.sql.query<{ kind: string }>(
        'select kind from findings where tenant_id = $1 and ref = $2 order by id',
        [tenantId, ref],
      );
      return rows.map(({ kind }) => kind);
    };
    assert.deepEqual(await of(other), ['address']);
    const { rows } = await tenure.sql.query<{ address: string; own: number; all: number }>(
      `select i.address, (select count(*)::int from sightings where tenant_id = i.tenant_id) as own,
         (select count(*)::int from passes where tenant_id = i.tenant_id and failure is null and finished_at is not null) as all
       from instances i where i.provider_ref = $1`,
      [ref],
    );
    assert.deepEqual(rows[0], { address: (await account.get(ref))?.address, own: 1, all: 1 });

    await account.delete(ref);
    await runPass(tenure);
    assert.deepEqual(await of(other), ['address', 'missing']);
    const { rows: main } = await tenure.sql.query(
      `select 1 from findings where ref = $1 and tenant_id <> $2`,
      [ref, other],
    );
    assert.deepEqual(main, []);
    // Deleted on record, and back at the provider: an orphan, of the tenant whose key it bears.
    await tenure.sql.query(
      `update instances set deleted_at = now() - interval '1 hour', state = 'deleted' where provider_ref = $1`,
      [ref],
    );
    const orphan = await makeOrphan(account, key);
    await runPass(tenure);
    const found = await tenure.sql.query<{ tenant: string }>(
      `select tenant_id as tenant from findings where ref = $1 and kind = 'unknown'`,
      [orphan],
    );
    assert.deepEqual(found.rows, [{ tenant: other }]);
    await account.delete(orphan);
  });

  it('makes nothing anew when the server is there after all', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const { instances } = await reach(tenure, order, 'active');
    const { rows } = await tenure.sql.query<{ id: string }>(
      'select id from instances where provider_ref = $1',
      [instances[0]?.providerRef],
    );
    const handle = tenure.temporal.workflow.getHandle(`subscription/${order.subscriptionId}`);
    await handle.signal('instance-drifted', { instanceId: rows[0]?.id, finding: 'missing' });
    await reachAttention(tenure, order);
    await tenure.staff.post(`/v1/subscriptions/${order.subscriptionId}/retry`, {});
    const after = await reach(tenure, order, 'active');
    assert.equal(after.instances.length, 1);
    assert.equal(after.instances[0]?.providerRef, instances[0]?.providerRef);
  });

  it('starts what is paid for and off, when two passes have seen it so', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const ref = (await reach(tenure, order, 'active')).instances[0]?.providerRef ?? '';
    await account.stop(ref);
    await untilThere(account, ref, 'stopped');
    await runPass(tenure);
    assert.equal((await account.get(ref))?.state, 'stopped');
    await runPass(tenure);
    await untilThere(account, ref, 'running');
    await reach(tenure, order, 'active');
    await runPass(tenure);
    assert.deepEqual(await findingsOf(tenure, { kind: 'power', state: 'open' }), []);
  });

  it('puts a changed address on record and on the customer’s page', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const ref = (await reach(tenure, order, 'active')).instances[0]?.providerRef ?? '';
    await tenure.sql.query(`update instances set address = '198.51.100.7' where provider_ref = $1`, [ref]);
    await runPass(tenure);
    const { instances, timeline } = await viewOrder(tenure, order);
    assert.equal(instances[0]?.address, (await account.get(ref))?.address);
    assert.ok(timeline.some(({ kind }) => kind === 'address-changed'));
    const [finding] = await findingsOf(tenure, { kind: 'address' });
    assert.equal(finding?.state, 'mended');
    assert.equal(finding.expected, '198.51.100.7');
  });

  it('reports another name and another size, and changes neither', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const ref = (await reach(tenure, order, 'active')).instances[0]?.providerRef ?? '';
    await runPass(tenure);
    await account.operations.rename?.(ref, 'somebody-renamed-me');
    await tenure.sql.query(
      `update plans set terms = replace(terms::text, 'vc2-1c-1gb', 'vc2-1c-2gb')::json where id = (select plan_id from subscriptions where id = $1)`,
      [order.id],
    );
    await runPass(tenure);
    const [name] = await findingsOf(tenure, { kind: 'name', state: 'open' });
    assert.equal(name?.seen, 'somebody-renamed-me');
    assert.equal(name.subscriptionId, order.subscriptionId);
    assert.equal((await account.get(ref))?.name, 'somebody-renamed-me');
    const sizes = await findingsOf(tenure, { kind: 'size', state: 'open' });
    assert.deepEqual(
      sizes.map(({ ref: at, expected, seen }) => ({ at, expected, seen })).find(({ at }) => at === ref),
      { at: ref, expected: 'vc2-1c-2gb', seen: 'vc2-1c-1gb' },
    );
    await tenure.sql.query(
      `update plans set terms = replace(terms::text, 'vc2-1c-2gb', 'vc2-1c-1gb')::json where id = (select plan_id from subscriptions where id = $1)`,
      [order.id],
    );
  });

  it('lets rest what its owner has switched off and renamed, and reports a snapshot that nobody has', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    await reach(tenure, order, 'active');
    const [instance] = (await viewSubscription(tenure, order)).instances;
    for (const request of [{ kind: 'rename', name: 'at-rest' }, { kind: 'stop' }]) {
      const { status } = await tenure.staff.post(`/v1/instances/${instance?.id ?? ''}/operations`, request);
      assert.equal(status, 202);
    }
    await eventually('it is off', async () => {
      const [now] = (await viewSubscription(tenure, order)).instances;
      return now?.state === 'stopped';
    });
    const { ref } = await account.createSnapshot(
      instance?.providerRef ?? '',
      `${instance?.key ?? ''}-snap-0123456789ab`,
    );
    await eventually('it is complete', async () => (await account.getSnapshot(ref))?.state === 'complete');
    await runPass(tenure);
    await runPass(tenure);
    const open = (await findingsOf(tenure, { state: 'open' })).filter(
      (finding) => finding.instanceId === instance?.id || finding.ref === ref,
    );
    assert.deepEqual(
      open.map((finding) => [finding.kind, finding.ref]),
      [['leftover', ref]],
    );
    assert.equal((await account.get(instance?.providerRef ?? ''))?.state, 'stopped');
    await account.deleteSnapshot(ref);
    await runPass(tenure);
  });

  it('decides nothing on a part of the inventory, and says why', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const ref = (await reach(tenure, order, 'active')).instances[0]?.providerRef ?? '';
    const orphan = await makeOrphan(account, `sub_${'2'.repeat(32)}-1-g1`);
    await axios.delete(`${levers}/vultr/instances/${ref}`);
    const before = await findingsOf(tenure, { state: 'open' });
    // The instances are read; then the list of snapshots is refused.
    await axios.post(`${levers}/faults`, {
      method: 'GET',
      path: '^/v2/snapshots$',
      kind: 'status',
      status: 400,
      times: null,
    });
    await assert.rejects(runPass(tenure));
    assert.deepEqual(await findingsOf(tenure, { state: 'open' }), before);
    assert.equal((await viewSubscription(tenure, order)).attention, null);
    const { data } = await tenure.staff.get<{ data: ProviderView[] }>('/v1/providers');
    assert.ok(data.data[0]?.lastPass?.failure);
    await axios.delete(`${levers}/faults`);
    const report = await runPass(tenure);
    assert.equal(report.open.unknown, 1);
    assert.equal(report.missing, 1);
    await account.delete(orphan);
  });

  it('adopts what bears the key of an instance whose making has stopped half-way', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const ref = (await reach(tenure, order, 'active')).instances[0]?.providerRef ?? '';
    await tenure.sql.query(
      `update instances set provider_ref = null, state = 'creating', create_started_at = now() - interval '1 hour',
         updated_at = now() - interval '1 hour' where provider_ref = $1`,
      [ref],
    );
    const report = await runPass(tenure);
    assert.equal(report.adopted, 1);
    assert.equal((await viewSubscription(tenure, order)).instances[0]?.providerRef, ref);
  });

  it('shows metrics of what does not fit', async () => {
    const { data } = await tenure.http.get<string>('/metrics');
    assert.match(data, /tenure_reconcile_age_seconds\{provider="vultr"\} \d/);
    assert.match(data, /tenure_findings_open\{provider="vultr",kind="\w+"\} \d/);
  });

  it('tells its story the same again from its history', async () => {
    const handle = await tenure.temporal.workflow.start('reconcile', await passOptions(tenure));
    await handle.result();
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory(
      {
        workflowBundle: await workflowBundle(path.resolve('.tenure/test/cache')),
        dataConverter: createDataConverter(createSecretBox(tenure.config.ENCRYPTION_KEYS)),
      },
      history,
    );
  });
});

describe('the reconciler with removal switched on', function () {
  this.timeout(60_000);
  const MIN_AGE_MS = 3_000;
  let tenure: Tenure;
  let account: Hypervisor;
  before(async function () {
    this.timeout(120_000);
    tenure = await startTenure({
      name: 'removal',
      env: { RECONCILE_REMOVE: 'true', RECONCILE_MIN_AGE_HOURS: String(MIN_AGE_MS / 3_600_000) },
    });
    account = accountOf(tenure);
  });

  it('removes an orphan only when it was seen twice and long enough, and never what bears no mark of ours', async () => {
    const key = `sub_${'3'.repeat(32)}-1-g1`;
    const orphan = await makeOrphan(account, key);
    const unmarked = await axios.post<{ instance: { id: string } }>(
      `${tenure.vultr.url}/instances`,
      { region: 'fra', plan: 'vc2-1c-1gb', os_id: 2284, label: 'not-ours', tags: ['theirs'] },
      { headers: { authorization: `Bearer ${tenure.config.VULTR_API_KEY}` } },
    );
    assert.equal((await runPass(tenure)).removed, 0);
    assert.equal((await runPass(tenure)).removed, 0);
    assert.notEqual(await account.get(orphan), null);
    await new Promise((resolve) => setTimeout(resolve, MIN_AGE_MS));
    assert.equal((await runPass(tenure)).removed, 1);
    assert.equal(await account.get(orphan), null);
    assert.equal((await account.findSnapshotsByKey(`${key}-orphan`)).length, 1);
    assert.notEqual(await account.get(unmarked.data.instance.id), null);
    const known = await findingsOf(tenure, {});
    assert.ok(known.every(({ ref }) => ref !== unmarked.data.instance.id));
  });

  it('removes a snapshot whose time is over', async () => {
    const order = await buy(tenure);
    const { instances } = await reach(tenure, order, 'active');
    const { ref } = await account.createSnapshot(
      instances[0]?.providerRef ?? '',
      `sub_${'4'.repeat(32)}-1-g1-final`,
    );
    await runPass(tenure);
    const [finding] = await findingsOf(tenure, { kind: 'leftover', state: 'open' });
    assert.equal(finding?.ref, ref);
    await new Promise((resolve) => setTimeout(resolve, MIN_AGE_MS));
    await runPass(tenure);
    assert.equal(await account.getSnapshot(ref), null);
  });
});
