import assert from 'node:assert/strict';
import { once } from 'node:events';
import axios from 'axios';
import { slidingLimit } from '../../../deploy/sandbox/shared/rate.ts';
import { TestSandbox, clientOf, linux, startInProcess, until, windows } from './vultr-harness.ts';

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

function typesOf(thing: object): Record<string, string> {
  const typeOf = (value: unknown): string =>
    Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  return Object.fromEntries(Object.entries(thing).map(([name, value]) => [name, typeOf(value)]));
}

describe('the Vultr stand-in', function () {
  this.timeout(30_000);
  const sandbox = new TestSandbox();
  before(() => sandbox.start());
  after(() => sandbox.remove());
  afterEach(async () => {
    await sandbox.levers.delete('/faults');
    await sandbox.levers.delete('/vultr/hold');
    for (const { id } of (await sandbox.api.get('/instances?per_page=500')).data.instances) {
      await sandbox.levers.delete(`/vultr/instances/${id}`);
    }
  });

  describe('access', () => {
    it('refuses a missing or wrong token with its error body, and shows the public lists without one', async () => {
      const anonymous = axios.create({ baseURL: sandbox.url, validateStatus: () => true });
      for (const authorization of ['', 'Bearer wrong', 'test-key', 'Basic dGVzdC1rZXk=']) {
        const { status, data } = await anonymous.get('/instances', { headers: { authorization } });
        assert.equal(status, 401);
        assert.deepEqual(data, { error: 'Invalid API token.', status: 401 });
      }
      for (const path of ['/regions', '/plans', '/os', '/applications', '/regions/fra/availability']) {
        assert.equal((await anonymous.get(path)).status, 200, path);
      }
    });

    it('answers 404 for unknown paths and 405 with the allowed methods for known ones', async () => {
      assert.deepEqual((await sandbox.api.get('/nothing')).data, { error: 'Not found.', status: 404 });
      const { status, data } = await sandbox.api.put('/instances', {});
      assert.equal(status, 405);
      assert.equal(data.error, 'Method not allowed. Must be one of: GET, POST');
    });

    it('counts requests over a sliding second', () => {
      let nowMs = 0;
      const mayPass = slidingLimit(2, () => nowMs);
      const tries: [atMs: number, caller: string, passes: boolean][] = [
        [0, 'a', true],
        [600, 'a', true],
        [999, 'a', false],
        [999, 'b', true],
        [1_000, 'a', true],
        [1_599, 'a', false],
        [1_600, 'a', true],
      ];
      for (const [atMs, caller, passes] of tries) {
        nowMs = atMs;
        assert.equal(mayPass(caller), passes, `${caller} at ${atMs} ms`);
      }
    });

    it('answers 429 above its rate, with no Retry-After', async () => {
      const slow = new TestSandbox({ ratePerSecond: 5 });
      await slow.start();
      try {
        const answers = await Promise.all(Array.from({ length: 40 }, () => slow.api.get('/account')));
        const refused = answers.filter(({ status }) => status === 429);
        assert.ok(answers.filter(({ status }) => status === 200).length >= 5);
        assert.equal(refused[0]?.headers['retry-after'], undefined);
        assert.equal(refused[0]?.data.status, 429);
        await until(async () => ((await slow.api.get('/account')).status === 200 ? true : undefined));
      } finally {
        await slow.remove();
      }
    });
  });

  describe('the catalogue', () => {
    it('offers only plans of the region, narrowed by type', async () => {
      const gpu = await sandbox.api.get('/regions/fra/availability?type=vcg');
      assert.ok(gpu.data.available_plans.includes('vcg-a16-2c-8g-2vram'));
      assert.ok(gpu.data.available_plans.every((id: string) => id.startsWith('vcg-')));
      assert.deepEqual(
        (await sandbox.api.get('/regions/lhr/availability?type=vcg')).data.available_plans,
        [],
      );
      assert.equal((await sandbox.api.get('/plans?type=nonsense')).status, 400);
      assert.equal((await sandbox.api.get('/regions/xyz/availability')).status, 404);
    });

    it('leaves plans too small for Windows out of os=windows', async () => {
      const { plans } = (await sandbox.api.get('/plans?os=windows')).data;
      assert.ok(plans.length > 0);
      assert.ok(plans.every(({ ram }: { ram: number }) => ram >= 2_048));
    });
  });

  describe('paging', () => {
    it('walks a list forwards to the empty cursor and backwards again', async () => {
      const all = (await sandbox.api.get('/plans?per_page=500')).data.plans.map(
        (plan: { id: string }) => plan.id,
      );
      const seen: string[] = [];
      let cursor = '';
      let last = '';
      do {
        const { data } = await sandbox.api.get('/plans', { params: { per_page: 4, cursor } });
        assert.equal(data.meta.total, all.length);
        seen.push(...data.plans.map((plan: { id: string }) => plan.id));
        last = data.meta.links.prev;
        cursor = data.meta.links.next;
      } while (cursor !== '');
      assert.deepEqual(seen, all);
      const before = (await sandbox.api.get('/plans', { params: { per_page: 4, cursor: last } })).data;
      const pageStart = Math.floor((all.length - 1) / 4) * 4;
      assert.deepEqual(
        before.plans.map((plan: { id: string }) => plan.id),
        all.slice(pageStart - 4, pageStart),
      );
    });

    it('neither skips nor repeats instances while others are deleted between two pages', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 5; i += 1) ids.push((await sandbox.create()).id);
      const first = (await sandbox.api.get('/instances?per_page=2')).data;
      await sandbox.levers.delete(`/vultr/instances/${ids[0]}`);
      await sandbox.levers.delete(`/vultr/instances/${ids[1]}`);
      const second = await sandbox.api.get('/instances', {
        params: { per_page: 2, cursor: first.meta.links.next },
      });
      assert.deepEqual(
        second.data.instances.map(({ id }: { id: string }) => id),
        ids.slice(2, 4),
      );
    });

    it('refuses page sizes outside 1–500 and foreign cursors', async () => {
      for (const query of ['per_page=0', 'per_page=501', 'per_page=ten', 'cursor=nonsense', 'cursor=MTIz']) {
        assert.equal((await sandbox.api.get(`/instances?${query}`)).status, 400, query);
      }
    });
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
      assert.equal(ipv4s[0].ip, ready.main_ip);
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

  describe('snapshots', () => {
    it('lock the instance until they are complete, and are listed, renamed and deleted', async () => {
      const { id } = await sandbox.create();
      await sandbox.ready(id);
      await sandbox.levers.post('/vultr/hold');
      const made = await sandbox.api.post('/snapshots', { instance_id: id, description: 'final' });
      assert.equal(made.status, 201);
      const { snapshot } = made.data;
      assert.deepEqual(typesOf(snapshot), {
        id: 'string',
        date_created: 'string',
        description: 'string',
        size: 'integer',
        compressed_size: 'integer',
        status: 'string',
        os_id: 'integer',
        app_id: 'integer',
      });
      assert.equal(snapshot.status, 'pending');
      const early = await sandbox.api.delete(`/instances/${id}`);
      assert.equal(early.status, 500);
      assert.equal(early.data.error, 'Unable to destroy server: Server is currently locked');
      await sandbox.levers.delete('/vultr/hold');
      await until(async () => {
        const { status } = (await sandbox.api.get(`/snapshots/${snapshot.id}`)).data.snapshot;
        return status === 'complete' ? true : undefined;
      });
      await sandbox.ready(id);
      assert.equal((await sandbox.api.delete(`/instances/${id}`)).status, 204);
      assert.equal((await sandbox.api.put(`/snapshots/${snapshot.id}`, { description: 'kept' })).status, 204);
      const { snapshots, meta } = (await sandbox.api.get('/snapshots?description=kept')).data;
      assert.deepEqual([snapshots[0].id, meta.total], [snapshot.id, 1]);
      assert.equal(snapshots[0].size, 25 * 1024 ** 3);
      assert.equal((await sandbox.api.delete(`/snapshots/${snapshot.id}`)).status, 204);
      assert.equal((await sandbox.api.get(`/snapshots/${snapshot.id}`)).status, 404);
    });

    it('are refused for instances that are not there and bodies that are wrong', async () => {
      for (const body of [{}, { instance_id: 'x' }, { instance_id: 7 }, { instance_id: 'x', name: 'y' }]) {
        assert.equal((await sandbox.api.post('/snapshots', body)).status, 400, JSON.stringify(body));
      }
    });
  });

  describe('SSH keys', () => {
    it('are kept, with names cut at 128 characters', async () => {
      const key =
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@example';
      assert.equal((await sandbox.api.post('/ssh-keys', { name: 'a', ssh_key: 'nonsense' })).status, 400);
      const made = await sandbox.api.post('/ssh-keys', { name: 'n'.repeat(200), ssh_key: key });
      assert.equal(made.status, 201);
      const { id, name } = made.data.ssh_key;
      assert.equal(name.length, 128);
      assert.equal((await sandbox.api.patch(`/ssh-keys/${id}`, { name: 'short' })).status, 204);
      assert.equal((await sandbox.api.get(`/ssh-keys/${id}`)).data.ssh_key.name, 'short');
      assert.equal((await sandbox.api.get('/ssh-keys')).data.meta.total, 1);
      assert.equal((await sandbox.api.delete(`/ssh-keys/${id}`)).status, 204);
      assert.equal((await sandbox.api.get(`/ssh-keys/${id}`)).status, 404);
    });
  });

  describe('the levers', () => {
    it('sell a region out and open it again', async () => {
      await sandbox.levers.post('/vultr/regions/fra/sold-out');
      const { status, data } = await sandbox.api.post('/instances', linux);
      assert.equal(status, 400);
      assert.match(data.error, /no more capacity/);
      assert.deepEqual((await sandbox.api.get('/regions/fra/availability')).data.available_plans, []);
      await sandbox.create({ ...linux, region: 'ams' });
      await sandbox.levers.delete('/vultr/regions/fra/sold-out');
      await sandbox.create();
    });

    it('fill the quota, also against requests at the same moment', async () => {
      await sandbox.levers.post('/vultr/quota', { instances: 2 });
      const answers = await Promise.all([1, 2, 3, 4].map(() => sandbox.api.post('/instances', linux)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 202, 400, 400]);
      assert.match(answers.find(({ status }) => status === 400)?.data.error, /maximum number/);
      await sandbox.levers.post('/vultr/quota', { instances: 500 });
    });

    it('leave an instance pending for ever, which can still be deleted', async () => {
      await sandbox.levers.post('/vultr/stuck', { times: 1 });
      const [stuck, fine] = [await sandbox.create(), await sandbox.create()];
      await sandbox.ready(fine.id);
      assert.equal((await sandbox.instance(stuck.id)).status, 'pending');
      assert.equal((await sandbox.api.delete(`/instances/${stuck.id}`)).status, 204);
    });

    it('delete an instance behind the client’s back', async () => {
      const { id } = await sandbox.create();
      assert.equal((await sandbox.levers.delete(`/vultr/instances/${id}`)).status, 204);
      assert.equal((await sandbox.api.get(`/instances/${id}`)).status, 404);
      assert.equal(sandbox.ledger('instance.deleted').at(-1)?.detail['by'], 'sandbox');
    });
  });

  describe('faults', () => {
    const onCreate = { method: 'POST', path: '^/v2/instances$' };
    const instances = async (): Promise<number> => (await sandbox.api.get('/instances')).data.meta.total;
    const tryCreate = (): Promise<number | string | undefined> =>
      sandbox.api.post('/instances', linux).then(
        ({ status }) => status,
        (error: { code?: string }) => error.code,
      );

    const cases: [kind: string, rule: object, answer: number | string, made: number][] = [
      ['status', {}, 503, 0],
      ['status', { status: 502 }, 502, 0],
      ['status-after', {}, 500, 1],
      ['lost-before', {}, 'ECONNRESET', 0],
      ['lost-after', {}, 'ECONNRESET', 1],
      ['throttle', {}, 429, 0],
      ['delay', { delayMs: 1 }, 202, 1],
      ['slow-body', { bytesPerSecond: 50_000 }, 202, 1],
    ];
    for (const [kind, rule, answer, made] of cases) {
      it(`${kind} ${JSON.stringify(rule)}: answers ${answer}, makes ${made}, and strikes once`, async () => {
        assert.equal((await sandbox.levers.post('/faults', { ...onCreate, kind, ...rule })).status, 201);
        assert.equal(await tryCreate(), answer);
        assert.equal(await instances(), made);
        assert.equal(await tryCreate(), 202);
        const { faults } = (await sandbox.levers.get('/faults')).data;
        assert.deepEqual([faults[0].seen, faults[0].hits], [1, 1]);
      });
    }

    it('hang: takes the request and never answers', async () => {
      await sandbox.levers.post('/faults', { ...onCreate, kind: 'hang' });
      const pending = sandbox.api.post('/instances', linux, { timeout: 200 });
      await assert.rejects(pending, { code: 'ECONNABORTED' });
      assert.equal(await instances(), 0);
    });

    it('carry the API’s own error body', async () => {
      await sandbox.levers.post('/faults', { kind: 'status-after', status: 502, method: 'get' });
      const { status, data } = await sandbox.api.get('/account');
      assert.equal(status, 502);
      assert.deepEqual(Object.keys(data), ['error', 'status']);
    });

    it('skip, strike n times or for ever, and by a seeded chance that repeats', async () => {
      const strikes = async (rule: object): Promise<string> => {
        await sandbox.levers.delete('/faults');
        await sandbox.levers.post('/faults', { kind: 'status', path: '/account', ...rule });
        const seen: string[] = [];
        for (let i = 0; i < 12; i += 1)
          seen.push((await sandbox.api.get('/account')).status === 503 ? 'x' : '.');
        return seen.join('');
      };
      assert.equal(await strikes({ times: 2, skip: 3 }), '...xx.......');
      assert.equal(await strikes({ times: null }), 'xxxxxxxxxxxx');
      const chance = await strikes({ times: null, probability: 0.5, seed: 7 });
      assert.ok(chance.includes('x') && chance.includes('.'), chance);
      assert.equal(await strikes({ times: null, probability: 0.5, seed: 7 }), chance);
    });

    it('are refused when malformed', async () => {
      for (const rule of [{}, { kind: 'melt' }, { kind: 'status', path: '(' }, { kind: 'hang', time: 1 }]) {
        assert.equal((await sandbox.levers.post('/faults', rule)).status, 400, JSON.stringify(rule));
      }
    });
  });

  it('tells the ledger over HTTP, narrowed by effect', async () => {
    const { id } = await sandbox.create();
    const { entries } = (await sandbox.levers.get('/ledger?effect=instance.created')).data;
    const { at, ...entry } = entries.at(-1);
    assert.ok(Date.parse(at) <= Date.now());
    assert.equal(entry.id, id);
    assert.equal(entry.api, 'vultr');
  });

  it('finds everything again after a kill, and goes on with what was under way', async () => {
    const killed = new TestSandbox();
    await killed.start();
    const { stateDir } = killed;
    await killed.stop();
    const options = { ...killed.allOptions(), bootMs: 400 };
    const first = await startInProcess(options);
    const api = clientOf(first.url);
    const made = await Promise.all([1, 2, 3].map(() => api.post('/instances', linux)));
    const ids = made.map(({ data }) => data.instance.id as string).sort();
    await api.delete(`/instances/${ids[2]}`);
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');

    await killed.start();
    try {
      assert.equal(killed.stateDir, stateDir);
      const { instances } = (await killed.api.get('/instances')).data;
      assert.deepEqual(instances.map(({ id }: { id: string }) => id).sort(), ids.slice(0, 2));
      for (const id of ids.slice(0, 2)) await killed.ready(id);
      assert.equal(killed.ledger('instance.created').length, 3);
      assert.equal(killed.ledger('instance.deleted').length, 1);
    } finally {
      await killed.remove();
    }
  });
});
