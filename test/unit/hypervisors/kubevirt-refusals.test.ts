/** How the KubeVirt driver reads refusals, and answers that are not the whole truth. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import {
  ACTIONS,
  INSTANCES,
  MACHINES,
  NAME,
  type ScriptedKubevirt,
  json,
  listAll,
  refusal,
  rejects,
  startScriptedKubevirt,
  vm,
} from './kubevirt-scripted.ts';

describe('KubeVirt’s refusals', () => {
  let wire: ScriptedKubevirt;
  let driver: Hypervisor;

  before(async () => {
    wire = await startScriptedKubevirt();
    driver = wire.driver;
  });
  beforeEach(() => wire.reset());
  after(() => wire.close());

  it('believes that something is gone only in the cluster’s own words', async () => {
    assert.equal(await driver.get(NAME), null);
    for (const answer of [
      { status: 404, body: '404 page not found\n' },
      { status: 404, body: '<html>nginx</html>' },
      refusal(404, 'NotFound', 'the server could not find the requested resource'),
    ]) {
      wire.answers = { [`GET ${MACHINES}/${NAME}`]: answer };
      await rejects(driver.get(NAME), 'retryable', 'unexpected-answer');
    }
  });

  it('needs a person where the namespace is missing or the account has no rights', async () => {
    // The first thing that a whole list asks for.
    const list = `GET ${INSTANCES}`;
    wire.answers = {
      [list]: refusal(404, 'NotFound', 'namespaces "tenure" not found', {
        name: 'tenure',
        kind: 'namespaces',
      }),
    };
    await rejects(listAll(driver), 'needs-a-human', 'bad-request');
    const denied =
      'virtualmachines.kubevirt.io is forbidden: User "system:serviceaccount:x:y" cannot list resource';
    wire.answers = { [list]: refusal(403, 'Forbidden', denied) };
    await rejects(listAll(driver), 'needs-a-human', 'key-refused');
  });

  it('reads a conflict as success only if the machine is as wanted', async () => {
    const conflict = refusal(
      409,
      'Conflict',
      'Operation cannot be fulfilled on virtualmachine.kubevirt.io "vm-1": x',
    );
    const machine = `GET ${MACHINES}/${NAME}`;
    wire.answers = {
      [machine]: [json(200, vm()), json(200, vm(undefined, { runStrategy: 'Halted' }))],
      [`PUT ${ACTIONS}/${NAME}/stop`]: conflict,
    };
    await driver.stop(NAME);
    wire.answers = { [machine]: json(200, vm()), [`PUT ${ACTIONS}/${NAME}/stop`]: conflict };
    await rejects(driver.stop(NAME), 'retryable', 'conflict');
    assert.equal(wire.asked.filter((asking) => asking.startsWith('PUT')).length, 2);
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
      wire.answers = {
        [`GET ${MACHINES}/${NAME}`]: json(200, vm()),
        [`PUT ${ACTIONS}/${NAME}/stop`]: answer,
      };
      const { details } = await rejects(driver.stop(NAME), kind, reason);
      if (kind === 'throttled') assert.equal(details.retryAfterMs, 7_000);
    });
  }

  it('takes no part of a list for the whole', async () => {
    const list = `GET ${MACHINES}`;
    wire.answers = {
      [list]: [
        json(200, { metadata: { continue: 'next', resourceVersion: '1' }, items: [vm()] }),
        refusal(410, 'Expired', 'The provided continue parameter is too old'),
      ],
      [`GET ${INSTANCES}`]: json(200, { metadata: {}, items: [] }),
    };
    await rejects(listAll(driver), 'retryable', 'list-moved');
    wire.answers[list] = json(200, { items: [vm()] });
    await rejects(listAll(driver), 'retryable', 'unexpected-answer');
  });
});
