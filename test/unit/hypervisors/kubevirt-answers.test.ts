/** What the KubeVirt driver makes of answers that its stand-in never gives. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nameOfKey } from '../../../activities/hypervisors/kubevirt/names.ts';
import { amountOf } from '../../../activities/hypervisors/kubevirt/quantity.ts';
import { createKubevirtDriver } from '../../../activities/hypervisors/kubevirt.ts';
import { type Hypervisor, type ProviderInstance, operationOf } from '../../../activities/hypervisors/port.ts';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';

const TOKEN = 'TOKEN0123456789';
const NAME = 'vm-1';
const MACHINES = '/apis/kubevirt.io/v1/namespaces/tenure/virtualmachines';
const ACTIONS = '/apis/subresources.kubevirt.io/v1/namespaces/tenure/virtualmachines';

interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

const vm = (status?: object, spec: object = {}, metadata: object = {}): object => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: NAME, uid: 'u1', creationTimestamp: '2026-07-27T10:00:00Z', ...metadata },
  spec: {
    runStrategy: 'Always',
    template: { spec: { domain: { devices: {}, memory: { guest: '2Gi' } } } },
    ...spec,
  },
  ...(status && { status }),
});
const vmi = (status: object): object => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: NAME, uid: 'u2' },
  spec: { domain: { cpu: { cores: 2, sockets: 2, threads: 1 }, memory: { guest: '4096Mi' }, devices: {} } },
  status,
});
const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) });
const refusal = (code: number, reason: string, message: string, details?: object): Answer =>
  json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details });
const gone = (plural: string): Answer =>
  refusal(404, 'NotFound', `${plural}.kubevirt.io "${NAME}" not found`, { name: NAME, kind: plural });

describe('KubeVirt’s answers', () => {
  let server: Server;
  let driver: Hypervisor;
  let asked: string[];
  /** By method and path; what is not told is not there. */
  let answers: Record<string, Answer | Answer[]>;

  before(async () => {
    server = createServer((req, res) => {
      const asking = `${req.method} ${(req.url ?? '').split('?')[0]}`;
      asked.push(asking);
      req.resume();
      const told = answers[asking] ?? gone('virtualmachines');
      const answer = Array.isArray(told) ? (told.length > 1 ? told.shift() : told[0]) : told;
      res.writeHead(answer?.status ?? 500, answer?.headers).end(answer?.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    driver = createKubevirtDriver({
      apiBase: `http://127.0.0.1:${port}`,
      token: TOKEN,
      namespace: 'tenure',
      timeoutMs: 2_000,
      waitMs: 20,
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
    server.close();
    server.closeAllConnections();
  });

  const stateSeen = async (status: object | undefined, spec = {}, metadata = {}): Promise<unknown> => {
    answers = {
      [`GET ${MACHINES}/${NAME}`]: json(200, vm(status, spec, metadata)),
      [`GET ${MACHINES.replace('machines', 'machineinstances')}/${NAME}`]: json(
        200,
        vmi({ phase: 'Running' }),
      ),
    };
    return (await driver.get(NAME))?.state;
  };

  for (const [printed, state] of [
    [undefined, 'creating'],
    ['Provisioning', 'creating'],
    ['Starting', 'creating'],
    ['WaitingForVolumeBinding', 'creating'],
    ['ErrorUnschedulable', 'creating'],
    ['Stopped', 'creating'],
    ['Running', 'running'],
    ['Migrating', 'running'],
    ['Paused', 'busy'],
    ['Terminating', 'busy'],
    ['SomethingNew', 'busy'],
    ['CrashLoopBackOff', 'failed'],
    ['DataVolumeError', 'failed'],
    ['ErrImagePull', 'failed'],
  ] as const) {
    it(`takes a machine to be ${state} that says ${printed ?? 'nothing yet'}`, async () => {
      assert.equal(await stateSeen(printed === undefined ? undefined : { printableStatus: printed }), state);
    });
  }

  it('takes the wish into account, and what is under way', async () => {
    const halted = { runStrategy: 'Halted' };
    assert.equal(await stateSeen({ printableStatus: 'Stopped' }, halted), 'stopped');
    assert.equal(await stateSeen({ printableStatus: 'Running' }, halted), 'busy');
    const older = { runStrategy: undefined, running: false };
    assert.equal(await stateSeen({ printableStatus: 'Stopped' }, older), 'stopped');
    const manual = { runStrategy: 'Manual' };
    assert.equal(await stateSeen({ printableStatus: 'Stopped' }, manual), 'stopped');
    assert.equal(await stateSeen({ printableStatus: 'Running' }, manual), 'running');
    assert.equal(await stateSeen({ printableStatus: 'Running', restoreInProgress: 'r' }), 'busy');
    assert.equal(
      await stateSeen({ printableStatus: 'Running', stateChangeRequests: [{ action: 'Stop' }] }),
      'busy',
    );
    const going = { deletionTimestamp: '2026-07-27T11:00:00Z' };
    assert.equal(await stateSeen({ printableStatus: 'Running' }, {}, going), 'busy');
  });

  it('reads addresses, and the size that runs now', async () => {
    answers = {
      [`GET ${MACHINES}/${NAME}`]: json(200, vm({ printableStatus: 'Running' })),
      [`GET ${MACHINES.replace('machines', 'machineinstances')}/${NAME}`]: json(
        200,
        vmi({
          phase: 'Running',
          interfaces: [{ ipAddress: 'fe80::1', ipAddresses: ['fe80::1', '2001:db8::7', '192.0.2.7'] }],
        }),
      ),
    };
    const seen = await driver.get(NAME);
    assert.deepEqual({ address: seen?.address, size: seen?.size, key: seen?.key, name: seen?.name }, {
      address: '2001:db8::7',
      size: '4 CPU, 4096 MB',
      key: null,
      name: NAME,
    } satisfies Partial<ProviderInstance>);
    assert.deepEqual(
      (await operationOf(driver, 'addresses')(NAME)).map(({ address }) => address),
      ['2001:db8::7', '192.0.2.7'],
    );
  });

  it('believes that something is gone only in the cluster’s own words', async () => {
    assert.equal(await driver.get(NAME), null);
    for (const answer of [
      { status: 404, body: '404 page not found\n' },
      { status: 404, body: '<html>nginx</html>' },
      refusal(404, 'NotFound', 'the server could not find the requested resource'),
    ]) {
      answers = { [`GET ${MACHINES}/${NAME}`]: answer };
      await rejects(driver.get(NAME), 'retryable', 'unexpected-answer');
    }
  });

  it('needs a person where the namespace is missing or the account has no rights', async () => {
    // The first thing that a whole list asks for.
    const list = `GET ${MACHINES.replace('machines', 'machineinstances')}`;
    answers = {
      [list]: refusal(404, 'NotFound', 'namespaces "tenure" not found', {
        name: 'tenure',
        kind: 'namespaces',
      }),
    };
    await rejects(listAll(), 'needs-a-human', 'bad-request');
    const denied =
      'virtualmachines.kubevirt.io is forbidden: User "system:serviceaccount:x:y" cannot list resource';
    answers = { [list]: refusal(403, 'Forbidden', denied) };
    await rejects(listAll(), 'needs-a-human', 'key-refused');
  });

  it('reads a conflict as success only if the machine is as wanted', async () => {
    const conflict = refusal(
      409,
      'Conflict',
      'Operation cannot be fulfilled on virtualmachine.kubevirt.io "vm-1": x',
    );
    const machine = `GET ${MACHINES}/${NAME}`;
    answers = {
      [machine]: [json(200, vm()), json(200, vm(undefined, { runStrategy: 'Halted' }))],
      [`PUT ${ACTIONS}/${NAME}/stop`]: conflict,
    };
    await driver.stop(NAME);
    answers = { [machine]: json(200, vm()), [`PUT ${ACTIONS}/${NAME}/stop`]: conflict };
    await rejects(driver.stop(NAME), 'retryable', 'conflict');
    assert.equal(asked.filter((asking) => asking.startsWith('PUT')).length, 2);
  });

  for (const [what, answer, kind, reason] of [
    ['an aggregator’s plain 503', { status: 503, body: 'service unavailable\n' }, 'retryable', 'answer-lost'],
    [
      'a disk that is being copied',
      refusal(
        500,
        'InternalError',
        'Internal error occurred: admission webhook denied: Cannot update VM running state until snapshot "s" completes',
      ),
      'retryable',
      'locked',
    ],
    [
      'too many requests',
      refusal(429, 'TooManyRequests', 'slow down', { retryAfterSeconds: 7 }),
      'throttled',
      'rate-limited',
    ],
    [
      'a refused body',
      refusal(400, 'BadRequest', 'strict decoding error: unknown field "x"'),
      'refused',
      'bad-request',
    ],
  ] as const) {
    it(`tells ${what} apart`, async () => {
      answers = { [`GET ${MACHINES}/${NAME}`]: json(200, vm()), [`PUT ${ACTIONS}/${NAME}/stop`]: answer };
      const { details } = await rejects(driver.stop(NAME), kind, reason);
      if (kind === 'throttled') assert.equal(details.retryAfterMs, 7_000);
    });
  }

  it('takes no part of a list for the whole', async () => {
    const list = `GET ${MACHINES}`;
    answers = {
      [list]: [
        json(200, { metadata: { continue: 'next', resourceVersion: '1' }, items: [vm()] }),
        refusal(410, 'Expired', 'The provided continue parameter is too old'),
      ],
      [`GET ${MACHINES.replace('machines', 'machineinstances')}`]: json(200, { metadata: {}, items: [] }),
    };
    await rejects(listAll(), 'retryable', 'list-moved');
    answers[list] = json(200, { items: [vm()] });
    await rejects(listAll(), 'retryable', 'unexpected-answer');
  });

  it('tells its quota also where it may not see nodes', async () => {
    answers = {
      'GET /api/v1/nodes': refusal(403, 'Forbidden', 'nodes is forbidden'),
      'GET /api/v1/namespaces/tenure/resourcequotas': json(200, {
        apiVersion: 'v1',
        kind: 'ResourceQuotaList',
        metadata: {},
        items: [
          {
            metadata: { name: 'q' },
            status: {
              hard: {
                'requests.cpu': '8',
                'requests.memory': '16Gi',
                'count/virtualmachines.kubevirt.io': '4',
              },
              used: {
                'requests.cpu': '2500m',
                'requests.memory': '8Gi',
                'count/virtualmachines.kubevirt.io': '4',
              },
            },
          },
        ],
      }),
    };
    assert.deepEqual(await driver.capacity(), [
      {
        name: '',
        open: false,
        cpus: { used: 2.5, total: 8 },
        memoryMb: { used: 8_192, total: 16_384 },
        diskGb: { used: null, total: null },
        instances: { used: 4, total: 4 },
      },
    ]);
  });

  it('names things so that a key has one name, and two keys never the same', () => {
    const key = 'sub_018F_aB-1-g1';
    assert.equal(nameOfKey(key), nameOfKey(key));
    assert.match(nameOfKey(key), /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/);
    assert.match(nameOfKey(`${'x'.repeat(300)}_`), /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/);
    const keys = ['a-b', 'a_b', 'A-b', 'a--b', '', '_'];
    assert.equal(new Set(keys.map(nameOfKey)).size, keys.length);
  });

  it('reads quantities', () => {
    const seen = ['1', '500m', '2Gi', '1.5G', '1e3', '128974848', 'x', '1 Gi'].map(amountOf);
    assert.deepEqual(seen, [1, 0.5, 2 ** 31, 1.5e9, 1_000, 128_974_848, null, null]);
  });

  async function listAll(): Promise<ProviderInstance[]> {
    const all: ProviderInstance[] = [];
    for await (const instance of driver.list()) all.push(instance);
    return all;
  }
});

async function rejects(call: Promise<unknown>, kind: FailureKind, reason: string): Promise<TenureFailure> {
  const failure = await call.then(
    () => assert.fail(`expected ${kind} (${reason}), but it succeeded`),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof TenureFailure, String(failure));
  assert.deepEqual([failure.kind, failure.details.reason], [kind, reason], failure.message);
  assert.ok(!failure.message.includes(TOKEN));
  return failure;
}
