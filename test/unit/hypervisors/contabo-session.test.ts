/** How the Contabo driver signs in, and what goes with every call. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { createTokens, tokenEndpoint } from '../../../activities/hypervisors/contabo/session.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import {
  CREDENTIALS,
  INSTANCE,
  ORDER,
  REF,
  type ScriptedContabo,
  answerOf,
  error,
  one,
  rejects,
  startScriptedContabo,
} from './contabo-scripted.ts';

describe('Contabo’s session', () => {
  let wire: ScriptedContabo;
  let contabo: Hypervisor;

  before(async () => {
    wire = await startScriptedContabo();
  });
  beforeEach(() => {
    wire.reset();
    contabo = wire.connect();
  });
  after(() => wire.close());

  it('what is sent has the right types, a request id and a token', async () => {
    wire.answers = [one(INSTANCE)];
    await contabo.create({
      ...ORDER,
      plan: { ...ORDER.plan, period: 12, sshKeys: [7], defaultUser: 'admin' },
    });
    const [{ line, headers, body } = assert.fail()] = wire.asked;
    assert.equal(line, 'POST /v1/compute/instances');
    assert.equal(headers.authorization, 'Bearer token-1');
    assert.match(String(headers['x-request-id']), /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    assert.deepEqual(JSON.parse(body), {
      productId: 'V92',
      region: 'EU',
      period: 12,
      imageId: ORDER.plan.imageId,
      defaultUser: 'admin',
      sshKeys: [7],
      displayName: 'web-1 tenure:sub_1-1-g1',
      userData: '#cloud-config\n',
    });
    const [signIn = assert.fail()] = wire.signIns;
    assert.equal(signIn.line, 'POST /auth/realms/contabo/protocol/openid-connect/token');
    assert.equal(signIn.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(signIn.body)), {
      grant_type: 'password',
      client_id: CREDENTIALS.clientId,
      client_secret: CREDENTIALS.clientSecret,
      username: CREDENTIALS.username,
      password: CREDENTIALS.password,
    });
  });

  describe('signing in', () => {
    for (const [answer, kind, reason] of [
      [
        answerOf(401, { error: 'invalid_grant', error_description: 'Invalid user credentials' }),
        'needs-a-human',
        'key-refused',
      ],
      [answerOf(400, { error: 'invalid_grant' }), 'needs-a-human', 'key-refused'],
      [answerOf(429, {}), 'throttled', 'rate-limited'],
      [answerOf(404, { error: 'Realm does not exist' }), 'retryable', 'unexpected-answer'],
      [answerOf(503, {}), 'retryable', 'no-answer'],
      [{ status: 200, body: '<html>' }, 'retryable', 'no-answer'],
    ] as const) {
      it(`with ${answer.status} ${answer.body} leaves the order unsent: ${reason}`, async () => {
        wire.grant = answer;
        await rejects(contabo.create(ORDER), kind, reason);
        assert.deepEqual(wire.asked, []);
      });
    }

    it('is done once more after a 401, and not for ever', async () => {
      wire.answers = [error(401, 'Unauthorized'), one(INSTANCE)];
      assert.equal((await contabo.create(ORDER)).ref, REF);
      assert.equal(wire.signIns.length, 2);
      assert.equal(new Set(wire.asked.map(({ headers }) => headers['x-request-id'])).size, 1);
      wire.answers = [error(401, 'Unauthorized')];
      await rejects(contabo.get(REF), 'needs-a-human', 'key-refused');
      assert.equal(wire.signIns.length, 3);
    });

    it('shows no secret in a failure', async () => {
      wire.grant = answerOf(401, {
        error: 'x',
        error_description: `${CREDENTIALS.clientSecret} ${CREDENTIALS.password}`,
      });
      const failure = await rejects(contabo.get(REF), 'needs-a-human', 'key-refused');
      const everything = inspect(failure, { depth: 20, showHidden: true });
      for (const secret of [CREDENTIALS.clientSecret, CREDENTIALS.password])
        assert.ok(!everything.includes(secret));
    });

    it('lasts until shortly before the token ends', async () => {
      let nowMs = 0;
      const tokens = createTokens({ ...CREDENTIALS, authUrl: wire.base, timeoutMs: 2_000 }, () => nowMs);
      await tokens.current();
      nowMs = 269_999;
      await tokens.current();
      assert.equal(wire.signIns.length, 1);
      nowMs = 270_000;
      await tokens.current();
      assert.equal(wire.signIns.length, 2);
    });

    it('finds the endpoint below a server, its path, a realm, or takes it as given', () => {
      const endpoint = 'https://auth.contabo.com/auth/realms/contabo/protocol/openid-connect/token';
      for (const given of [
        endpoint,
        'https://auth.contabo.com',
        'https://auth.contabo.com/',
        'https://auth.contabo.com/auth',
        'https://auth.contabo.com/auth/realms/contabo/',
      ]) {
        assert.equal(tokenEndpoint(given), endpoint);
      }
      assert.equal(tokenEndpoint('http://127.0.0.1:1/token'), 'http://127.0.0.1:1/token');
    });
  });
});
