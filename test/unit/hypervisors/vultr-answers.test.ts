/** What the Vultr driver makes of answers that its stand-in never gives. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { Hypervisor, ProviderInstance } from '../../../activities/hypervisors/port.ts';
import { createVultrDriver } from '../../../activities/hypervisors/vultr.ts';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';

const API_KEY = 'KEY0123456789';
const REF = '4f0f12e5-1f84-404f-aa84-85f431ea5ec2';

const INSTANCE = {
  id: REF,
  status: 'active',
  power_status: 'running',
  server_status: 'ok',
  main_ip: '192.0.2.7',
  region: 'ewr',
  tags: ['web', 'tenure-tenant:ten_1', 'tenure:sub_1-1-g1'],
  date_created: '2024-12-02T10:19:45-05:00',
  label: 'web-1',
  plan: 'vc2-1c-1gb',
  something_new: true,
};

const ORDER = {
  key: 'sub_1-1-g1',
  hostname: 'web-1',
  region: 'nyc',
  plan: { plan: 'vc2-1c-1gb', osId: 2284, regions: { nyc: 'ewr' } },
  userData: '',
  labels: {},
};

const error = (status: number, text: string): { status: number; body: string } => ({
  status,
  body: JSON.stringify({ error: text, status }),
});

describe('Vultr’s answers', () => {
  let server: Server;
  let vultr: Hypervisor;
  let asked: string[];
  let answer: { status: number; body: string; headers?: Record<string, string> };

  before(async () => {
    server = createServer((req, res) => {
      asked.push(`${req.method} ${req.url}`);
      req.resume();
      res.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    vultr = createVultrDriver({
      apiKey: API_KEY,
      apiBase: `http://127.0.0.1:${port}/v2`,
      timeoutMs: 2_000,
      createSettleMs: 4_000,
      pollMs: 10,
      requestsPerSecond: 10_000,
    });
  });
  beforeEach(() => {
    asked = [];
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
  const getShowing = async (change: {
    [field in keyof typeof INSTANCE]?: unknown;
  }): Promise<ProviderInstance | null> => {
    answer = { status: 200, body: JSON.stringify({ instance: { ...INSTANCE, ...change } }) };
    return vultr.get(REF);
  };

  describe('an instance', () => {
    it('is told in Tenure’s words', async () => {
      assert.deepEqual(await getShowing({}), {
        ref: REF,
        key: 'sub_1-1-g1',
        state: 'running',
        address: '192.0.2.7',
        region: 'ewr',
        createdAt: '2024-12-02T15:19:45.000Z',
        name: 'web-1',
        size: 'vc2-1c-1gb',
      });
    });

    it('that is not ours has no key, and an unreadable date is none', async () => {
      assert.equal((await getShowing({ tags: null }))?.key, null);
      const instance = await getShowing({ tags: ['web', 'tenure-tenant:x'], date_created: 'yesterday' });
      assert.equal(instance?.key, null);
      assert.equal(instance.createdAt, null);
    });

    for (const [address, expected] of [
      ['0.0.0.0', null],
      ['', null],
      ['2001:db8::1', '2001:db8::1'],
    ] as const) {
      it(`with the address "${address}" has ${expected ?? 'none'}`, async () => {
        assert.equal((await getShowing({ main_ip: address }))?.address, expected);
      });
    }

    for (const [status, power_status, server_status, state] of [
      ['pending', 'running', 'none', 'creating'],
      ['pending', 'stopped', 'locked', 'creating'],
      ['active', 'running', 'installingbooting', 'creating'],
      ['active', 'running', 'ok', 'running'],
      ['active', 'stopped', 'ok', 'stopped'],
      ['active', 'stopped', 'locked', 'busy'],
      ['resizing', 'running', 'ok', 'busy'],
      ['suspended', 'stopped', 'ok', 'busy'],
      ['melting', 'running', 'ok', 'busy'],
      ['active', 'hovering', 'ok', 'busy'],
    ] as const) {
      it(`that is ${status}, ${power_status}, ${server_status} is ${state}`, async () => {
        assert.equal((await getShowing({ status, power_status, server_status }))?.state, state);
      });
    }
  });

  describe('a missing instance', () => {
    for (const [status, text] of [
      [404, 'Invalid instance-id.'],
      [400, 'invalid instance ID'],
      [404, 'Not found.'],
    ] as const) {
      it(`is gone when it says ${status} "${text}"`, async () => {
        answer = error(status, text);
        assert.equal(await vultr.get(REF), null);
        await vultr.delete(REF);
        await rejects(vultr.stop(REF), 'refused', 'not-found');
      });
    }

    for (const body of ['<html>404</html>', '', '{"message":"no such host"}']) {
      it(`is not gone when somebody else says 404: ${JSON.stringify(body)}`, async () => {
        answer = { status: 404, body };
        await rejects(vultr.get(REF), 'retryable', 'unexpected-answer');
        await rejects(vultr.delete(REF), 'retryable', 'unexpected-answer');
      });
    }

    it('is not gone when a request is refused for another reason', async () => {
      answer = error(400, 'Invalid instance state.');
      await rejects(vultr.delete(REF), 'refused', 'bad-request');
    });
  });

  describe('a refused order', () => {
    for (const [status, text, kind, reason] of [
      [
        400,
        'Server add failed: You have reached the maximum monthly fee limit for this account.',
        'needs-a-human',
        'quota-full',
      ],
      [
        400,
        'Server add failed: You have reached the maximum number of active virtual machines.',
        'needs-a-human',
        'quota-full',
      ],
      [403, 'Account limit reached.', 'needs-a-human', 'quota-full'],
      [400, 'Plan is not available in the selected region.', 'refused', 'region-sold-out'],
      [400, 'This plan is currently sold out.', 'refused', 'region-sold-out'],
      [400, 'Please add a valid credit card.', 'needs-a-human', 'payment-needed'],
      [402, 'Balance too low.', 'needs-a-human', 'payment-needed'],
      [400, 'Invalid plan chosen.', 'refused', 'bad-request'],
      [401, 'Unauthorized IP address: 192.0.2.1', 'needs-a-human', 'key-refused'],
      [403, 'Rate limit reached.', 'needs-a-human', 'key-refused'],
      [429, 'Rate limit reached.', 'throttled', 'rate-limited'],
      [500, 'Unable to create server: Server is currently locked', 'retryable', 'locked'],
      [403, 'This account is locked.', 'needs-a-human', 'key-refused'],
      [503, 'The service is not available in this moment.', 'retryable', 'answer-lost'],
    ] as const) {
      it(`with ${status} "${text}" ${kind} (${reason})`, async () => {
        answer = error(status, text);
        await rejects(vultr.create(ORDER), kind, reason);
        assert.deepEqual(asked, ['POST /v2/instances']);
      });
    }

    it('never shows the account’s key, even if the answer does', async () => {
      answer = error(400, `You sent ${API_KEY}.`);
      const failure = await rejects(vultr.create(ORDER), 'refused', 'bad-request');
      assert.match(failure.message, /You sent \*\*\*\./);
      assert.ok(!inspect(failure, { depth: 20, showHidden: true }).includes(API_KEY));
    });
  });

  it('takes an accepted order whose answer cannot be read as one with an open outcome', async () => {
    answer = { status: 202, body: '{"instance":{}}' };
    await rejects(vultr.create(ORDER), 'retryable', 'answer-lost');
  });

  it('does not follow a redirection with the key in hand', async () => {
    answer = { status: 302, body: '', headers: { Location: '/elsewhere' } };
    await rejects(vultr.get(REF), 'retryable', 'unexpected-answer');
    assert.equal(asked.length, 1);
  });

  for (const body of [
    { instances: [] },
    { instances: [], meta: { total: 0 } },
    { instances: [{ id: REF }], meta: { total: 1, links: { next: '', prev: '' } } },
  ]) {
    it(`does not take ${JSON.stringify(body)} for an inventory`, async () => {
      answer = { status: 200, body: JSON.stringify(body) };
      await rejects(vultr.findByKey('any'), 'retryable', 'unexpected-answer');
    });
  }

  it('does not count a deleted snapshot', async () => {
    const snapshot = { id: REF, status: 'deleted', description: 'tenure:k', size: 1 };
    answer = { status: 200, body: JSON.stringify({ snapshot }) };
    assert.equal(await vultr.getSnapshot(REF), null);
    answer.body = JSON.stringify({
      snapshots: [snapshot],
      meta: { total: 1, links: { next: '', prev: '' } },
    });
    assert.deepEqual(await vultr.findSnapshotsByKey('k'), []);
    for await (const { ref } of vultr.listSnapshots()) assert.fail(`${ref} is deleted`);
  });

  it('asks for an image instead of an operating system where the plan says so, and for one of them only', async () => {
    const plan = { plan: 'vc2-1c-1gb', imageId: 'nextcloud-hub', regions: { nyc: 'ewr' } };
    vultr.checkPlan(plan, 'nyc');
    const both = async (): Promise<void> => vultr.checkPlan({ ...plan, osId: 1 }, 'nyc');
    const { message } = await rejects(both(), 'refused', 'bad-plan');
    assert.match(message, /providers\.vultr\.osId/);
  });
});
