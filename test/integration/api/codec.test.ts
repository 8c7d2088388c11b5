import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { Problem } from '../../../schemas/api/common.ts';
import { SCOPES } from '../../../schemas/api/staff.ts';
import { createPayloadCodec } from '../../../schemas/crypto/payload-codec.ts';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import { addKey, client, type Shop, startShop } from './shop.ts';

interface WirePayload {
  metadata: Record<string, string>;
  data: string;
}

const UI = 'http://127.0.0.1:8233';

function toWire({ metadata, data }: Payload): WirePayload {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([key, value]) => [key, base64(value)])),
    data: base64(data ?? new Uint8Array()),
  };
}

const textOf = ({ data }: WirePayload): unknown => JSON.parse(Buffer.from(data, 'base64').toString());

describe('the codec endpoint', () => {
  let shop: Shop;
  let secret: Payload;
  let key: string;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('codec');
    key = await addKey(shop.sql, shop.deps.tenant.id, { scopes: ['codec:decode'] });
    secret = await encrypted({ password: 'geheim' });
  });

  const encrypted = async (value: unknown): Promise<Payload> => {
    const [payload] = await createPayloadCodec(shop.deps.secretBox).encode([
      defaultPayloadConverter.toPayload(value),
    ]);
    assert.ok(payload);
    return payload;
  };
  const decode = (payloads: unknown[], headers: Record<string, string>) =>
    shop.http.post<{ payloads: WirePayload[] } & Problem>('/v1/codec/decode', { payloads }, { headers });

  it('decodes what the workers encode, in order, and leaves the rest as it is', async () => {
    const plain = defaultPayloadConverter.toPayload({ a: 1 });
    const foreign = await createPayloadCodec(createSecretBox([{ id: 'k9', key: randomBytes(32) }])).encode([
      plain,
    ]);
    const broken = { metadata: toWire(secret).metadata, data: 'AAEC' };
    const sent = [toWire(secret), toWire(plain), toWire(foreign[0] as Payload), broken];
    const { status, data } = await decode(sent, { authorization: `Bearer ${key}`, 'x-namespace': 'default' });
    assert.equal(status, 200);
    assert.deepEqual(data.payloads.map((payload) => payload.metadata['encoding']).slice(0, 2), [
      Buffer.from('json/plain').toString('base64'),
      Buffer.from('json/plain').toString('base64'),
    ]);
    assert.deepEqual(textOf(data.payloads[0] as WirePayload), { password: 'geheim' });
    assert.deepEqual(textOf(data.payloads[1] as WirePayload), { a: 1 });
    assert.deepEqual(data.payloads.slice(2), sent.slice(2));
  });

  it('encodes so that it can be decoded', async () => {
    const plain = toWire(defaultPayloadConverter.toPayload('hello'));
    const headers = { authorization: `Bearer ${key}` };
    const { data } = await shop.http.post<{ payloads: WirePayload[] }>(
      '/v1/codec/encode',
      { payloads: [plain] },
      { headers },
    );
    assert.notEqual(data.payloads[0]?.data, plain.data);
    assert.deepEqual((await decode(data.payloads, headers)).data.payloads, [plain]);
  });

  it('answers nobody without the scope', async () => {
    const narrow = await addKey(shop.sql, shop.deps.tenant.id, {
      scopes: SCOPES.filter((scope) => scope !== 'codec:decode'),
    });
    assert.equal((await decode([], {})).status, 401);
    assert.equal((await decode([], { cookie: 'tenure_codec=v1.k1.AAAA' })).status, 401);
    assert.equal((await decode([], { authorization: `Bearer ${narrow}` })).status, 403);
    assert.equal((await shop.http.post('/v1/codec/session', { apiKey: narrow })).status, 403);
    assert.equal((await shop.http.post('/v1/codec/session', { apiKey: 'tnr_x' })).status, 401);
  });

  it('refuses what is not payloads', async () => {
    const headers = { authorization: `Bearer ${key}` };
    for (const payloads of [null, {}, [1], [{ data: '*' }], [{ metadata: { encoding: 1 } }]]) {
      assert.equal((await decode(payloads as never, headers)).status, 422, JSON.stringify(payloads));
    }
  });

  describe('the session for the Temporal UI', () => {
    const signIn = async (apiKey: string) => {
      const { headers } = await shop.http.post('/v1/codec/session', { apiKey });
      const [cookie = ''] = headers['set-cookie'] ?? [];
      return cookie;
    };

    it('is a cookie that scripts and other sites do not get', async () => {
      const cookie = await signIn(key);
      for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/v1/codec', 'Max-Age=28800']) {
        assert.ok(cookie.includes(attribute), cookie);
      }
      assert.equal(cookie.includes(key), false);
      const { status, data } = await decode([toWire(secret)], { cookie: cookie.split(';')[0] ?? '' });
      assert.equal(status, 200);
      assert.deepEqual(textOf(data.payloads[0] as WirePayload), { password: 'geheim' });
    });

    it('opens nothing but the codec', async () => {
      const wide = await addKey(shop.sql, shop.deps.tenant.id);
      const cookie = (await signIn(wide)).split(';')[0] ?? '';
      assert.equal((await shop.http.get('/v1/subscriptions', { headers: { cookie } })).status, 401);
    });

    it('ends when its key is revoked', async () => {
      const revoked = await addKey(shop.sql, shop.deps.tenant.id);
      const cookie = (await signIn(revoked)).split(';')[0] ?? '';
      assert.equal((await decode([], { cookie })).status, 200);
      await shop.sql.query('update api_keys set revoked_at = now() where prefix = $1', [
        revoked.slice(4, 12),
      ]);
      assert.equal((await decode([], { cookie })).status, 401);
    });

    it('begins on a plain page with a form', async () => {
      const page = await shop.http.get<string>('/v1/codec/sign-in');
      assert.match(page.data, /<form method="post" action="\/v1\/codec\/session">/);
      assert.match(String(page.headers['content-security-policy']), /form-action 'self'/);
      const answer = await shop.http.post<string>(
        '/v1/codec/session',
        new URLSearchParams({ apiKey: ` ${key} ` }).toString(),
        { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      );
      assert.equal(answer.status, 200);
      assert.match(answer.data, /Go to the Temporal UI/);
      assert.ok(answer.headers['set-cookie']);
    });
  });

  describe('cross-origin', () => {
    const preflight = (origin: string) =>
      shop.http.request({
        method: 'OPTIONS',
        url: '/v1/codec/decode',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,x-namespace',
        },
      });

    it('lets the Temporal UI ask with its cookie', async () => {
      const { status, headers } = await preflight(UI);
      assert.equal(status, 204);
      assert.equal(headers['access-control-allow-origin'], UI);
      assert.equal(headers['access-control-allow-credentials'], 'true');
      assert.match(String(headers['access-control-allow-headers']), /X-Namespace/);
      const answer = await decode([], { origin: UI, authorization: `Bearer ${key}` });
      assert.equal(answer.headers['access-control-allow-origin'], UI);
    });

    it('lets nobody else', async () => {
      for (const origin of ['https://evil.example', 'null', `${UI}.evil.example`]) {
        assert.equal((await preflight(origin)).headers['access-control-allow-origin'], undefined, origin);
        const answer = await decode([], { origin, authorization: `Bearer ${key}` });
        assert.equal(answer.headers['access-control-allow-origin'], undefined);
      }
      const elsewhere = await client(shop.url).request({
        method: 'OPTIONS',
        url: '/v1/subscriptions',
        headers: { origin: UI },
      });
      assert.equal(elsewhere.headers['access-control-allow-origin'], undefined);
    });
  });
});
