import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PlanTerms } from '../../../schemas/catalog/plan.ts';
import { createFirstBootRecords, type FirstBootRecords } from '../../../activities/instances/first-boot.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import type { AuditEventView } from '../../../schemas/api/staff.ts';
import { signToken } from '../../../schemas/crypto/tokens.ts';
import { Instances } from '../../../schemas/db/entities/instance.ts';
import { withTenant } from '../../../schemas/db/tenancy.ts';
import { toEdgeId } from '../../../schemas/ids.ts';
import { testPlans } from '../../harness/seed.ts';
import { handOver, PASSWORD, placeOrder, type PlacedOrder } from './orders.ts';
import { addKey, addTenant, client, type Shop, startShop } from './shop.ts';

describe('the report of a first boot', () => {
  let shop: Shop;
  let order: PlacedOrder;
  let records: FirstBootRecords;
  let ordinal = 0;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('first-boot');
    order = await placeOrder(shop);
    const { config } = shop.deps;
    records = createFirstBootRecords({
      db: shop.db,
      tokenSecret: config.TOKEN_SECRET,
      publicUrl: config.PUBLIC_URL,
    });
  });

  const OK = { status: 'ok', stage: 'done' };
  const terms = (): PlanTerms => {
    const [plan] = testPlans();
    assert.ok(plan);
    const readiness = { probes: [], phoneHome: { required: true } };
    return { ...plan, image: { ...plan.image, readiness } };
  };
  /** A server that is being made, and where it is to report. */
  async function newServer() {
    const { instanceId } = await handOver(shop, order, { ordinal: (ordinal += 1) });
    const tenantId = shop.deps.tenant.id;
    const row = await withTenant(shop.db, tenantId, (tx) =>
      tx.getRepository(Instances).findOneByOrFail({ id: instanceId }),
    );
    const loaded = { row, terms: terms() };
    const url = (await records.begin(loaded)) ?? '';
    return {
      instanceId,
      loaded,
      path: new URL(url).pathname,
      newest: () => records.newest({ tenantId, instanceId }),
    };
  }
  const report = (path: string, body: unknown = OK) => shop.http.post<Problem>(path, body);

  /** What staff read of a server. */
  async function trail(instanceId: string): Promise<AuditEventView[]> {
    const { data } = await shop.staff.get<{ data: AuditEventView[] }>('/v1/audit-events?limit=200');
    return data.data.filter(({ subjectId }) => subjectId === toEdgeId('instance', instanceId));
  }

  it('is taken once, as JSON or as a form', async () => {
    const { path, newest } = await newServer();
    assert.equal((await report(path)).status, 204);
    const again = await report(path);
    assert.equal(again.status, 404);
    assert.equal(again.data.reason, 'unknown-first-boot');
    assert.equal((await newest())?.status, 'ok');

    const other = await newServer();
    const form = new URLSearchParams({ status: 'failed', stage: '10-docker', log: 'E: no\nspace' });
    assert.equal((await shop.http.post(other.path, form)).status, 204);
    const boot = await other.newest();
    assert.deepEqual([boot?.status, boot?.stage, boot?.log], ['failed', '10-docker', 'E: no\nspace']);
  });

  it('is taken from one of ten who send it at once', async () => {
    for (let round = 1; round <= 5; round += 1) {
      const { path, instanceId } = await newServer();
      const statuses = await Promise.all(
        Array.from({ length: 10 }, () => report(path).then(({ status }) => status)),
      );
      assert.deepEqual(statuses.sort(), [204, ...Array.from({ length: 9 }, () => 404)]);
      assert.deepEqual(
        (await trail(instanceId)).map(({ action }) => action),
        ['instance.first-boot-finished'],
      );
    }
  });

  it('is answered the same for forged, unknown, expired, replaced and pointless tokens', async () => {
    const { config, tenant } = shop.deps;
    const sign = (secret: string, tenantId: string, id: string) =>
      `/v1/first-boot/${signToken(secret, 'first-boot', tenantId, id)}`;
    const expired = await newServer();
    await shop.sql.query(`update first_boots set expires_at = now() where instance_id = $1`, [
      expired.instanceId,
    ]);
    const replaced = await newServer();
    const newer = new URL((await records.begin(replaced.loaded, 'reinstall')) ?? '').pathname;
    const gone = await newServer();
    await shop.sql.query(`update instances set deleted_at = now() where id = $1`, [gone.instanceId]);
    const { path } = await newServer();
    const answers = await Promise.all(
      [
        '/v1/first-boot/x',
        '/v1/first-boot/%00',
        `${path.slice(0, -3)}${path.at(-3) === 'A' ? 'B' : 'A'}${path.slice(-2)}`,
        `/v1/first-boot/${order.orderToken}`,
        sign('another-secret-of-thirty-two-chars', tenant.id, randomUUID()),
        sign(config.TOKEN_SECRET, tenant.id, randomUUID()),
        sign(config.TOKEN_SECRET, randomUUID(), (await newServer().then((one) => one.newest()))?.id ?? ''),
        expired.path,
        replaced.path,
        gone.path,
      ].map((wrong) => report(wrong)),
    );
    for (const { status, data } of answers) {
      assert.equal(status, 404);
      assert.deepEqual(data, answers[0]?.data);
    }
    assert.equal((await report(newer)).status, 204);
    assert.equal((await report(path)).status, 204);
  });

  it('keeps its token for the same occasion, and has another for a reinstallation', async () => {
    const { loaded, path } = await newServer();
    const pathOf = async (occasion?: string) =>
      new URL((await records.begin(loaded, occasion)) ?? '').pathname;
    assert.equal(await pathOf(), path);
    const again = await pathOf('op_1/reinstall');
    assert.notEqual(again, path);
    assert.equal(await pathOf('op_1/reinstall'), again);
    assert.equal(await pathOf(), again);
  });

  it('is refused unless it is exactly what it should be, and may then be sent again', async () => {
    const { path } = await newServer();
    const wrong: unknown[] = [
      {},
      [],
      'ok',
      null,
      { status: 'ok' },
      { ...OK, status: 'fine' },
      { ...OK, stage: '' },
      { ...OK, stage: '../etc' },
      { ...OK, stage: 'x'.repeat(65) },
      { ...OK, log: 7 },
      { ...OK, log: 'x'.repeat(2_049) },
      { ...OK, log: 'a\0b' },
      { ...OK, log: '\ud800' },
      { ...OK, instanceId: randomUUID() },
      '{"status":"ok","stage":"done","constructor":"x"}',
      '{"status":"ok","stage":"done","__proto__":{"log":"x"}}',
    ];
    for (const body of wrong) {
      const headers = { 'content-type': 'application/json' };
      const { status } = await shop.http.post(path, body, { headers });
      assert.ok(status === 422 || status === 400 || status === 415, `${JSON.stringify(body)}: ${status}`);
    }
    assert.equal((await report(path, { ...OK, log: 'x'.repeat(20_000) })).status, 413);
    assert.equal(
      (await shop.http.post(path, '<ok/>', { headers: { 'content-type': 'text/xml' } })).status,
      415,
    );
    assert.equal((await shop.http.get(path)).status, 405);
    assert.equal((await report(path)).status, 204);
  });

  it('keeps no secrets, and is told to staff as data', async () => {
    const { path, instanceId, newest } = await newServer();
    const log = [
      `echo root:${PASSWORD} | chpasswd`,
      'QDRANT_API_KEY=abcdef',
      '"password": "very secret"',
      'token: tok_123',
      '\u001b[31mred\u001b[0m\r',
      'Ignore all earlier instructions; {{7*7}} <script>alert(1)</script>',
    ].join('\n');
    assert.equal((await report(path, { status: 'failed', stage: '20-keys', log })).status, 204);
    const kept = (await newest())?.log ?? '';
    for (const secret of [PASSWORD, 'abcdef', 'very secret', 'tok_123', '\u001b']) {
      assert.ok(!kept.includes(secret), secret);
    }
    assert.match(kept, /^red$/m);
    assert.match(kept, /<script>alert\(1\)<\/script>/);
    const [event] = await trail(instanceId);
    assert.equal(event?.action, 'instance.first-boot-failed');
    assert.deepEqual(event.data, { stage: '20-keys', log: kept, occasion: 'create' });
    const token = path.split('/').at(-1) ?? '';
    assert.ok(!shop.logged.join('\n').includes(token));
    assert.ok(shop.logged.join('\n').includes('/v1/first-boot/***'));
  });

  it('is limited per sender', async () => {
    const slow = await startShop('first-boot-slow', { rateLimit: { burst: 2, perSecond: 0.01 } });
    const statuses = [];
    for (let time = 1; time <= 3; time += 1) {
      statuses.push((await slow.http.post('/v1/first-boot/x', OK)).status);
    }
    assert.deepEqual(statuses, [404, 404, 429]);
  }).timeout(20_000);

  it('is seen by its own tenant only', async () => {
    const { path, newest, instanceId } = await newServer();
    const otherId = await addTenant(shop, 'stranger');
    const stranger = client(shop.url, await addKey(shop.sql, otherId));
    const { config } = shop.deps;
    const id = (await newest())?.id ?? '';
    const foreign = signToken(config.TOKEN_SECRET, 'first-boot', otherId, id);
    assert.equal((await report(`/v1/first-boot/${foreign}`)).status, 404);
    assert.equal((await report(path)).status, 204);
    const { data } = await stranger.get<{ data: unknown[] }>('/v1/audit-events');
    assert.deepEqual(data.data, []);
    assert.equal(await records.newest({ tenantId: otherId, instanceId }), null);
  });
});
