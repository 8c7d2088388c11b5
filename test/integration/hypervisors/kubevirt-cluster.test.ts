/** What is special about KubeVirt: watching, deletion in two steps, locked disks, and a cluster that takes things literally. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import axios, { type AxiosInstance } from 'axios';
import {
  type Exam,
  newKey,
  order,
  rejects,
  until,
  untilState,
} from '../../../activities/hypervisors/conformance/exam.ts';
import { type Hypervisor, type ProviderInstance, operationOf } from '../../../activities/hypervisors/port.ts';
import { type KubevirtUnderTest, startKubevirtUnderTest } from './kubevirt-under-test.ts';

const USER_DATA = '#cloud-config\n{}\n';

describe('KubeVirt', function () {
  this.timeout(60_000);
  let cluster: KubevirtUnderTest;
  let driver: Hypervisor;
  let exam: Exam;
  let api: AxiosInstance;
  let machines: string;

  const make = (key: string, plan = cluster.plan): Promise<ProviderInstance> =>
    driver.create(order(exam, key, { plan, userData: USER_DATA, labels: { tenant: 'Ten 1!' } }));
  const running = async (key = newKey()): Promise<ProviderInstance> =>
    untilState(exam, (await make(key)).ref, 'running');

  before(async () => {
    cluster = await startKubevirtUnderTest();
    driver = cluster.connect();
    exam = { provider: cluster, hypervisor: driver };
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
    assert.equal(Buffer.from(secret.data.data.userdata, 'base64').toString(), USER_DATA);
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
    assert.equal((await untilState(exam, ref, 'running')).size, 'u1.small');
    await operationOf(driver, 'resize')(ref, { plan: cluster.plan, region: 'fra' });
    assert.equal((await untilState(exam, ref, 'running')).size, driver.sizeOf(cluster.plan, 'fra'));
  });

  it('keeps one first disk however often it is installed, and the extra ones', async () => {
    const { ref } = await running();
    const disk = await operationOf(driver, 'addDisk')(ref, { key: newKey(), sizeGb: 10 });
    const anew = { plan: cluster.plan, region: 'fra', userData: USER_DATA };
    for (const hostname of ['web-2', 'web-3']) {
      await operationOf(driver, 'reinstall')(ref, { ...anew, hostname });
      await untilState(exam, ref, 'running');
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
    await untilState(exam, ref, 'running');
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
    await until(
      () => driver.getSnapshot(snapshot),
      (seen) => seen?.state === 'complete',
      'the snapshot is complete',
    );
    await operationOf(driver, 'restoreSnapshot')(ref, snapshot);
    await untilState(exam, ref, 'running');
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
});
