/** What the OpenStack driver makes of answers that its stand-in never gives. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { type OpenStackOptions, createOpenStackDriver } from '../../../activities/hypervisors/openstack.ts';
import type { Hypervisor, ProviderInstance } from '../../../activities/hypervisors/port.ts';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';

const SECRET = 'SECRET0123456789';
const REF = '0e44cc9c-e052-415d-afbf-469b0d384170';
const IMAGE = '70a599e0-31e7-49b7-b260-868f441e862b';

const SERVER = {
  id: REF,
  name: 'web-1',
  status: 'ACTIVE',
  created: '2026-11-20T10:19:45Z',
  flavor: { original_name: 'm1.small', vcpus: 1, ram: 2_048, disk: 20 },
  tags: ['web', 'tenure:sub_1-1-g1'],
  metadata: {},
  addresses: { net: [{ addr: '192.0.2.7', version: 4, 'OS-EXT-IPS:type': 'fixed' }] },
  accessIPv4: '',
  'OS-EXT-STS:task_state': null,
  'OS-EXT-AZ:availability_zone': 'az-1',
  key_name: null,
  image: '',
};
const ORDER = {
  key: 'sub_1-1-g1',
  hostname: 'web-1',
  region: 'fra',
  plan: { flavor: 'm1.small', flavorId: '2', image: IMAGE, regions: { fra: 'az-1' } },
  userData: '',
  labels: {},
};

interface Scripted {
  status: number;
  body: string;
  headers?: Record<string, string>;
}
interface Asked {
  line: string;
  headers: IncomingMessage['headers'];
  body: string;
}

const fault = (status: number, name: string, message: string, more = {}): Scripted => ({
  status,
  body: JSON.stringify({ [name]: { code: status, message, ...more } }),
});
const json = (body: unknown, status = 200): Scripted => ({ status, body: JSON.stringify(body) });
const endpoint = (url: string, side = 'public', region = 'One'): unknown => ({
  interface: side,
  region,
  url,
});

describe('OpenStack’s answers', () => {
  let server: Server;
  let origin: string;
  let openstack: Hypervisor;
  let asked: Asked[];
  let answer: Scripted;
  let version: unknown;
  let catalog: { type: string; endpoints: unknown[] }[];
  let tokenAnswer: Scripted | null;

  const script = (line: string): Scripted => {
    if (!line.endsWith('/v3/auth/tokens')) return line === 'GET /nova/v2.1/' ? json(version) : answer;
    const token = { expires_at: '2999-01-01T00:00:00.000000Z', catalog };
    return tokenAnswer ?? { ...json({ token }, 201), headers: { 'X-Subject-Token': 'TOKEN' } };
  };
  const connect = (more: Partial<OpenStackOptions> = {}): Hypervisor =>
    createOpenStackDriver({
      authUrl: `${origin}/keystone/v3`,
      credentials: { applicationCredential: { id: 'credential', secret: SECRET } },
      interface: 'public',
      networks: 'auto',
      timeoutMs: 2_000,
      createSettleMs: 4_000,
      pollMs: 10,
      requestsPerSecond: 10_000,
      ...more,
    });

  before(async () => {
    server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const line = `${req.method} ${req.url}`;
        asked.push({ line, headers: req.headers, body: Buffer.concat(chunks).toString() });
        const { status, body, headers } = script(line);
        res.writeHead(status, headers).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
    tokenAnswer = null;
    version = { version: { id: 'v2.1', version: '2.93', min_version: '2.1' } };
    catalog = [
      {
        type: 'compute',
        endpoints: [endpoint('http://nova.invalid', 'admin'), endpoint(`${origin}/nova/v2.1`)],
      },
      { type: 'image', endpoints: [endpoint(`${origin}/glance`)] },
    ];
    openstack = connect();
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const rejects = async (
    call: Promise<unknown>,
    kind: FailureKind,
    reason: string,
  ): Promise<TenureFailure> => {
    const failure: unknown = await call.then(
      () => assert.fail('it succeeded'),
      (thrown: unknown) => thrown,
    );
    assert.ok(failure instanceof TenureFailure, String(failure));
    assert.deepEqual([failure.kind, failure.details.reason], [kind, reason], failure.message);
    return failure;
  };
  const getShowing = (change: Record<string, unknown>): Promise<ProviderInstance | null> => {
    answer = json({ server: { ...SERVER, ...change } });
    return openstack.get(REF);
  };
  const lines = (): string[] => asked.map(({ line }) => line);

  describe('a server', () => {
    it('is told in Tenure’s words', async () => {
      assert.deepEqual(await getShowing({}), {
        ref: REF,
        key: 'sub_1-1-g1',
        state: 'running',
        address: '192.0.2.7',
        region: 'az-1',
        createdAt: '2026-11-20T10:19:45.000Z',
        name: 'web-1',
        size: 'm1.small',
      });
    });

    for (const [status, task, state] of [
      ['BUILD', 'spawning', 'creating'],
      ['ACTIVE', null, 'running'],
      ['ACTIVE', 'image_snapshot', 'busy'],
      ['ACTIVE', 'powering-off', 'busy'],
      ['SHUTOFF', null, 'stopped'],
      ['SHUTOFF', 'powering-on', 'busy'],
      ['ERROR', null, 'failed'],
      ['REBUILD', 'rebuilding', 'busy'],
      ['RESIZE', 'resize_migrating', 'busy'],
      ['PAUSED', null, 'busy'],
      ['SHELVED_OFFLOADED', null, 'busy'],
      ['MELTING', null, 'busy'],
    ] as const) {
      it(`that is ${status} (${task}) is ${state}`, async () => {
        assert.equal((await getShowing({ status, 'OS-EXT-STS:task_state': task }))?.state, state);
      });
    }

    for (const change of [
      { status: 'DELETED' },
      { status: 'SOFT_DELETED' },
      { status: 'SHUTOFF', 'OS-EXT-STS:task_state': 'deleting' },
    ]) {
      it(`that is ${Object.values(change).join(', ')} is gone`, async () => {
        assert.equal(await getShowing(change), null);
      });
    }

    const at = (addr: string, type = 'fixed'): unknown => ({ addr, 'OS-EXT-IPS:type': type });
    for (const [what, change, expected] of [
      ['no address', { addresses: {} }, null],
      ['a private one alone', { addresses: { net: [at('10.0.0.5')] } }, '10.0.0.5'],
      [
        'a floating one',
        { addresses: { net: [at('10.0.0.5'), at('198.51.100.9', 'floating')] } },
        '198.51.100.9',
      ],
      ['IPv6 first', { addresses: { net: [at('2001:db8::1'), at('192.0.2.9')] } }, '192.0.2.9'],
      ['IPv6 alone', { addresses: { net: [at('2001:db8::1')] } }, '2001:db8::1'],
      ['an access address', { accessIPv4: '203.0.113.1' }, '203.0.113.1'],
      ['a floating one to come', { metadata: { 'tenure:floating-network': 'x' } }, null],
    ] as const) {
      it(`with ${what} is reached at ${expected}`, async () => {
        assert.equal((await getShowing(change))?.address, expected);
      });
    }

    it('is not confirmed in a size that its owner chose', async () => {
      assert.equal((await getShowing({ status: 'VERIFY_RESIZE', tags: [] }))?.state, 'busy');
      assert.ok(!lines().some((line) => line.startsWith('POST /nova')));
    });
  });

  describe('a missing server', () => {
    it('is gone in Nova’s words', async () => {
      answer = fault(404, 'itemNotFound', `Instance ${REF} could not be found.`);
      assert.equal(await openstack.get(REF), null);
      await openstack.delete(REF);
      await rejects(openstack.stop(REF), 'refused', 'not-found');
    });

    for (const body of ['404 Not Found', '<html>404</html>', '{"message":"no such host"}', '']) {
      it(`is not gone when somebody else says 404: ${JSON.stringify(body)}`, async () => {
        answer = { status: 404, body };
        await rejects(openstack.get(REF), 'retryable', 'unexpected-answer');
        await rejects(openstack.delete(REF), 'retryable', 'unexpected-answer');
      });
    }
  });

  describe('a missing snapshot', () => {
    for (const body of [
      JSON.stringify({
        message: `No image found with ID ${IMAGE}<br />`,
        code: '404 Not Found',
        title: 'Not Found',
      }),
      `<html><head><title>404 Not Found</title></head><body>Failed to find image ${IMAGE}</body></html>`,
    ]) {
      it(`is gone in Glance’s words: ${body.slice(0, 20)}…`, async () => {
        answer = { status: 404, body };
        assert.equal(await openstack.getSnapshot(IMAGE), null);
        await openstack.deleteSnapshot(IMAGE);
      });
    }

    for (const [status, state] of [
      ['queued', 'pending'],
      ['saving', 'pending'],
      ['deactivated', 'pending'],
      ['killed', 'failed'],
    ] as const) {
      it(`is ${state} while Glance says ${status}`, async () => {
        answer = json({ id: IMAGE, status, size: null, tenure_key: 'k' });
        const snapshot = await openstack.getSnapshot(IMAGE);
        assert.deepEqual(snapshot, { ref: IMAGE, key: 'k', state, sizeBytes: null });
      });
    }
  });

  describe('a refused order', () => {
    for (const [scripted, kind, reason] of [
      [
        fault(
          403,
          'forbidden',
          'Quota exceeded for cores, instances: Requested 1, 1, but already used 10, 10',
        ),
        'needs-a-human',
        'quota-full',
      ],
      [
        fault(413, 'overLimit', 'Quota exceeded for instances', { retryAfter: '0' }),
        'needs-a-human',
        'quota-full',
      ],
      [
        fault(403, 'forbidden', 'Policy doesn’t allow os_compute_api:servers:create'),
        'needs-a-human',
        'key-refused',
      ],
      [
        fault(400, 'badRequest', 'The requested availability zone is not available'),
        'refused',
        'region-sold-out',
      ],
      [fault(400, 'badRequest', 'No valid host was found.'), 'refused', 'region-sold-out'],
      [fault(400, 'badRequest', 'Invalid flavorRef provided.'), 'refused', 'bad-request'],
      [fault(409, 'conflictingRequest', 'Multiple possible networks found'), 'refused', 'bad-request'],
      [fault(409, 'conflictingRequest', 'Instance is locked'), 'retryable', 'locked'],
      [fault(500, 'computeFault', 'Unexpected API Error.'), 'retryable', 'answer-lost'],
      [{ status: 503, body: 'no healthy upstream' }, 'retryable', 'answer-lost'],
    ] as const) {
      it(`with ${scripted.status} ${scripted.body.slice(0, 60)} is ${kind} (${reason})`, async () => {
        answer = scripted;
        await rejects(openstack.create(ORDER), kind, reason);
        assert.equal(lines().filter((line) => line === 'POST /nova/v2.1/servers').length, 1);
      });
    }

    for (const [status, more, headers] of [
      [413, { retryAfter: '7' }, undefined],
      [413, {}, { 'Retry-After': '7' }],
      [429, {}, { 'Retry-After': '7' }],
    ] as const) {
      it(`for its rate waits as long as told (${status}, ${headers ? 'header' : 'body'})`, async () => {
        answer = { ...fault(status, 'overLimit', 'This request was rate-limited.', more), headers };
        const { details } = await rejects(openstack.create(ORDER), 'throttled', 'rate-limited');
        if (status === 413 || headers) assert.ok((details.retryAfterMs ?? 0) >= 7_000);
      });
    }

    it('never shows the secret, even if the answer does', async () => {
      answer = fault(400, 'badRequest', `You sent ${SECRET}.`);
      const failure = await rejects(openstack.create(ORDER), 'refused', 'bad-request');
      assert.match(failure.message, /You sent \*\*\*\./);
      const everything = inspect(failure, { depth: 20, showHidden: true });
      for (const secret of [SECRET, 'TOKEN']) assert.ok(!everything.includes(secret));
    });

    it('that was taken with an answer that cannot be read has an open outcome', async () => {
      answer = json({ server: {} }, 202);
      await rejects(openstack.create(ORDER), 'retryable', 'answer-lost');
    });
  });

  describe('the microversion', () => {
    const asks = async (): Promise<unknown> => {
      await getShowing({});
      return asked.at(-1)?.headers['openstack-api-version'];
    };

    it('is the newest that both know', async () => {
      assert.equal(await asks(), 'compute 2.93');
      version = { version: { version: '2.104' } };
      openstack = connect();
      assert.equal(await asks(), 'compute 2.96');
    });

    it('is asked for once, and again after a failure', async () => {
      version = 'nonsense';
      await rejects(openstack.get(REF), 'retryable', 'unexpected-answer');
      version = { version: { version: '2.93' } };
      await getShowing({});
      await getShowing({});
      assert.equal(lines().filter((line) => line === 'GET /nova/v2.1/').length, 2);
    });

    it('of a Nova that is too old needs a person', async () => {
      version = { version: { version: '2.42' } };
      const { message } = await rejects(openstack.get(REF), 'needs-a-human', 'unsupported');
      assert.match(message, /2\.42/);
    });

    it('is asked for above the project in an old catalogue’s URL', async () => {
      catalog[0]?.endpoints.splice(0, 2, endpoint(`${origin}/nova/v2.1/abcdef0123456789`));
      await getShowing({});
      assert.deepEqual(lines().slice(-2), [
        'GET /nova/v2.1/',
        `GET /nova/v2.1/abcdef0123456789/servers/${REF}`,
      ]);
    });
  });

  describe('a session', () => {
    it('needs to be told the region if there are several', async () => {
      catalog[0]?.endpoints.push(endpoint('http://nova.invalid', 'public', 'Two'));
      const { details } = await rejects(openstack.get(REF), 'needs-a-human', 'unexpected-answer');
      assert.match(details.nextStep ?? '', /OPENSTACK_REGION/);
      openstack = connect({ region: 'One' });
      assert.equal((await getShowing({}))?.state, 'running');
    });

    it('is opened with an application credential and no scope, or as a user in a project', async () => {
      await getShowing({});
      assert.deepEqual(JSON.parse(asked[0]?.body ?? ''), {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { id: 'credential', secret: SECRET },
          },
        },
      });
      const user = { name: 'me', domain: 'Default', password: SECRET };
      openstack = connect({ credentials: { user, project: { id: 'abc' } } });
      asked = [];
      await getShowing({});
      assert.deepEqual(JSON.parse(asked[0]?.body ?? ''), {
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'me', domain: { name: 'Default' }, password: SECRET } },
          },
          scope: { project: { id: 'abc' } },
        },
      });
    });

    it('is opened a second time after 401, and no third time', async () => {
      answer = json(
        { error: { code: 401, message: 'The request you have made requires authentication.' } },
        401,
      );
      await rejects(openstack.create(ORDER), 'needs-a-human', 'key-refused');
      assert.equal(lines().filter((line) => line.endsWith('/auth/tokens')).length, 2);
      assert.equal(lines().filter((line) => line === 'POST /nova/v2.1/servers').length, 2);
    });

    for (const [what, scripted, kind, reason] of [
      ['500', json({ error: { code: 500, message: 'x' } }, 500), 'retryable', 'no-answer'],
      ['no token', json({ token: { expires_at: null, catalog: [] } }, 201), 'retryable', 'unexpected-answer'],
      [
        '401',
        json({ error: { code: 401, message: 'no', title: 'Unauthorized' } }, 401),
        'needs-a-human',
        'key-refused',
      ],
      ['429', { status: 429, body: '' }, 'throttled', 'rate-limited'],
    ] as const) {
      it(`that Keystone refuses with ${what} never leaves a create’s outcome open`, async () => {
        tokenAnswer = scripted;
        await rejects(openstack.create(ORDER), kind, reason);
      });
    }
  });

  it('does not take a list without its items for an inventory', async () => {
    for (const body of [{}, { servers: [{ id: REF }] }]) {
      answer = json(body);
      await rejects(openstack.findByKey('any'), 'retryable', 'unexpected-answer');
    }
  });

  it('takes a marker that vanished for a list that moved', async () => {
    answer = fault(400, 'badRequest', `marker [${REF}] not found`);
    await rejects(openstack.findByKey('any'), 'retryable', 'list-moved');
  });

  it('asks for another kind of console where the cloud has no VNC', async () => {
    answer = fault(400, 'badRequest', 'Unavailable console type novnc.');
    await rejects(openstack.operations.console?.(REF) ?? assert.fail(), 'refused', 'bad-request');
    const kinds = asked
      .filter(({ line }) => line.endsWith('/remote-consoles'))
      .map(({ body }) => (JSON.parse(body) as { remote_console: { type: string } }).remote_console.type);
    assert.deepEqual(kinds, ['novnc', 'spice-html5']);
  });

  it('refuses a key and first-boot data that Nova could not take, before asking', async () => {
    await rejects(openstack.create({ ...ORDER, key: 'k'.repeat(60) }), 'refused', 'bad-request');
    await rejects(openstack.create({ ...ORDER, userData: 'x'.repeat(60_000) }), 'refused', 'bad-request');
    assert.deepEqual(asked, []);
  });

  it('tells an unlimited quota by no figure', async () => {
    const absolute = {
      maxTotalCores: -1,
      totalCoresUsed: 3,
      maxTotalRAMSize: 51_200,
      totalRAMUsed: 512,
      maxTotalInstances: 10,
      totalInstancesUsed: 1,
    };
    answer = json({ limits: { absolute, rate: [] } });
    const [part] = await openstack.capacity();
    assert.deepEqual(part?.cpus, { used: 3, total: null });
    assert.deepEqual(part.instances, { used: 1, total: 10 });
  });
});
