/** What the Coolify driver makes of answers that its stand-in never gives. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCoolifyDriver } from '../../../activities/hypervisors/coolify.ts';
import type { Hypervisor, ProviderInstance } from '../../../activities/hypervisors/port.ts';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';

const TOKEN = '3|TOKEN0123456789';
const UUID = 'og888os4ggoo4ck8s8w4wcc4';
const APPLICATION = `application:${UUID}`;
const SERVICE = `service:${UUID}`;

const THING = {
  uuid: UUID,
  name: 'bot-1',
  description: 'tenure=sub_1-1-g1 made server=srv1 size=1cpu-512m tenant=ten_1',
  fqdn: 'https://bot.example.com:3000,https://www.example.com',
  status: 'running:healthy',
  created_at: '2026-08-22T10:19:45.000000Z',
  something_new: true,
};
const PLAN = {
  kind: 'image',
  image: 'nginx',
  port: 80,
  limits: { cpus: 0.5, memoryMb: 256 },
  regions: { fra: {} },
};
const ORDER = { key: 'sub_1-1-g1', hostname: 'bot-1', region: 'fra', plan: PLAN, userData: '', labels: {} };

interface Said {
  status: number;
  body: string;
  headers?: Record<string, string>;
}
const json = (body: unknown, status = 200): Said => ({ status, body: JSON.stringify(body) });
const NO_DEPLOYMENTS = json({ count: 0, deployments: [] });

describe('Coolify’s answers', () => {
  let server: Server;
  let coolify: Hypervisor;
  let asked: string[];
  /** By the beginning of method and path; the longest that fits counts. */
  let answers: Record<string, Said>;

  before(async () => {
    server = createServer((req, res) => {
      const call = `${req.method} ${req.url}`;
      asked.push(call);
      req.resume();
      const [fitting] = Object.keys(answers)
        .filter((beginning) => call.startsWith(beginning))
        .sort((a, b) => b.length - a.length);
      const { status, body, headers } = answers[fitting ?? ''] ?? json({ message: 'Unexpected.' }, 500);
      res.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    coolify = createCoolifyDriver({
      token: TOKEN,
      apiBase: `http://127.0.0.1:${port}/api/v1`,
      projectUuid: 'prj1',
      environment: 'production',
      serverUuid: 'srv1',
      timeoutMs: 2_000,
      createSettleMs: 4_000,
      pollMs: 10,
      requestsPerSecond: 10_000,
    });
  });
  beforeEach(() => {
    asked = [];
    answers = {};
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const of = async (change: Record<string, unknown>): Promise<ProviderInstance | null> => {
    answers = {
      'GET /api/v1/applications': json({ ...THING, ...change }),
      'GET /api/v1/deployments': NO_DEPLOYMENTS,
    };
    return coolify.get(APPLICATION);
  };
  const fails = async (call: Promise<unknown>, kind: FailureKind, reason: string): Promise<TenureFailure> => {
    const failure = await call.then(
      () => assert.fail('it succeeded'),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof TenureFailure);
    assert.deepEqual(
      { kind: failure.kind, reason: failure.details.reason },
      { kind, reason },
      failure.message,
    );
    assert.ok(!failure.message.includes(TOKEN));
    return failure;
  };

  it('are read with their marks, and the first address without the container’s port', async () => {
    assert.deepEqual(await of({}), {
      ref: APPLICATION,
      key: 'sub_1-1-g1',
      state: 'running',
      address: 'https://bot.example.com',
      region: 'srv1',
      createdAt: '2026-08-22T10:19:45.000Z',
      name: 'bot-1',
      size: '1cpu-512m',
    });
  });

  for (const [status, state] of [
    ['running:unknown', 'running'],
    ['running:healthy:excluded', 'running'],
    ['running:starting', 'creating'],
    ['running:unhealthy', 'busy'],
    ['starting:unhealthy', 'creating'],
    ['exited', 'stopped'],
    ['exited:unhealthy', 'stopped'],
    ['degraded:unhealthy', 'busy'],
    ['removing:unhealthy', 'busy'],
    ['unknown:unknown:excluded', 'busy'],
    ['', 'busy'],
  ] as const) {
    it(`mean ${state} by "${status}"`, async () => {
      assert.equal((await of({ status }))?.state, state);
    });
  }

  for (const description of [
    null,
    '',
    'A bot',
    'my tenure=sub_1-1-g1 made',
    'tenure=',
    'tenure=sub_1-1-g1 madeup',
  ]) {
    it(`are not taken for ours by the description ${JSON.stringify(description)}`, async () => {
      assert.equal((await of({ description }))?.key, null);
    });
  }

  for (const fqdn of [null, '', 'javascript:alert(1)', 'bot.example.com']) {
    it(`give no address by ${JSON.stringify(fqdn)}`, async () => {
      assert.equal((await of({ fqdn }))?.address, null);
    });
  }

  it('keep a path in the address', async () => {
    assert.equal((await of({ fqdn: 'https://example.com/bot' }))?.address, 'https://example.com/bot');
  });

  it('mean a making under way or broken off by its age, while nothing was ever deployed', async () => {
    const making = { status: 'exited', description: 'tenure=sub_1-1-g1 making server=srv1 size=x' };
    assert.equal((await of({ ...making, created_at: new Date().toISOString() }))?.state, 'creating');
    assert.equal((await of(making))?.state, 'failed');
  });

  for (const [statuses, state] of [
    [['failed'], 'failed'],
    [['cancelled-by-user', 'failed'], 'failed'],
    [['failed', 'finished'], 'stopped'],
    [['queued', 'failed'], 'creating'],
    [['in_progress'], 'creating'],
  ] as const) {
    it(`mean ${state} by deployments that are ${statuses.join(', ')}, listed in either way`, async () => {
      const deployments = statuses.map((status, index) => ({ deployment_uuid: `d${index}`, status }));
      for (const list of [deployments, { count: deployments.length, deployments }]) {
        answers = {
          'GET /api/v1/applications': json({ ...THING, status: 'exited:unhealthy' }),
          'GET /api/v1/deployments': json(list),
        };
        assert.equal((await coolify.get(APPLICATION))?.state, state);
      }
    });
  }

  it('have a service’s address at one of its containers, and its status may be missing', async () => {
    const { fqdn, status, ...service } = THING;
    const applications = [
      { name: 'db', fqdn: null },
      { name: 'bot', fqdn },
    ];
    answers = { 'GET /api/v1/services': json({ ...service, status, applications }) };
    assert.equal((await coolify.get(SERVICE))?.address, 'https://bot.example.com');
    answers = { 'GET /api/v1/services': json(service) };
    assert.equal((await coolify.get(SERVICE))?.state, 'busy');
  });

  for (const text of ['Application not found.', 'Application not found', 'Resource not found.']) {
    it(`say that it is gone by "${text}"`, async () => {
      answers = { 'GET /api/v1/applications': json({ message: text }, 404) };
      assert.equal(await coolify.get(APPLICATION), null);
    });
  }

  for (const body of ['<html>404</html>', JSON.stringify({ message: 'Not found.' }), '{}']) {
    it(`do not say that it is gone by ${body}`, async () => {
      answers = { 'GET /api/v1/applications': { status: 404, body } };
      await fails(coolify.get(APPLICATION), 'retryable', 'unexpected-answer');
    });
  }

  it('are not a list if they are wrapped in anything', async () => {
    answers = { 'GET /api/v1/applications': json({ data: [] }), 'GET /api/v1/services': json([]) };
    await fails(coolify.findByKey('sub_1-1-g1'), 'retryable', 'unexpected-answer');
  });

  for (const [said, kind, reason] of [
    [json({ message: 'Unauthenticated.' }, 401), 'needs-a-human', 'key-refused'],
    [json({ message: 'Invalid token.' }, 400), 'needs-a-human', 'key-refused'],
    [json({ success: true, message: 'API is disabled.' }, 403), 'needs-a-human', 'key-refused'],
    [json({ message: 'Project not found.' }, 404), 'needs-a-human', 'wrong-project'],
    [json({ message: 'Environment not found.' }, 404), 'needs-a-human', 'wrong-project'],
    [json({ message: 'Server has no destinations.' }, 400), 'refused', 'region-sold-out'],
    [
      json({ message: 'Server has multiple destinations and you do not set destination_uuid.' }, 400),
      'refused',
      'bad-plan',
    ],
    [
      json({ message: 'Domain conflicts detected. Use force_domain_override=true to proceed.' }, 409),
      'refused',
      'bad-request',
    ],
    [json({ message: 'Too Many Attempts.' }, 429), 'throttled', 'rate-limited'],
    [json({ message: 'Server Error' }, 500), 'retryable', 'answer-lost'],
    [json({}, 201), 'retryable', 'answer-lost'],
    [json({ message: 'Method not allowed.' }, 405), 'retryable', 'unexpected-answer'],
  ] as const) {
    it(`to an order mean ${kind} (${reason}) by ${said.status} ${said.body}`, async () => {
      answers = {
        'GET /api/v1/servers/srv1': json({ uuid: 'srv1', name: 'one', settings: {} }),
        'POST /api/v1/applications/dockerimage': said,
      };
      await fails(coolify.create(ORDER), kind, reason);
      assert.equal(asked.filter((call) => !call.startsWith('GET')).length, 1);
    });
  }

  it('name the fields that they refuse', async () => {
    const errors = { docker_compose_raw: 'is wrong', colour: ['This field is not allowed.'] };
    answers = {
      'GET /api/v1/servers/srv1': json({ uuid: 'srv1', name: 'one' }),
      'POST /api/v1/applications/dockerimage': json({ message: 'Validation failed.', errors }, 422),
    };
    const { message } = await fails(coolify.create(ORDER), 'refused', 'bad-request');
    assert.match(message, /docker_compose_raw: is wrong colour: This field is not allowed\./);
  });

  it('that there is no such server are said to be the plan’s mistake, before anything is ordered', async () => {
    answers = { 'GET /api/v1/servers/srv1': json({ message: 'Server not found.' }, 404) };
    await fails(coolify.create(ORDER), 'refused', 'bad-plan');
    assert.deepEqual(asked, ['GET /api/v1/servers/srv1']);
  });

  for (const settings of [
    { is_reachable: false },
    { is_usable: false },
    { force_disabled: true },
    { is_build_server: true },
  ]) {
    it(`of a server with ${JSON.stringify(settings)} mean that it takes nothing`, async () => {
      answers = { 'GET /api/v1/servers/srv1': json({ uuid: 'srv1', name: 'one', settings }) };
      await fails(coolify.create(ORDER), 'refused', 'region-sold-out');
    });
  }

  it('that a service runs or is stopped already are successes', async () => {
    const service = { ...THING, fqdn: undefined, status: 'running:unhealthy' };
    answers = {
      'GET /api/v1/services': json(service),
      [`POST /api/v1/services/${UUID}/start`]: json({ message: 'Service is already running.' }, 400),
    };
    await coolify.start(SERVICE);
    answers[`POST /api/v1/services/${UUID}/stop`] = json({ message: 'Service is already stopped.' }, 400);
    const stopping = coolify.stop(SERVICE);
    setTimeout(() => (answers['GET /api/v1/services'] = json({ ...service, status: 'exited' })), 50);
    await stopping;
  });

  it('leave it open whether a half-made one is there if it cannot be taken away', async () => {
    answers = {
      'GET /api/v1/servers/srv1': json({ uuid: 'srv1', name: 'one' }),
      'POST /api/v1/applications/dockerimage': json({ uuid: UUID }, 201),
      'PATCH /api/v1/applications': json({ message: 'Too Many Attempts.' }, 429),
      'DELETE /api/v1/applications': json({ message: 'Too Many Attempts.' }, 429),
    };
    await fails(coolify.create(ORDER), 'retryable', 'answer-lost');
  });
});
