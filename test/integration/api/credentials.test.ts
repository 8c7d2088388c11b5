import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Problem } from '../../../schemas/api/common.ts';
import type { CredentialsStatus, CredentialsView } from '../../../schemas/api/shop.ts';
import { signToken } from '../../../schemas/crypto/tokens.ts';
import { toEdgeId } from '../../../schemas/ids.ts';
import { count, handOver, PASSWORD, type PlacedOrder, placeOrder } from './orders.ts';
import { type Shop, startShop } from './shop.ts';

describe('one-time credentials', () => {
  let shop: Shop;
  let order: PlacedOrder;
  let ordinal = 0;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('credentials');
    order = await placeOrder(shop);
  });

  const newLink = (expiresInMs?: number) =>
    handOver(shop, order, { ordinal: (ordinal += 1), ...(expiresInMs === undefined ? {} : { expiresInMs }) });
  const look = async (token: string) =>
    (await shop.http.get<CredentialsStatus>(`/v1/credentials/${token}`)).data.state;
  const reveal = (token: string, headers: Record<string, string> = {}) =>
    shop.http.post<CredentialsView & Problem>(`/v1/credentials/${token}/reveal`, undefined, { headers });
  const opened = (instanceId: string) =>
    count(shop, 'audit_events', `action = 'credentials.opened' and subject_id = $1`, [
      toEdgeId('instance', instanceId),
    ]);

  it('are not used up by looking', async () => {
    const { token } = await newLink();
    for (let time = 1; time <= 3; time += 1) assert.equal(await look(token), 'available');
    assert.equal((await reveal(token)).status, 200);
  });

  it('are shown once, with a trail, and never cached', async () => {
    const { token, instanceId } = await newLink();
    const { status, data, headers } = await reveal(token);
    assert.equal(status, 200);
    assert.deepEqual(data, {
      hostname: `vps-${ordinal}`,
      protocol: 'ssh',
      address: '203.0.113.7',
      port: 22,
      username: 'root',
      password: PASSWORD,
      fingerprint: 'SHA256:abc',
    });
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(await look(token), 'opened');
    const second = await reveal(token);
    assert.equal(second.status, 410);
    assert.equal(second.data.reason, 'already-opened');
    assert.match(second.data.nextStep, /rotate/i);
    assert.equal(await opened(instanceId), 1);
  });

  it('are shown to one of ten who ask at once', async () => {
    for (let round = 1; round <= 5; round += 1) {
      const { token, instanceId } = await newLink();
      const answers = await Promise.all(Array.from({ length: 10 }, () => reveal(token)));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      assert.equal(answers.filter(({ status }) => status === 410).length, 9);
      assert.equal(await opened(instanceId), 1);
    }
  });

  it('come again under the same Idempotency-Key only: an answer may be lost on its way', async () => {
    const { token, instanceId } = await newLink();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await reveal(token, headers);
    assert.deepEqual((await reveal(token, headers)).data, first.data);
    assert.equal((await reveal(token, { 'idempotency-key': randomUUID() })).status, 410);
    assert.equal((await reveal(token)).status, 410);
    assert.equal(await opened(instanceId), 1);
    assert.equal(
      await count(shop, 'idempotency_keys', `response::text like '%' || $1 || '%'`, [PASSWORD]),
      0,
    );
  });

  it('are gone when the link has expired', async () => {
    const { token } = await newLink(-1_000);
    assert.equal(await look(token), 'expired');
    const { status, data } = await reveal(token);
    assert.equal(status, 410);
    assert.equal(data.reason, 'link-expired');
  });

  it('are gone when they were replaced', async () => {
    const { token, linkId } = await newLink();
    await shop.sql.query('update credential_links set replaced_at = now() where id = $1', [linkId]);
    assert.equal(await look(token), 'replaced');
    assert.equal((await reveal(token)).data.reason, 'link-replaced');
  });

  it('are not found by a changed, foreign or invented token', async () => {
    const { token } = await newLink();
    const { config, tenant } = shop.deps;
    const tokens = [
      `${token.slice(0, 40)}${token[40] === 'A' ? 'B' : 'A'}${token.slice(41)}`,
      order.orderToken,
      'x',
      '%00',
      signToken('another-secret-of-thirty-two-chars', 'credentials', tenant.id, randomUUID()),
      signToken(config.TOKEN_SECRET, 'credentials', tenant.id, randomUUID()),
      signToken(config.TOKEN_SECRET, 'credentials', randomUUID(), randomUUID()),
    ];
    for (const wrong of tokens) {
      assert.equal((await shop.http.get(`/v1/credentials/${wrong}`)).status, 404, wrong);
      assert.equal((await reveal(wrong)).status, 404, wrong);
    }
    assert.equal(await look(token), 'available');
  });

  it('never reach the log, nor do the links', async () => {
    const { token } = await newLink();
    await reveal(token);
    await shop.http.get(`/v1/orders/${order.orderToken}`);
    const log = shop.logged.join('');
    assert.ok(log.includes('/v1/credentials/***/reveal'));
    assert.ok(log.includes('/v1/orders/***'));
    for (const secret of [token, order.orderToken, PASSWORD]) assert.equal(log.includes(secret), false);
  });
});
