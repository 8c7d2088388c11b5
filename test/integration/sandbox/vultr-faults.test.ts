import assert from 'node:assert/strict';
import { linux, testSandbox } from './vultr-harness.ts';

describe('what the Vultr stand-in can be made to do', () => {
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
      assert.match(answers.find(({ status }) => status === 400)?.data.error ?? '', /maximum number/);
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
        assert.deepEqual([faults[0]?.seen, faults[0]?.hits], [1, 1]);
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
});
