/** That the stand-in of KubeVirt is as strict as a cluster. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import axios, { type AxiosInstance } from 'axios';
import {
  type Exam,
  newKey,
  runningInstance,
  until,
  untilState,
} from '../../../activities/hypervisors/conformance/exam.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { type KubevirtUnderTest, startKubevirtUnderTest } from './kubevirt-under-test.ts';

describe('KubeVirt as a stand-in', function () {
  this.timeout(60_000);
  let cluster: KubevirtUnderTest;
  let driver: Hypervisor;
  let exam: Exam;
  let api: AxiosInstance;
  let machines: string;

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
    const { ref } = await runningInstance(exam);
    assert.equal(await statusOf(api.patch(`${machines}/${ref}`, {}, type)), 415);
    assert.equal(await statusOf(api.get('/apis/nothing.example/v1/things')), 404);
    const stranger = axios.get(`${cluster.url}${machines}`, { validateStatus: () => true });
    assert.equal(await statusOf(stranger), 401);
  });

  it('refuses to start what runs and to stop what is stopped', async () => {
    const { ref } = await runningInstance(exam);
    const act = (action: string): Promise<{ status: number; data: { reason: string } }> =>
      api.put(
        `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/virtualmachines/${ref}/${action}`,
        {},
      );
    const start = await act('start');
    assert.deepEqual([start.status, start.data.reason], [409, 'Conflict']);
    assert.equal((await act('stop')).status, 202);
    await untilState(exam, ref, 'stopped');
    assert.equal((await act('stop')).status, 409);
    assert.equal((await act('restart')).status, 409);
  });

  it('fails a restore of a running machine unless it may stop it', async () => {
    const { ref } = await runningInstance(exam);
    const { ref: snapshot } = await driver.createSnapshot(ref, newKey());
    await until(
      () => driver.getSnapshot(snapshot),
      (seen) => seen?.state === 'complete',
      'the snapshot is complete',
    );
    await untilState(exam, ref, 'running');
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
    const restore = async (): Promise<{ complete: boolean; conditions?: { type: string }[] }> => {
      const { data } = await api.get<{ status: Awaited<ReturnType<typeof restore>> }>(
        `${restores}/without-policy`,
      );
      return data.status;
    };
    await until(
      restore,
      (seen) => {
        assert.equal(seen?.complete, false);
        return seen.conditions?.some(({ type }) => type === 'Failure') === true;
      },
      'it has failed',
    );
  });
});
