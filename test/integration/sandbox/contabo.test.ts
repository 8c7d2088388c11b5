/** The Contabo stand-in refuses what the real API refuses. */
import assert from 'node:assert/strict';
import axios, { type AxiosInstance } from 'axios';
import { trySsh } from '../../../activities/access/ssh.ts';
import { until } from '../../../activities/hypervisors/conformance/exam.ts';
import {
  CREDENTIALS,
  type ContaboUnderTest,
  startContaboUnderTest,
} from '../hypervisors/contabo-under-test.ts';

const IMAGE = 'd64d5c6c-9dda-4e38-8174-0ee282474d8a';

describe('the Contabo stand-in', function () {
  this.timeout(30_000);
  let provider: ContaboUnderTest;
  let api: AxiosInstance;

  before(async () => {
    provider = await startContaboUnderTest();
    api = await provider.signIn();
  });
  after(() => provider.close());

  const refuses = async (
    call: Promise<{ status: number; data: unknown }>,
    status: number,
    said: RegExp,
  ): Promise<void> => {
    const answer = await call;
    assert.equal(answer.status, status, JSON.stringify(answer.data));
    const { statusCode, message } = answer.data as { statusCode: number; message: string | string[] };
    assert.equal(statusCode, status);
    assert.match([message].flat().join('; '), said);
  };

  it('gives a token for the right form only, in the words of its sign-in server', async () => {
    const url = `${new URL(api.defaults.baseURL ?? '').origin}/auth/realms/contabo/protocol/openid-connect/token`;
    const form = {
      grant_type: 'password',
      client_id: CREDENTIALS.clientId,
      client_secret: CREDENTIALS.clientSecret,
      username: CREDENTIALS.username,
      password: CREDENTIALS.password,
    };
    const ask = async (body: unknown): Promise<[number, unknown]> => {
      const { status, data } = await axios.post<{ error?: string }>(url, body, {
        validateStatus: () => true,
      });
      return [status, data.error];
    };
    assert.deepEqual(await ask(new URLSearchParams(form)), [200, undefined]);
    assert.deepEqual(await ask(form), [400, 'invalid_request']);
    for (const [wrong, status, error] of [
      [{ grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
      [{ client_id: 'x' }, 401, 'invalid_client'],
      [{ client_secret: 'x' }, 401, 'unauthorized_client'],
      [{ password: 'x' }, 401, 'invalid_grant'],
    ] as const) {
      assert.deepEqual(await ask(new URLSearchParams({ ...form, ...wrong })), [status, error]);
    }
  });

  it('lets nobody in without a token, and no request without its id', async () => {
    const list = '/compute/instances';
    await refuses(api.get(list, { headers: { Authorization: 'Bearer x.y' } }), 401, /Unauthorized/);
    await refuses(api.get(list, { headers: { 'x-request-id': 'one' } }), 400, /x-request-id/);
    await refuses(api.delete(`${list}/1`), 404, /^Cannot DELETE/);
  });

  it('refuses orders with unknown, missing or wrong fields, and makes nothing', async () => {
    for (const [body, said] of [
      [{}, /period/],
      [{ period: 2 }, /period/],
      [{ period: 1, surprise: 1 }, /surprise should not exist/],
      [{ period: 1, imageId: 'ubuntu' }, /imageId must be a UUID/],
      [{ period: 1, region: 'fra' }, /region/],
      [{ period: 1, productId: 'V1' }, /productId V1 is wrong/],
      [{ period: 1, sshKeys: [1] }, /sshKeys/],
      [{ period: 1, rootPassword: 'secret' }, /rootPassword/],
      [{ period: 1, displayName: 'x'.repeat(256) }, /displayName/],
      [{ period: 1, defaultUser: 'administrator', imageId: IMAGE }, /defaultUser/],
    ] as const) {
      await refuses(api.post('/compute/instances', body), 400, said);
    }
    await refuses(
      api.post('/compute/instances', '{', { headers: { 'Content-Type': 'application/json' } }),
      400,
      /JSON/,
    );
    assert.deepEqual(await provider.ledger('instance.created'), []);
  });

  it('refuses lists in an unknown order or size, and filters that it does not have', async () => {
    for (const [query, said] of [
      [{ page: 0 }, /page/],
      [{ size: 1_000 }, /size/],
      [{ orderBy: 'name' }, /orderBy/],
      [{ tag: 'x' }, /tag should not exist/],
    ] as const) {
      await refuses(api.get('/compute/instances', { params: query }), 400, said);
    }
  });

  it('refuses to act on an instance that it is working on, and on none', async () => {
    await provider.levers.post('/held', { times: 1 });
    const { data } = await api.post<{ data: [{ instanceId: number }] }>('/compute/instances', { period: 1 });
    const path = `/compute/instances/${data.data[0].instanceId}`;
    for (const action of ['start', 'stop', 'restart', 'shutdown', 'rescue']) {
      await refuses(api.post(`${path}/actions/${action}`), 409, /provisioning/);
      await refuses(api.post(`/compute/instances/999999999/actions/${action}`), 404, /not found/);
    }
    await refuses(api.put(path, { imageId: IMAGE }), 409, /provisioning/);
    await refuses(api.put(path, { userData: '' }), 400, /imageId/);
    await refuses(api.post(`${path}/snapshots`, { name: 'x' }), 409, /provisioning/);
    await refuses(api.post(`${path}/snapshots`, { name: 'x'.repeat(31) }), 400, /name/);
    await refuses(api.post(`${path}/snapshots`, { name: 'a_b' }), 400, /letters, numbers/);
    await refuses(api.post(`${path}/cancel`, { cancelDate: 'tomorrow' }), 400, /cancelDate/);
    assert.equal((await api.post(`${path}/cancel`, {})).status, 201);
    await refuses(api.post(`${path}/cancel`, {}), 409, /already cancelled/);
  });

  it('keeps secrets, and signs root in with them', async () => {
    const secret = async (body: object): Promise<number> => {
      const { status, data } = await api.post<{ data: [{ secretId: number; value: string }] }>(
        '/secrets',
        body,
      );
      assert.equal(status, 201, JSON.stringify(data));
      assert.equal(data.data[0].value, '********');
      return data.data[0].secretId;
    };
    const password = await secret({ name: 'root', type: 'password', value: 'Pwd-of-root-1!2?3' });
    const key = await secret({
      name: 'key',
      type: 'ssh',
      value: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA operator',
    });
    await refuses(
      api.post('/secrets', { name: 'x', type: 'password', value: 'password' }),
      400,
      /upper and lower/,
    );
    await refuses(api.post('/secrets', { name: 'x', type: 'ssh', value: 'not a key' }), 400, /public key/);
    const order = { period: 1, imageId: IMAGE, rootPassword: password, sshKeys: [key], defaultUser: 'root' };
    const ordered = await api.post<{ data: [{ instanceId: number }] }>('/compute/instances', order);
    const running = await until(
      () => provider.connect().get(String(ordered.data.data[0].instanceId)),
      (instance) => instance?.state === 'running',
      'it runs',
    );
    await trySsh({
      address: running.address ?? '',
      port: provider.guestSshPort,
      username: 'root',
      password: 'Pwd-of-root-1!2?3',
      timeoutMs: 5_000,
    });
    await refuses(api.post('/compute/instances', { ...order, rootPassword: key }), 400, /rootPassword/);
    assert.equal((await api.delete(`/secrets/${key}`)).status, 204);
    await refuses(api.get(`/secrets/${key}`), 404, /not found/);
  });

  it('throttles, and says so in its own words', async () => {
    const origin = new URL(api.defaults.baseURL ?? '').origin;
    await axios.post(`${origin}/__sandbox/faults`, { kind: 'throttle' });
    await refuses(api.get('/data-centers'), 429, /Too Many Requests/);
    assert.equal((await api.get('/data-centers')).status, 200);
    assert.equal((await api.get(`/compute/images/${IMAGE}`)).status, 200);
  });
});
