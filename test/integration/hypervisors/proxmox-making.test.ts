/** What is special about making machines at Proxmox VE: ids of our own, several steps, and a cluster of nodes. */
import assert from 'node:assert/strict';
import { newKey, rejects, until } from '../../../activities/hypervisors/conformance/exam.ts';
import type {
  CreateInstanceRequest,
  Hypervisor,
  ProviderInstance,
} from '../../../activities/hypervisors/port.ts';
import { readIpPool } from '../../../activities/hypervisors/proxmox/addresses.ts';
import { refOf } from '../../../activities/hypervisors/proxmox/marks.ts';
import { buildUserData } from '../../../activities/access/user-data.ts';
import { probeAccess } from '../../../activities/access/probe.ts';
import { type ProxmoxUnderTest, RANGE, planOf, startProxmoxUnderTest, vmidOf } from './proxmox-under-test.ts';

const PASSWORD = 'Correct-Horse-7-Battery';

describe('making machines at Proxmox VE', function () {
  this.timeout(60_000);
  let cluster: ProxmoxUnderTest;

  before(async () => {
    cluster = await startProxmoxUnderTest();
  });
  afterEach(() => cluster.calm());
  after(() => cluster.close());

  const order = (change: Partial<CreateInstanceRequest> = {}): CreateInstanceRequest => ({
    key: newKey(),
    hostname: 'web-1',
    region: 'fra',
    plan: planOf({}),
    userData: '',
    labels: { tenant: 'ten_1' },
    ...change,
  });
  const finish = (
    driver: Hypervisor,
    ref: string,
    request: CreateInstanceRequest,
  ): Promise<ProviderInstance> =>
    until(
      async () => {
        await driver.advance?.(ref, request);
        return driver.get(ref);
      },
      (instance) => instance?.state === 'running',
      `${ref} runs`,
    );
  const effects = async (effect: string, ref: string): Promise<number> =>
    (await cluster.ledger(effect)).filter(({ id }) => id === vmidOf(ref)).length;
  const free = async (ref: string): Promise<void> => cluster.driver().delete(ref);

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
      assert.equal(await effects('instance.restored', ref), 0);
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
        assert.equal(await effects('instance.booted', ref), 1);
        assert.equal(await effects('disk.grown', ref), 1);
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
        assert.equal(await effects('instance.booted', ref), 1);
      });
    }

    it('does nothing to what is made, whoever goes on with it', async () => {
      const driver = cluster.driver();
      const request = order();
      const { ref } = await driver.create(request);
      await finish(driver, ref, request);
      await driver.stop(ref);
      const changes = await effects('instance.changed', ref);
      await driver.advance?.(ref, request);
      assert.equal((await driver.get(ref))?.state, 'stopped');
      assert.equal(await effects('instance.changed', ref), changes);
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

  describe('nodes', () => {
    it('are chosen by room, and one that is not among ours, drained or gone gets nothing', async () => {
      const plan = planOf({ regions: { fra: ['pve1', 'pve2', 'pve3'] } });
      const request = order({ plan });
      const only = cluster.driver({ rules: { nodes: ['pve2'], memoryOvercommit: 1 } });
      assert.equal((await only.create(request)).region, 'pve2');
      await cluster.levers.post('/proxmox/nodes/pve2/offline');
      await rejects(only.create(order({ plan })), 'refused', 'region-sold-out');
      await cluster.levers.delete('/proxmox/nodes/pve2/offline');
      await cluster.levers.post('/proxmox/nodes/pve3/full');
      await cluster.levers.post('/proxmox/machines', {
        count: 1,
        from: 21_000,
        node: 'pve1',
        memoryMb: 65_536,
      });
      const made = await cluster.driver().create(order({ plan }));
      await cluster.levers.delete('/proxmox/nodes/pve3/full');
      assert.equal(made.region, 'pve2');
      const parts = await only.capacity();
      const open = parts.filter(({ name }) => name.startsWith('pve')).map(({ name, open }) => [name, open]);
      assert.deepEqual(open, [
        ['pve1', false],
        ['pve2', true],
        ['pve3', false],
      ]);
    });

    it('must have the template where its storage is their own', async () => {
      const driver = cluster.driver();
      const plan = planOf({ template: 'ubuntu-local', regions: { fra: ['pve2'], nyc: ['pve3'] } });
      const request = order({ plan });
      const { ref } = await driver.create(request);
      assert.equal((await finish(driver, ref, request)).region, 'pve2');
      await rejects(driver.create(order({ plan, region: 'nyc' })), 'refused', 'bad-plan');
    });

    it('may give a machine away to each other, and it keeps its reference', async () => {
      const driver = cluster.driver();
      const request = order();
      const { ref } = await driver.create(request);
      const { address } = await finish(driver, ref, request);
      await cluster.levers.post(`/proxmox/nodes/pve3/take/${vmidOf(ref)}`);
      const moved = await driver.get(ref);
      assert.deepEqual([moved?.region, moved?.address, moved?.state], ['pve3', address, 'running']);
      await driver.delete(ref);
      assert.equal(await driver.get(ref), null);
    });
  });

  describe('templates, disks and cards', () => {
    it('refuses a template that is not there, and a disk that is smaller than the template’s', async () => {
      const driver = cluster.driver();
      await rejects(driver.create(order({ plan: planOf({ template: 9_999 }) })), 'refused', 'bad-plan');
      await rejects(driver.create(order({ plan: planOf({ diskGb: 3 }) })), 'refused', 'bad-plan');
    });

    for (const [what, config, message] of [
      ['no cloud-init drive', {}, /no cloud-init drive/],
      [
        'its cloud-init drive behind the first disk',
        { scsi1: 'ceph:vm-950-cloudinit,media=cdrom' },
        /before scsi0/,
      ],
    ] as const) {
      it(`refuses a template with ${what}`, async () => {
        const machine = { count: 1, from: 950, node: 'pve1', config: { template: 1, ...config } };
        await cluster.levers.post('/proxmox/machines', machine);
        const wrong = await rejects(
          cluster.driver().create(order({ plan: planOf({ template: 950 }) })),
          'refused',
          'bad-plan',
        );
        await cluster.levers.delete('/proxmox/machines/950');
        assert.match(wrong.message, message);
      });
    }

    it('makes linked clones, and full ones on another storage', async () => {
      const driver = cluster.driver();
      for (const change of [{ clone: 'linked' }, { storage: 'local-zfs' }]) {
        const request = order({ plan: planOf(change) });
        const { ref } = await driver.create(request);
        assert.equal((await finish(driver, ref, request)).size, '1c-1024m-10g');
      }
    });

    it('hands a card to one machine and says to the next that there is none', async () => {
      const driver = cluster.driver();
      const request = order({ plan: planOf({ gpu: { mapping: 'a16' } }) });
      const { ref } = await driver.create(request);
      await finish(driver, ref, request);
      const next = { ...request, key: newKey() };
      const made = await driver.create(next);
      await rejects(finish(driver, made.ref, next), 'refused', 'region-sold-out');
      await free(made.ref);
      await free(ref);
    });
  });

  describe('access', () => {
    const image = { family: 'linux', access: { protocol: 'ssh', username: 'root' } } as const;
    const enter = async (address: string | null, username: string): Promise<void> => {
      await probeAccess({
        protocol: 'ssh',
        address: address ?? '',
        port: cluster.guestSshPort,
        username,
        password: PASSWORD,
        timeoutMs: 10_000,
      });
    };

    for (const [by, username] of [
      ['settings', 'root'],
      ['settings', 'gabi'],
      ['a snippet', 'root'],
    ] as const) {
      it(`is given to ${username} by ${by}`, async () => {
        const driver = cluster.driver(by === 'settings' ? { snippets: null } : {});
        assert.equal(driver.capabilities.userData, by !== 'settings');
        const access = { ...image.access, username };
        const request = order({
          userData: buildUserData({ image: { ...image, access }, password: PASSWORD }),
        });
        const { ref } = await driver.create(request);
        const { address } = await finish(driver, ref, request);
        await enter(address, username);
      });
    }

    it('comes with an address of the pool that belongs to the id', async () => {
      const pool = readIpPool('127.91.0.10-127.91.19.250/10,gw=127.64.0.1');
      const driver = cluster.driver({ pool, snippets: null, nameservers: ['192.0.2.53'] });
      const request = order({ userData: buildUserData({ image, password: PASSWORD }) });
      const { ref } = await driver.create(request);
      const { address } = await finish(driver, ref, request);
      assert.equal(address, pool.at(Number(vmidOf(ref)) - RANGE.from));
      await enter(address, 'root');
      const [listed] = await driver.findByKey(request.key);
      assert.equal(listed?.address, address);
    });

    it('is refused where settings cannot say what a plan’s first boot does, before anything is made', async () => {
      const request = order({ userData: '#cloud-config\nruncmd: [reboot]\n' });
      const { details } = await rejects(
        cluster.driver({ snippets: null }).create(request),
        'refused',
        'bad-plan',
      );
      assert.match(details.nextStep ?? '', /PROXMOX_SNIPPET_STORAGE/);
      assert.equal(await cluster.countMade(request.key), 0);
    });
  });

  it('has no snapshots without a storage for them, and says why', async () => {
    const driver = cluster.driver({ backupStorage: null });
    assert.equal(driver.capabilities.snapshots, false);
    assert.match(driver.capabilities.lacks.restoreSnapshot ?? '', /backup storage/);
    assert.equal(driver.operations.restoreSnapshot, undefined);
    await rejects(driver.createSnapshot('10000-0123456789ab', newKey()), 'refused', 'unsupported');
  });
});
