import assert from 'node:assert/strict';
import { linux, testSandbox, typesOf, windows } from './vultr-harness.ts';

/** Every field of an instance and its type on the wire. */
const instanceFields: Record<string, string> = {
  id: 'string',
  os: 'string',
  ram: 'integer',
  disk: 'integer',
  main_ip: 'string',
  vcpu_count: 'integer',
  region: 'string',
  plan: 'string',
  date_created: 'string',
  status: 'string',
  allowed_bandwidth: 'integer',
  netmask_v4: 'string',
  gateway_v4: 'string',
  power_status: 'string',
  server_status: 'string',
  v6_network: 'string',
  v6_main_ip: 'string',
  v6_network_size: 'integer',
  v6_networks: 'array',
  label: 'string',
  internal_ip: 'string',
  kvm: 'string',
  hostname: 'string',
  os_id: 'integer',
  app_id: 'integer',
  image_id: 'string',
  snapshot_id: 'string',
  firewall_group_id: 'string',
  features: 'array',
  tag: 'string',
  tags: 'array',
  user_scheme: 'string',
  vpc_only: 'boolean',
};

describe('the instances of the Vultr stand-in', () => {
  const sandbox = testSandbox();
  before(() => sandbox.start());
  after(() => sandbox.remove());
  afterEach(async () => {
    await sandbox.levers.delete('/faults');
    await sandbox.levers.delete('/vultr/hold');
    for (const { id } of (await sandbox.api.get('/instances?per_page=500')).data.instances) {
      await sandbox.levers.delete(`/vultr/instances/${id}`);
    }
  });

  describe('creating', () => {
    it('answers 202 with a pending placeholder, and the password only there', async () => {
      const created = await sandbox.create({
        ...linux,
        label: 'one',
        tags: ['a', 'b'],
        hostname: 'one.example',
      });
      const { default_password: password, ...instance } = created;
      assert.deepEqual(typesOf(instance), instanceFields);
      assert.equal(password.length, 16);
      assert.equal(created.status, 'pending');
      assert.equal(created.server_status, 'none');
      assert.equal(created.main_ip, '0.0.0.0');
      assert.match(created.date_created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
      assert.deepEqual(typesOf(await sandbox.instance(created.id)), instanceFields);
    });

    it('goes through installingbooting to an active instance with an address of its own', async () => {
      await sandbox.levers.post('/vultr/hold');
      const { id } = await sandbox.create({ ...linux, enable_ipv6: true });
      const seen: string[] = [];
      for (let step = 0; step < 4; step += 1) {
        const { status, server_status, main_ip } = await sandbox.instance(id);
        seen.push(`${status} ${server_status} ${main_ip === '0.0.0.0' ? 'no address' : 'address'}`);
        await sandbox.levers.post(`/vultr/instances/${id}/advance`);
      }
      assert.deepEqual(seen, [
        'pending none no address',
        'pending locked no address',
        'active installingbooting address',
        'active ok address',
      ]);
      const ready = await sandbox.instance(id);
      assert.match(ready.main_ip, /^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/);
      assert.equal(ready.disk, 25);
      assert.deepEqual(ready.features, ['ipv6']);
      assert.equal(ready.v6_networks[0]?.main_ip, ready.v6_main_ip);
      const { ipv4s, meta } = (await sandbox.api.get(`/instances/${id}/ipv4`)).data;
      assert.equal(ipv4s[0]?.ip, ready.main_ip);
      assert.equal(meta.total, 1);
    });

    it('makes two instances of two equal requests, found again by tag and label', async () => {
      const body = { ...linux, label: 'twin', tags: ['key-1'] };
      await Promise.all([sandbox.create(body), sandbox.create(body)]);
      for (const query of ['tag=key-1', 'label=twin']) {
        assert.equal((await sandbox.api.get(`/instances?${query}`)).data.meta.total, 2, query);
      }
      assert.equal((await sandbox.api.get('/instances?tag=key-2')).data.meta.total, 0);
      const entries = sandbox.ledger('instance.created').filter(({ detail }) => detail['label'] === 'twin');
      assert.deepEqual(
        entries.map(({ detail }) => detail['tags']),
        [['key-1'], ['key-1']],
      );
    });

    const refused: [what: string, body: object | string, message: RegExp][] = [
      ['an unknown field', { ...linux, tag: 'a' }, /Unknown parameter: tag/],
      ['no region', { plan: linux.plan, os_id: 2284 }, /Invalid region/],
      ['no plan', { region: 'fra', os_id: 2284 }, /Invalid plan/],
      ['an unknown region', { ...linux, region: 'xyz' }, /Invalid region/],
      ['an unknown plan', { ...linux, plan: 'vc9' }, /Invalid plan/],
      ['nothing to install', { region: 'fra', plan: linux.plan }, /exactly one of os_id/],
      ['two things to install', { ...linux, app_id: 17 }, /exactly one of os_id/],
      ['an unknown system', { ...linux, os_id: 1 }, /Invalid os_id/],
      ['a system as text', { ...linux, os_id: '2284' }, /Invalid os_id/],
      [
        'a plan the region has not',
        { ...linux, region: 'lhr', plan: 'vcg-a16-2c-8g-2vram' },
        /not available/,
      ],
      ['Windows on 1 GB', { ...windows, plan: 'vc2-1c-1gb' }, /too small/],
      ['user data that is not base64', { ...linux, user_data: '#cloud-config' }, /base64/],
      ['tags that are no list', { ...linux, tags: 'a' }, /Invalid tags/],
      ['an unknown SSH key', { ...linux, sshkey_id: ['x'] }, /Invalid sshkey_id/],
      ['an unknown snapshot', { region: 'fra', plan: linux.plan, snapshot_id: 'x' }, /Invalid snapshot_id/],
      ['an unknown firewall', { ...linux, firewall_group_id: 'x' }, /Invalid firewall_group_id/],
      ['a host name with a space', { ...linux, hostname: 'a b' }, /Invalid hostname/],
      ['broken JSON', '{"region":', /Invalid JSON/],
      ['a list', [], /Invalid request body/],
    ];
    for (const [what, body, message] of refused) {
      it(`refuses ${what}, and makes nothing`, async () => {
        const { status, data } = await sandbox.api.post('/instances', body, {
          headers: { 'content-type': 'application/json' },
        });
        assert.equal(status, 400);
        assert.equal(data.status, 400);
        assert.match(data.error, message);
        assert.equal((await sandbox.api.get('/instances')).data.meta.total, 0);
      });
    }
  });

  describe('working on an instance', () => {
    it('knows no instance that is not there', async () => {
      for (const id of ['00000000-0000-4000-8000-000000000000', 'constructor']) {
        for (const [method, path] of [
          ['get', ''],
          ['delete', ''],
          ['patch', ''],
          ['post', '/halt'],
          ['post', '/restore'],
          ['get', '/user-data'],
        ] as const) {
          const { status, data } = await sandbox.api.request({ method, url: `/instances/${id}${path}` });
          assert.deepEqual(
            { status, data },
            { status: 404, data: { error: 'Invalid instance-id.', status: 404 } },
          );
        }
      }
    });

    it('refuses actions on an instance that is not installed yet, without any effect', async () => {
      await sandbox.levers.post('/vultr/hold');
      const { id } = await sandbox.create();
      for (const path of ['/halt', '/start', '/reboot', '/reinstall']) {
        const { status, data } = await sandbox.api.post(`/instances/${id}${path}`);
        assert.equal(status, 500, path);
        assert.match(data.error, /Server is currently locked/);
      }
      assert.equal((await sandbox.api.post('/snapshots', { instance_id: id })).status, 500);
      await sandbox.levers.delete('/vultr/hold');
      assert.equal((await sandbox.ready(id)).power_status, 'running');
    });

    it('halts, starts and reboots, one or several at once, and writes down only what changed', async () => {
      const ids = [(await sandbox.create()).id, (await sandbox.create()).id];
      for (const id of ids) await sandbox.ready(id);
      const [first] = ids;
      assert.equal((await sandbox.api.post(`/instances/${first}/halt`)).status, 204);
      assert.equal((await sandbox.api.post(`/instances/${first}/halt`)).status, 204);
      assert.equal((await sandbox.instance(first ?? '')).power_status, 'stopped');
      assert.equal((await sandbox.api.post('/instances/halt', { instance_ids: ids })).status, 204);
      assert.equal((await sandbox.api.post('/instances/start', { instance_ids: [...ids, 'x'] })).status, 404);
      assert.equal((await sandbox.instance(first ?? '')).power_status, 'stopped');
      assert.equal((await sandbox.api.post('/instances/start', { instance_ids: ids })).status, 204);
      assert.equal((await sandbox.api.post(`/instances/${first}/reboot`)).status, 204);
      assert.equal((await sandbox.instance(first ?? '')).power_status, 'running');
      const count = (effect: string): number =>
        sandbox.ledger(effect).filter(({ id }) => ids.includes(id)).length;
      assert.deepEqual(['instance.halted', 'instance.started', 'instance.rebooted'].map(count), [2, 2, 1]);
    });

    it('changes label, tags and user data in place', async () => {
      const { id } = await sandbox.create();
      const userData = Buffer.from('#cloud-config').toString('base64');
      const patch = { label: 'new', tags: ['x'], user_data: userData, backups: 'enabled' };
      const { status, data } = await sandbox.api.patch(`/instances/${id}`, patch);
      assert.equal(status, 202);
      assert.deepEqual([data.instance.label, data.instance.tags, data.instance.tag], ['new', ['x'], 'x']);
      assert.deepEqual(data.instance.features, ['auto_backups']);
      assert.equal((await sandbox.api.get(`/instances/${id}/user-data`)).data.user_data.data, userData);
      for (const wrong of [{ region: 'ams' }, { os_id: '2284' }, { user_data: '!' }, { plan: 'vc9' }]) {
        const answer = await sandbox.api.patch(`/instances/${(await sandbox.ready(id)).id}`, wrong);
        assert.equal(answer.status, 400, JSON.stringify(wrong));
      }
    });

    it('resizes to an offered upgrade through "resizing", and to nothing else', async () => {
      const { id } = await sandbox.create();
      await sandbox.ready(id);
      const { upgrades } = (await sandbox.api.get(`/instances/${id}/upgrades?type=plans`)).data;
      assert.deepEqual(Object.keys(upgrades), ['plans']);
      assert.ok(upgrades.plans.includes('vc2-2c-4gb') && !upgrades.plans.includes('vhf-2c-4gb'));
      assert.equal((await sandbox.api.patch(`/instances/${id}`, { plan: 'vhf-2c-4gb' })).status, 400);
      await sandbox.levers.post('/vultr/hold');
      const { data } = await sandbox.api.patch(`/instances/${id}`, { plan: 'vc2-2c-4gb' });
      assert.deepEqual([data.instance.status, data.instance.plan], ['resizing', 'vc2-1c-1gb']);
      assert.equal((await sandbox.api.delete(`/instances/${id}`)).status, 500);
      await sandbox.levers.delete('/vultr/hold');
      const resized = await sandbox.ready(id);
      assert.deepEqual(
        [resized.plan, resized.ram, resized.disk, resized.vcpu_count],
        ['vc2-2c-4gb', 4_096, 80, 2],
      );
      assert.equal((await sandbox.api.patch(`/instances/${id}`, { plan: 'vc2-1c-1gb' })).status, 400);
    });

    it('reinstalls with a new password and system, keeping the address', async () => {
      const { id } = await sandbox.create();
      const { main_ip: address } = await sandbox.ready(id);
      const { status, data } = await sandbox.api.post(`/instances/${id}/reinstall`, { hostname: 'again' });
      assert.equal(status, 202);
      assert.equal(data.instance.default_password.length, 16);
      assert.equal((await sandbox.ready(id)).main_ip, address);
      assert.equal((await sandbox.api.patch(`/instances/${id}`, { os_id: 2136 })).status, 202);
      assert.equal((await sandbox.ready(id)).os, 'Debian 12 x64 (bookworm)');
    });

    it('deletes once: then it is gone', async () => {
      await sandbox.levers.post('/vultr/hold');
      const { id } = await sandbox.create({ ...linux, tags: ['t'] });
      assert.equal((await sandbox.api.delete(`/instances/${id}`)).status, 204);
      assert.equal((await sandbox.api.get(`/instances/${id}`)).status, 404);
      assert.equal((await sandbox.api.delete(`/instances/${id}`)).status, 404);
      const entries = sandbox.ledger('instance.deleted').filter((entry) => entry.id === id);
      assert.deepEqual(
        entries.map(({ detail }) => detail),
        [{ by: 'client', label: '', tags: ['t'] }],
      );
    });
  });
});
