import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import axios from 'axios';
import { trySsh } from '../../../activities/access/ssh.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import type { OperationDetails, StaffServerView } from '../../../schemas/api/instances.ts';
import type { OperationRequest } from '../../../schemas/operations/requests.ts';
import { subscriptionWorkflowId, fromEdgeId } from '../../../schemas/ids.ts';
import { readLedger } from '../../chaos/oracle.ts';
import {
  buy,
  credentialTokens,
  eventually,
  mailAbout,
  reach,
  reveal,
  viewOrder,
  type Order,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { type CoolifyUnderTest, startCoolifyUnderTest } from '../hypervisors/coolify-under-test.ts';

describe('operations on a server, on real parts', function () {
  this.timeout(60_000);
  let coolify: CoolifyUnderTest;
  let tenure: Tenure;
  let order: Order;
  let login: Parameters<typeof trySsh>[0];
  before(async function () {
    this.timeout(120_000);
    coolify = await startCoolifyUnderTest('service');
    const catalogFile = path.join(import.meta.dirname, 'operations.catalog.yaml');
    tenure = await startTenure({ name: 'operations', catalogFile, env: coolify.env });
    order = await buy(tenure);
    await reach(tenure, order, 'active');
    const [token = ''] = credentialTokens(await mailAbout(tenure, order.email, /ready/i));
    const { address, port, username, password } = await reveal(tenure, token);
    login = { address, port, username, password, timeoutMs: 5_000 };
  });
  afterEach(() => axios.delete(`${tenure.vultr.url.replace('/v2', '')}/__sandbox/faults`));
  after(() => coolify.close());

  const view = async (of: Order = order): Promise<StaffServerView> => {
    const [instance] = (await viewOrder(tenure, of)).instances;
    const { status, data } = await tenure.staff.get<StaffServerView>(`/v1/instances/${instance?.id ?? ''}`);
    assert.equal(status, 200, JSON.stringify(data));
    return data;
  };
  const ask = async (request: OperationRequest, key = randomUUID()): Promise<string> => {
    const { id } = await view();
    const headers = { 'Idempotency-Key': key };
    const { status, data } = await tenure.staff.post<OperationDetails>(
      `/v1/instances/${id}/operations`,
      request,
      { headers },
    );
    assert.equal(status, 202, JSON.stringify(data));
    return data.id;
  };
  const ended = (id: string): Promise<OperationDetails> =>
    eventually(`${id} ends`, async () => {
      const { data } = await tenure.staff.get<OperationDetails>(`/v1/operations/${id}`);
      return data.finishedAt === null ? null : data;
    });
  const done = async (request: OperationRequest): Promise<OperationDetails> => {
    const operation = await ended(await ask(request));
    assert.equal(operation.state, 'done', JSON.stringify(operation.failure));
    return operation;
  };
  const effects = (effect: string) => readLedger(tenure, 'vultr').filter((entry) => entry.effect === effect);
  const disturb = (rule: object): Promise<unknown> =>
    axios.post(`${tenure.vultr.url.replace('/v2', '')}/__sandbox/faults`, rule);

  it('stop it, start it and restart it; stopped by choice it is shown so', async () => {
    await done({ kind: 'stop' });
    const stopped = await view();
    assert.equal(stopped.state, 'stopped');
    assert.equal(stopped.possibleOperations.find(({ kind }) => kind === 'reboot')?.reason, 'not-fitting');
    await assert.rejects(trySsh(login));
    await done({ kind: 'start' });
    assert.equal((await view()).state, 'active');
    await trySsh(login);
    await done({ kind: 'reboot' });
    assert.equal(effects('instance.rebooted').length, 1);
    const { timeline } = await viewOrder(tenure, order);
    const told = timeline
      .filter(({ kind }) => kind === 'operation-done')
      .map(({ data }) => data['operation']);
    assert.deepEqual(told, ['stop', 'start', 'reboot']);
  });

  it('happen once under one Idempotency-Key, with who asked in the trail', async () => {
    const key = randomUUID();
    const id = await ask({ kind: 'rename', name: 'shop-1' }, key);
    assert.equal(await ask({ kind: 'rename', name: 'shop-1' }, key), id);
    await ended(id);
    assert.equal((await view()).displayName, 'shop-1');
    const { data } = await tenure.staff.get<{ data: { action: string; data: { operationId?: string } }[] }>(
      '/v1/audit-events',
    );
    const trail = data.data.filter((event) => event.data.operationId === id).map(({ action }) => action);
    assert.deepEqual(trail.sort(), ['operation.done', 'subscription.rename-instance']);
  });

  it('give the link to the screen to whoever asked, and to nobody and nothing else', async () => {
    const { id } = await view();
    const asked = await tenure.http.post<OperationDetails>(
      `/v1/orders/${order.orderToken}/instances/${id}/operations`,
      { kind: 'open-console' },
    );
    assert.equal(asked.status, 202, JSON.stringify(asked.data));
    const seen = await ended(asked.data.id);
    assert.deepEqual([seen.state, seen.link], ['done', null]);
    const own = await tenure.http.get<OperationDetails>(
      `/v1/orders/${order.orderToken}/operations/${seen.id}`,
    );
    const url = own.data.link?.url ?? '';
    assert.match(url, /^https?:/);
    const subscriptionId = fromEdgeId('subscription', order.subscriptionId) ?? '';
    const history = await tenure.temporal.workflow
      .getHandle(subscriptionWorkflowId(subscriptionId))
      .fetchHistory();
    assert.ok(!JSON.stringify(history).includes(Buffer.from(url).toString('base64').slice(0, 40)));
    const { rows } = await tenure.sql.query<{ sealed_link: string }>(
      'select sealed_link from operations where id = $1',
      [fromEdgeId('operation', seen.id)],
    );
    assert.ok(rows[0] && !rows[0].sealed_link.includes(url));
  });

  it('install it anew under another host key, with the password that it had', async () => {
    const before = (await trySsh(login)).hostKeyFingerprint;
    await done({ kind: 'reinstall' });
    assert.notEqual((await trySsh(login)).hostKeyFingerprint, before);
    assert.equal(effects('instance.reinstalled').length, 1);
  });

  it('take a snapshot, restore it, say so if its password is older, and delete it', async () => {
    await done({ kind: 'take-snapshot', label: 'Before' });
    const [snapshot, ...more] = (await view()).snapshots;
    assert.deepEqual(more, []);
    assert.deepEqual([snapshot?.state, snapshot?.label, snapshot?.origin], ['complete', 'Before', 'manual']);
    const snapshotId = snapshot?.id ?? '';
    await done({ kind: 'restore-snapshot', snapshotId });
    await trySsh(login);

    await done({ kind: 'rotate-credentials' });
    const mail = await mailAbout(tenure, order.email, /new|credentials have/i);
    await assert.rejects(trySsh(login));
    const restored = await ended(await ask({ kind: 'restore-snapshot', snapshotId }));
    assert.deepEqual([restored.state, restored.failure?.reason], ['failed', 'older-password']);
    assert.match(restored.failure?.nextStep ?? '', /password of the time of the snapshot/);
    await trySsh(login);
    await done({ kind: 'delete-snapshot', snapshotId });
    assert.deepEqual((await view()).snapshots, []);
    await done({ kind: 'reinstall' });
    login = { ...login, ...(await reveal(tenure, credentialTokens(mail)[0] ?? '')) };
    await trySsh(login);
  });

  it('set a firewall; one that keeps us out keeps the server from being tried, and from a new password', async () => {
    const rules = [{ protocol: 'tcp' as const, ports: { from: 22, to: 22 }, source: '198.51.100.0/24' }];
    await done({ kind: 'set-firewall', rules });
    assert.deepEqual((await view()).firewall, rules);
    await done({ kind: 'reboot' });
    const refused = await ended(await ask({ kind: 'rotate-credentials' }));
    assert.equal(refused.failure?.reason, 'shut-out');
    const open = { from: 1, to: 65_535 };
    await done({ kind: 'set-firewall', rules: [{ protocol: 'tcp', ports: open, source: '0.0.0.0/0' }] });
  });

  it('make one thing each, also when the answer is lost or the worker dies before it has come', async () => {
    const before = [effects('snapshot.created').length, effects('block.created').length];
    await disturb({ method: 'POST', path: '^/v2/snapshots$', kind: 'lost-after' });
    await done({ kind: 'take-snapshot' });
    await disturb({ method: 'POST', path: '^/v2/blocks$', kind: 'lost-after' });
    await done({ kind: 'add-disk', sizeGb: 40 });
    const after = [effects('snapshot.created').length, effects('block.created').length];
    assert.deepEqual(
      after,
      before.map((count) => count + 1),
    );

    await disturb({
      method: 'POST',
      path: '^/v2/instances/[^/]+/ipv4$',
      kind: 'slow-body',
      bytesPerSecond: 1,
    });
    const id = await ask({ kind: 'add-address', family: 4 });
    await eventually('the effect', async () => effects('ipv4.added').length === 1);
    await tenure.killWorker('SIGKILL');
    await tenure.startWorker();
    assert.equal((await ended(id)).state, 'done');
    assert.equal(effects('ipv4.added').length, 1);
    const { snapshots, addresses, disks } = await view();
    assert.deepEqual([snapshots.length, addresses.length, disks.length], [1, 1, 1]);
    assert.ok(addresses[0]?.address);
  });

  it('are refused in the driver’s own words where the provider lacks them, and nothing is written', async () => {
    const bot = await buy(tenure, { planKey: 'bot' });
    await reach(tenure, bot, 'active');
    const { id, possibleOperations } = await view(bot);
    const lack = possibleOperations.find(({ kind }) => kind === 'take-snapshot');
    assert.deepEqual([lack?.possible, lack?.reason], [false, 'unsupported']);
    const before = await tenure.sql.query('select 1 from operations');
    const { status, data } = await tenure.staff.post<Problem>(`/v1/instances/${id}/operations`, {
      kind: 'take-snapshot',
    });
    assert.deepEqual([status, data.reason, data.detail], [409, 'unsupported', lack?.message]);
    assert.equal((await tenure.sql.query('select 1 from operations')).rowCount, before.rowCount);
    const taken = await tenure.staff.post<OperationDetails>(`/v1/instances/${id}/operations`, {
      kind: 'reboot',
    });
    assert.equal((await ended(taken.data.id)).state, 'done');
  });

  it('fail in words when the server has vanished, and the subscription goes on', async () => {
    const other = await buy(tenure);
    await reach(tenure, other, 'active');
    const { id, providerRef } = await view(other);
    await axios.delete(
      `${tenure.vultr.url.replace('/v2', '')}/__sandbox/vultr/instances/${providerRef ?? ''}`,
    );
    const { data } = await tenure.http.post<OperationDetails>(
      `/v1/orders/${other.orderToken}/instances/${id}/operations`,
      { kind: 'reboot' },
    );
    assert.equal((await ended(data.id)).failure?.reason, 'vanished');
    await mailAbout(tenure, tenure.config.STAFF_EMAIL, /operation-failed/);
    const { stage } = await viewOrder(tenure, other);
    assert.equal(stage, 'active');
  });

  it('leave nothing behind when the server goes: no disk, no address, no snapshot', async () => {
    const { status } = await tenure.staff.post(`/v1/subscriptions/${order.subscriptionId}/cancel`, {
      when: 'now',
      reason: 'no longer needed',
    });
    assert.equal(status, 200);
    await reach(tenure, order, 'torn-down');
    for (const part of ['snapshot', 'block']) {
      const gone = new Set(effects(`${part}.deleted`).map(({ id }) => id));
      assert.deepEqual(
        effects(`${part}.created`).filter(({ id }) => !gone.has(id)),
        [],
        part,
      );
    }
    assert.equal(effects('ipv4.removed').length, effects('ipv4.added').length);
  });
});
