/** Where and of what machines are made at Proxmox VE: a cluster of nodes, templates, disks and cards. */
import assert from 'node:assert/strict';
import { newKey, rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import { finish, order } from './proxmox-steps.ts';
import { type ProxmoxUnderTest, planOf, startProxmoxUnderTest, vmidOf } from './proxmox-under-test.ts';

describe('placing machines at Proxmox VE', function () {
  this.timeout(60_000);
  let cluster: ProxmoxUnderTest;

  before(async () => {
    cluster = await startProxmoxUnderTest();
  });
  afterEach(() => cluster.calm());
  after(() => cluster.close());

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
      await driver.delete(made.ref);
      await driver.delete(ref);
    });
  });
});
