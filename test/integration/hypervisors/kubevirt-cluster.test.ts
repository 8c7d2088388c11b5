/** What is special about KubeVirt: watching, deletion in two steps, locked disks, and a cluster that takes things literally. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import axios, { type AxiosInstance } from 'axios';
import { type Hypervisor, type ProviderInstance, operationOf } from '../../../activities/hypervisors/port.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type KubevirtUnderTest, startKubevirtUnderTest } from './kubevirt-under-test.ts';

describe('KubeVirt', function () {
  this.timeout(60_000);
  let cluster: KubevirtUnderTest;
  let driver: Hypervisor;
  let api: AxiosInstance;
  let machines: string;

  const newKey = (): string => `sub_${randomUUID().replaceAll('-', '')}-1-g1`;
  const make = (key: string, plan = cluster.plan): Promise<ProviderInstance> =>
    driver.create({
      key,
      hostname: 'web-1',
      region: 'fra',
      plan,
      userData: '#cloud-config\n{}\n',
      labels: { tenant: 'Ten 1!' },
    });
  const untilState = async (ref: string, state: ProviderInstance['state']): Promise<ProviderInstance> => {
    for (let times = 0; times < 500; times += 1) {
      const instance = await driver.get(ref);
      if (instance?.state === state) return instance;
      await sleep(20);
    }
    return assert.fail(`${ref} did not become ${state}`);
  };
  const running = async (key = newKey()): Promise<ProviderInstance> =>
    untilState((await make(key)).ref, 'running');

  before(async () => {
    cluster = await startKubevirtUnderTest();
    driver = cluster.connect();
    api = axios.create({
      baseURL: cluster.url,
      headers: { Authorization: `Bearer ${cluster.token}` },
      validateStatus: () => true,
    });
    machines = `/apis/kubevirt.io/v1/namespaces/${cluster.namespace}/virtualmachines`;
  });
  afterEach(() => cluster.calm());
  after(() => cluster.close());

  it('makes one machine of two orders at the same time', async () => {
    const key = newKey();
    const [one, other] = await Promise.all([make(key), make(key)]);
    assert.equal(one.ref, other.ref);
    assert.equal(await cluster.countMade(key), 1);
  });

  it('keeps the first-boot data of a machine that is there, whatever a later order says', async () => {
    const key = newKey();
    const { ref } = await running(key);
    const again = {
      key,
      hostname: 'web-1',
      region: 'fra',
      plan: cluster.plan,
      userData: '#other',
      labels: {},
    };
    assert.equal((await driver.create(again)).state, 'running');
    const secret = await api.get<{ data: { userdata: string } }>(
      `/api/v1/namespaces/${cluster.namespace}/secrets/${ref}-user-data`,
    );
    assert.equal(Buffer.from(secret.data.data.userdata, 'base64').toString(), '#cloud-config\n{}\n');
  });

  it('has a guest that answers', async () => {
    const { address } = await running();
    const socket = connectTo(cluster.guestSshPort, address ?? '');
    const [banner] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    assert.match(banner.toString(), /^SSH-2\.0/);
  });

  it('orders by instance type, says its size, and changes over to numbers', async () => {
    const { diskGb, image, regions } = cluster.plan;
    const typed = {
      diskGb,
      image,
      regions,
      instancetype: { name: 'u1.small' },
      preference: { name: 'ubuntu' },
    };
    const { ref } = await make(newKey(), typed);
    assert.equal((await untilState(ref, 'running')).size, 'u1.small');
    await operationOf(driver, 'resize')(ref, { plan: cluster.plan, region: 'fra' });
    assert.equal((await untilState(ref, 'running')).size, driver.sizeOf(cluster.plan, 'fra'));
  });

  it('keeps one first disk however often it is installed, and the extra ones', async () => {
    const { ref } = await running();
    const disk = await operationOf(driver, 'addDisk')(ref, { key: newKey(), sizeGb: 10 });
    const anew = { plan: cluster.plan, region: 'fra', userData: '#cloud-config\n{}\n' };
    for (const hostname of ['web-2', 'web-3']) {
      await operationOf(driver, 'reinstall')(ref, { ...anew, hostname });
      await untilState(ref, 'running');
    }
    const disks = await operationOf(driver, 'disks')(ref);
    assert.deepEqual(
      disks.map((each) => [each.ref, each.instanceRef]),
      [[disk.ref, ref]],
    );
    const path = `/apis/cdi.kubevirt.io/v1beta1/namespaces/${cluster.namespace}/datavolumes`;
    const { data } = await api.get<{ items: object[] }>(path, {
      params: { labelSelector: `tenure/instance=${ref}` },
    });
    assert.equal(data.items.length, 1);
  });

  it('leaves nothing of a machine behind: no first-boot data, no extra disk, no firewall', async () => {
    const { ref } = await running();
    await operationOf(driver, 'addDisk')(ref, { key: newKey(), sizeGb: 10 });
    await operationOf(driver, 'setFirewall')(ref, []);
    await driver.delete(ref);
    const core = `/api/v1/namespaces/${cluster.namespace}`;
    const disks = `/apis/cdi.kubevirt.io/v1beta1/namespaces/${cluster.namespace}/datavolumes`;
    const policies = `/apis/networking.k8s.io/v1/namespaces/${cluster.namespace}/networkpolicies`;
    for (const path of [`${core}/secrets`, `${core}/persistentvolumeclaims`, policies, disks]) {
      const { data } = await api.get<{
        items: { metadata: { name: string; labels?: Record<string, string> } }[];
      }>(path);
      assert.deepEqual(
        data.items.filter(({ metadata }) => metadata.labels?.['tenure/instance'] === ref),
        [],
      );
    }
  });

  it('leaves no first-boot data behind, wherever a making was cut off', async () => {
    const secrets = `/api/v1/namespaces/${cluster.namespace}/secrets`;
    interface Owned {
      metadata: { name: string; ownerReferences?: { uid: string }[] };
    }
    const secretOf = async (ref: string): Promise<Owned | undefined> => {
      const { data } = await api.get<{ items: Owned[] }>(secrets);
      return data.items.find(({ metadata }) => metadata.name === `${ref}-user-data`);
    };
    const handOver = { method: 'PATCH', path: `${secrets}/[^/]+$` };
    // After the machine was made: its owner is missing, until somebody looks at it.
    await axios.post(`${cluster.url}/__sandbox/faults`, { ...handOver, kind: 'lost-before', skip: 1 });
    const key = newKey();
    const { ref } = await make(key);
    assert.equal((await secretOf(ref))?.metadata.ownerReferences, undefined);
    const request = { key, hostname: 'web-1', region: 'fra', plan: cluster.plan, userData: '', labels: {} };
    await driver.advance?.(ref, request);
    assert.equal((await secretOf(ref))?.metadata.ownerReferences?.length, 1);
    await driver.forget?.(key);
    assert.ok(await secretOf(ref));
    await untilState(ref, 'running');
    await driver.delete(ref);

    // Before it was made: the order is given up, and only its key is known.
    const machines = `/apis/kubevirt.io/v1/namespaces/${cluster.namespace}/virtualmachines$`;
    await axios.post(`${cluster.url}/__sandbox/faults`, {
      method: 'POST',
      path: machines,
      kind: 'lost-before',
    });
    const given = newKey();
    await assert.rejects(make(given));
    const left = (await api.get<{ items: Owned[] }>(secrets)).data.items.length;
    await driver.forget?.(given);
    assert.equal((await api.get<{ items: Owned[] }>(secrets)).data.items.length, left - 1);
    await driver.forget?.(given);
  });

  it('looks again when the cluster has forgotten where a watch was', async () => {
    const { ref } = await running();
    const forgetting = setInterval(() => void cluster.pull('POST', '/compact'), 5);
    try {
      await driver.delete(ref);
    } finally {
      clearInterval(forgetting);
    }
    assert.equal(await driver.get(ref), null);
  });

  it('says that a deletion is not over yet, and ends it when asked again', async () => {
    const { ref } = await running();
    const hasty = cluster.connectWith({ waitMs: 1 });
    await rejects(hasty.delete(ref), 'retryable', 'answer-lost');
    await driver.delete(ref);
    assert.equal(await cluster.countDone('delete', ref), 1);
  });

  it('is locked while a disk is copied, and says so', async () => {
    const { ref } = await running();
    await driver.createSnapshot(ref, newKey());
    await rejects(driver.stop(ref), 'retryable', 'locked');
    const anew = { plan: cluster.plan, region: 'fra', hostname: 'web-1', userData: '' };
    await rejects(operationOf(driver, 'reinstall')(ref, anew), 'retryable', 'locked');
  });

  it('runs again after a restore, and puts back what the disk held', async () => {
    const { ref } = await running();
    const { ref: snapshot } = await driver.createSnapshot(ref, newKey());
    for (let times = 0; (await driver.getSnapshot(snapshot))?.state !== 'complete'; times += 1) {
      assert.ok(times < 500, 'the snapshot is complete');
      await sleep(20);
    }
    await operationOf(driver, 'restoreSnapshot')(ref, snapshot);
    await untilState(ref, 'running');
    const restores = `/apis/snapshot.kubevirt.io/v1beta1/namespaces/${cluster.namespace}/virtualmachinerestores`;
    const { data } = await api.get<{ items: unknown[] }>(restores);
    assert.deepEqual(data.items, []);
  });

  it('does not delete what was made anew under the same name', async () => {
    const key = newKey();
    const { ref } = await running(key);
    const { data: old } = await api.get<{ metadata: { uid: string } }>(`${machines}/${ref}`);
    await cluster.deleteBehindOurBack(ref);
    await make(key);
    const { status, data } = await api.delete<{ reason: string }>(`${machines}/${ref}`, {
      data: { preconditions: { uid: old.metadata.uid } },
    });
    assert.deepEqual([status, data.reason], [409, 'Conflict']);
    assert.notEqual(await driver.get(ref), null);
  });

  it('tells the capacity of nodes and of the quota', async () => {
    await running();
    const parts = await driver.capacity();
    const node = parts.find(({ name }) => name === 'node-1');
    assert.equal(node?.cpus.total, 64);
    assert.equal(node.memoryMb.total, 256 * 1024);
    assert.ok((node.instances.used ?? 0) >= 1);
    const quota = parts.find(({ name }) => name === '');
    assert.equal(quota?.instances.total, 500);
    await cluster.sellOut?.('fra', true);
    assert.equal((await driver.capacity()).find(({ name }) => name === 'node-1')?.open, false);
    await cluster.sellOut?.('fra', false);
  });

  describe('as a stand-in', () => {
    const machine = (more: object): object => ({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: `probe-${randomUUID().slice(0, 8)}` },
      spec: {
        runStrategy: 'Halted',
        template: { spec: { domain: { devices: {}, memory: { guest: '1Gi' } } } },
        ...more,
      },
    });

    it('refuses unknown fields with Strict, and drops them silently without', async () => {
      const strict = await api.post<{ message: string }>(
        `${machines}?fieldValidation=Strict`,
        machine({ surprise: 1 }),
      );
      assert.equal(strict.status, 400);
      assert.match(strict.data.message, /unknown field "spec\.surprise"/);
      const loose = await api.post<{ spec: object }>(machines, machine({ surprise: 1 }));
      assert.equal(loose.status, 201);
      assert.ok(!('surprise' in loose.data.spec));
    });

    it('refuses wrong values, wrong bodies, wrong media types and other namespaces as the server does', async () => {
      const statusOf = async (call: Promise<{ status: number }>): Promise<number> => (await call).status;
      assert.equal(await statusOf(api.post(machines, machine({ runStrategy: 'Sometimes' }))), 422);
      assert.equal(
        await statusOf(api.post(machines, { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } })),
        400,
      );
      const other = machines.replace(cluster.namespace, 'elsewhere');
      assert.equal(await statusOf(api.post(other, machine({}))), 404);
      const type = { headers: { 'Content-Type': 'application/strategic-merge-patch+json' } };
      const { ref } = await running();
      assert.equal(await statusOf(api.patch(`${machines}/${ref}`, {}, type)), 415);
      assert.equal(await statusOf(api.get('/apis/nothing.example/v1/things')), 404);
      const stranger = axios.get(`${cluster.url}${machines}`, { validateStatus: () => true });
      assert.equal(await statusOf(stranger), 401);
    });

    it('refuses to start what runs and to stop what is stopped', async () => {
      const { ref } = await running();
      const act = (action: string): Promise<{ status: number; data: { reason: string } }> =>
        api.put(
          `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/virtualmachines/${ref}/${action}`,
          {},
        );
      const start = await act('start');
      assert.deepEqual([start.status, start.data.reason], [409, 'Conflict']);
      assert.equal((await act('stop')).status, 202);
      await untilState(ref, 'stopped');
      assert.equal((await act('stop')).status, 409);
      assert.equal((await act('restart')).status, 409);
    });

    it('fails a restore of a running machine unless it may stop it', async () => {
      const { ref } = await running();
      const { ref: snapshot } = await driver.createSnapshot(ref, newKey());
      await sleep(200);
      await untilState(ref, 'running');
      const restores = `/apis/snapshot.kubevirt.io/v1beta1/namespaces/${cluster.namespace}/virtualmachinerestores`;
      await api.post(restores, {
        apiVersion: 'snapshot.kubevirt.io/v1beta1',
        kind: 'VirtualMachineRestore',
        metadata: { name: 'without-policy' },
        spec: {
          target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: ref },
          virtualMachineSnapshotName: snapshot,
        },
      });
      for (let times = 0; times < 500; times += 1) {
        const { data } = await api.get<{ status: { complete: boolean; conditions?: { type: string }[] } }>(
          `${restores}/without-policy`,
        );
        assert.equal(data.status.complete, false);
        if (data.status.conditions?.some(({ type }) => type === 'Failure')) return;
        await sleep(50);
      }
      assert.fail('it never failed');
    });
  });
});

async function rejects(call: Promise<unknown>, kind: string, reason: string): Promise<void> {
  const failure = await call.then(
    () => assert.fail(`expected ${kind} (${reason}), but it succeeded`),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof TenureFailure, String(failure));
  assert.deepEqual([failure.kind, failure.details.reason], [kind, reason], failure.message);
}
