import assert from 'node:assert/strict';
import { once } from 'node:events';
import { slidingLimit } from '../../../deploy/sandbox/shared/rate.ts';
import { type Api, clientOf, linux, startInProcess, testSandbox, typesOf, until } from './vultr-harness.ts';

describe('the Vultr stand-in', () => {
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

  describe('access', () => {
    it('refuses a missing or wrong token with its error body, and shows the public lists without one', async () => {
      const strangerWith = (authorization: string): Api =>
        clientOf(() => sandbox.running().url, authorization);
      for (const authorization of ['', 'Bearer wrong', 'test-key', 'Basic dGVzdC1rZXk=']) {
        const { status, data } = await strangerWith(authorization).get('/instances');
        assert.equal(status, 401);
        assert.deepEqual(data, { error: 'Invalid API token.', status: 401 });
      }
      for (const path of ['/regions', '/plans', '/os', '/applications', '/regions/fra/availability']) {
        assert.equal((await strangerWith('').get(path)).status, 200, path);
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
      const slow = testSandbox({ ratePerSecond: 5 });
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
      assert.ok(gpu.data.available_plans.every((id) => id.startsWith('vcg-')));
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
      assert.ok(plans.every(({ ram }) => ram >= 2_048));
    });
  });

  describe('paging', () => {
    it('walks a list forwards to the empty cursor and backwards again', async () => {
      const all = (await sandbox.api.get('/plans?per_page=500')).data.plans.map((plan) => plan.id);
      const seen: string[] = [];
      let cursor = '';
      let last = '';
      do {
        const { data } = await sandbox.api.get('/plans', { params: { per_page: 4, cursor } });
        assert.equal(data.meta.total, all.length);
        seen.push(...data.plans.map((plan) => plan.id));
        last = data.meta.links.prev;
        cursor = data.meta.links.next;
      } while (cursor !== '');
      assert.deepEqual(seen, all);
      const before = (await sandbox.api.get('/plans', { params: { per_page: 4, cursor: last } })).data;
      const pageStart = Math.floor((all.length - 1) / 4) * 4;
      assert.deepEqual(
        before.plans.map((plan) => plan.id),
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
        second.data.instances.map(({ id }) => id),
        ids.slice(2, 4),
      );
    });

    it('refuses page sizes outside 1–500 and foreign cursors', async () => {
      for (const query of ['per_page=0', 'per_page=501', 'per_page=ten', 'cursor=nonsense', 'cursor=MTIz']) {
        assert.equal((await sandbox.api.get(`/instances?${query}`)).status, 400, query);
      }
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
      await sandbox.complete(snapshot.id);
      await sandbox.ready(id);
      assert.equal((await sandbox.api.delete(`/instances/${id}`)).status, 204);
      assert.equal((await sandbox.api.put(`/snapshots/${snapshot.id}`, { description: 'kept' })).status, 204);
      const { snapshots, meta } = (await sandbox.api.get('/snapshots?description=kept')).data;
      assert.deepEqual([snapshots[0]?.id, meta.total], [snapshot.id, 1]);
      assert.equal(snapshots[0]?.size, 25 * 1024 ** 3);
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

  it('says in one sentence that its port is taken', async () => {
    const second = testSandbox({ port: Number(new URL(sandbox.running().url).port) });
    await assert.rejects(second.start(), /^Error: Port \d+ is in use; stop what listens there/);
    await second.remove();
  });

  it('tells the ledger over HTTP, narrowed by effect', async () => {
    const { id } = await sandbox.create();
    const { entries } = (await sandbox.levers.get('/ledger?effect=instance.created')).data;
    const last = entries.at(-1);
    assert.deepEqual([last?.id, last?.api, last?.effect], [id, 'vultr', 'instance.created']);
    assert.ok(Date.parse(last?.at ?? '') <= Date.now());
  });

  it('finds everything again after a kill, and goes on with what was under way', async () => {
    const killed = testSandbox();
    await killed.start();
    await killed.levers.post('/vultr/hold');
    await killed.stop();
    const first = await startInProcess(killed.options());
    const api = clientOf(() => first.url);
    const made = await Promise.all([1, 2, 3].map(() => api.post('/instances', linux)));
    const ids = made.map(({ data }) => data.instance.id).sort();
    assert.equal((await api.delete(`/instances/${ids[2]}`)).status, 204);
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');

    await killed.start();
    try {
      const { instances } = (await killed.api.get('/instances')).data;
      assert.deepEqual(instances.map(({ id }) => id).sort(), ids.slice(0, 2));
      await killed.levers.delete('/vultr/hold');
      for (const id of ids.slice(0, 2)) await killed.ready(id);
      assert.equal(killed.ledger('instance.created').length, 3);
      assert.equal(killed.ledger('instance.deleted').length, 1);
    } finally {
      await killed.remove();
    }
  });
});
