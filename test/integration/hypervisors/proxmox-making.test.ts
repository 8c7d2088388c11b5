/** What is special about making machines at Proxmox VE: ids of our own, and several steps. */
import assert from 'node:assert/strict';
import { newKey, rejects, until } from '../../../activities/hypervisors/conformance/exam.ts';
import { readIpPool } from '../../../activities/hypervisors/proxmox/addresses.ts';
import { refOf } from '../../../activities/hypervisors/proxmox/marks.ts';
import { effectsOn, finish, order } from './proxmox-steps.ts';
import { type ProxmoxUnderTest, startProxmoxUnderTest, vmidOf } from './proxmox-under-test.ts';

describe('making machines at Proxmox VE', function () {
  this.timeout(60_000);
  let cluster: ProxmoxUnderTest;

  before(async () => {
    cluster = await startProxmoxUnderTest();
  });
  afterEach(() => cluster.calm());
  after(() => cluster.close());

  describe('ids', () => {
    it('are different for all that ask at once, and nothing is lost', async () => {
      const range = { from: 11_000, to: 11_011 };
      const requests = Array.from({ length: 12 }, () => order());
      const made = await Promise.all(requests.map((request) => cluster.driver({ range }).create(request)));
      assert.equal(new Set(made.map(({ ref }) => vmidOf(ref))).size, requests.length);
      for (const { key } of requests) assert.equal(await cluster.countMade(key), 1);
      await rejects(cluster.driver({ range }).create(order()), 'needs-a-human', 'quota-full');
    });

    it('do not run out of the pool of addresses', async () => {
      const driver = cluster.driver({
        range: { from: 11_020, to: 11_099 },
        pool: readIpPool('127.90.0.10-127.90.0.10/10'),
      });
      const { ref } = await driver.create(order());
      assert.equal(vmidOf(ref), '11020');
      await rejects(driver.create(order()), 'needs-a-human', 'quota-full');
    });

    it('that are given away again do not make a new machine pass for the old one', async () => {
      const driver = cluster.driver({ range: { from: 11_100, to: 11_100 } });
      const first = order();
      const { ref: old } = await driver.create(first);
      await finish(driver, old, first);
      const snapshot = await driver.createSnapshot(old, newKey());
      await until(
        () => driver.getSnapshot(snapshot.ref),
        (seen) => seen?.state === 'complete',
        'it is complete',
      );
      await driver.delete(old);
      const second = order();
      const { ref } = await driver.create(second);
      assert.equal(vmidOf(ref), vmidOf(old));
      await finish(driver, ref, second);
      assert.equal(await driver.get(old), null);
      await driver.delete(old);
      await rejects(driver.stop(old), 'refused', 'not-found');
      assert.equal((await driver.get(ref))?.state, 'running');
      const restore = driver.operations.restoreSnapshot;
      assert.ok(restore);
      await rejects(restore(ref, snapshot.ref), 'refused', 'not-found');
      assert.equal(await effectsOn(cluster, 'instance.restored', ref), 0);
    });
  });

  describe('a crash in between', () => {
    it('after the clone leaves a machine that anybody can find by its key and finish', async () => {
      const request = order();
      const { ref } = await cluster.driver().create(request);
      const other = cluster.driver();
      const [found] = await other.findByKey(request.key);
      assert.deepEqual([found?.ref, found?.state, found?.address], [ref, 'creating', null]);
      await finish(other, ref, request);
      const [made] = await other.findByKey(request.key);
      assert.equal(made?.state, 'running');
      assert.equal(made.size, '1c-1024m-10g');
    });

    for (const [step, path] of [
      ['settings', '/qemu/\\d+/config$'],
      ['size of the disk', '/resize$'],
    ] as const) {
      it(`in the ${step} is mended by the next look`, async () => {
        const driver = cluster.driver();
        const request = order();
        const { ref } = await driver.create(request);
        await cluster.levers.post('/faults', { method: 'PUT', path, kind: 'lost-after' });
        await rejects(finish(driver, ref, request), 'retryable', 'answer-lost');
        assert.equal((await driver.get(ref))?.state, 'creating');
        await finish(driver, ref, request);
        assert.equal(await effectsOn(cluster, 'instance.booted', ref), 1);
        assert.equal(await effectsOn(cluster, 'disk.grown', ref), 1);
      });
    }

    for (const disturbance of ['lost-after', 'lost-before', 'error-after'] as const) {
      it(`in the start ("${disturbance}") is mended by the next look, and it boots once`, async () => {
        const driver = cluster.driver();
        const request = order();
        const { ref } = await driver.create(request);
        await cluster.disturb('start', disturbance);
        await rejects(finish(driver, ref, request), 'retryable', 'answer-lost');
        await finish(driver, ref, request);
        assert.equal(await effectsOn(cluster, 'instance.booted', ref), 1);
      });
    }

    it('does nothing to what is made, whoever goes on with it', async () => {
      const driver = cluster.driver();
      const request = order();
      const { ref } = await driver.create(request);
      await finish(driver, ref, request);
      await driver.stop(ref);
      const changes = await effectsOn(cluster, 'instance.changed', ref);
      await driver.advance?.(ref, request);
      assert.equal((await driver.get(ref))?.state, 'stopped');
      assert.equal(await effectsOn(cluster, 'instance.changed', ref), changes);
    });

    it('says so when the clone fails, because Proxmox VE removes it', async () => {
      const driver = cluster.driver();
      const request = order();
      await cluster.levers.post('/proxmox/fail', { type: 'qmclone', exitstatus: 'clone failed: disk full' });
      const { ref } = await driver.create(request);
      await rejects(finish(driver, ref, request), 'refused', 'provider-gave-up');
      assert.deepEqual(await driver.findByKey(request.key), []);
    });
  });

  describe('a clone that does not yet bear its key', () => {
    it('is waited for by the create that made it', async () => {
      const driver = cluster.driver();
      await cluster.levers.post('/proxmox/unmarked', { ms: 300 });
      const request = order();
      const { ref } = await driver.create(request);
      assert.deepEqual(
        (await driver.findByKey(request.key)).map((found) => found.ref),
        [ref],
      );
    });

    it('is neither taken for missing nor for another’s when its create was lost', async () => {
      const driver = cluster.driver();
      const request = order();
      await cluster.levers.post('/proxmox/unmarked', { ms: 1_500 });
      await cluster.disturb('create', 'lost-after');
      await rejects(driver.create(request), 'retryable', 'answer-lost');
      await rejects(driver.findByKey(request.key), 'retryable', 'locked');
      assert.deepEqual(await driver.findByKey(newKey()), []);
      const [made] = (await cluster.ledger('instance.created')).slice(-1);
      const ref = refOf(Number(made?.id), request.key);
      const young = await driver.get(ref);
      assert.deepEqual([young?.ref, young?.state, young?.key], [ref, 'creating', null]);
      await driver.advance?.(ref, request);
      for (const refused of [driver.delete(ref), driver.start(ref), driver.stop(ref)]) {
        await rejects(refused, 'retryable', 'locked');
      }
      await until(
        () => driver.findByKey(request.key).catch(() => null),
        (found) => found?.[0]?.ref === ref,
        'it bears its key',
      );
      assert.equal(await cluster.countMade(request.key), 1);
    });
  });

  it('has no snapshots without a storage for them, and says why', async () => {
    const driver = cluster.driver({ backupStorage: null });
    assert.equal(driver.capabilities.snapshots, false);
    assert.equal(driver.capabilities.snapshotsOutlive, false);
    assert.match(driver.capabilities.lacks.restoreSnapshot?.en ?? '', /backup storage/);
    assert.equal(driver.operations.restoreSnapshot, undefined);
    await rejects(driver.createSnapshot('10000-0123456789ab', newKey()), 'refused', 'unsupported');
  });
});
