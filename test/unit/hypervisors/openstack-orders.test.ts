/** How the OpenStack driver reads what refuses an order. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import {
  ORDER,
  SECRET,
  type ScriptedOpenStack,
  fault,
  json,
  startScriptedOpenStack,
} from './openstack-scripted.ts';

describe('an order that OpenStack refuses', () => {
  let wire: ScriptedOpenStack;
  let openstack: Hypervisor;

  before(async () => {
    wire = await startScriptedOpenStack();
  });
  beforeEach(() => {
    wire.reset();
    openstack = wire.connect();
  });
  after(() => wire.close());

  for (const [scripted, kind, reason] of [
    [
      fault(403, 'forbidden', 'Quota exceeded for cores, instances: Requested 1, 1, but already used 10, 10'),
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
      wire.answer = scripted;
      await rejects(openstack.create(ORDER), kind, reason);
      assert.equal(wire.lines().filter((line) => line === 'POST /nova/v2.1/servers').length, 1);
    });
  }

  for (const [status, more, headers] of [
    [413, { retryAfter: '7' }, undefined],
    [413, {}, { 'Retry-After': '7' }],
    [429, {}, { 'Retry-After': '7' }],
  ] as const) {
    it(`for its rate waits as long as told (${status}, ${headers ? 'header' : 'body'})`, async () => {
      wire.answer = { ...fault(status, 'overLimit', 'This request was rate-limited.', more), headers };
      const { details } = await rejects(openstack.create(ORDER), 'throttled', 'rate-limited');
      if (status === 413 || headers) assert.ok((details.retryAfterMs ?? 0) >= 7_000);
    });
  }

  it('never shows the secret, even if the answer does', async () => {
    wire.answer = fault(400, 'badRequest', `You sent ${SECRET}.`);
    const failure = await rejects(openstack.create(ORDER), 'refused', 'bad-request');
    assert.match(failure.message, /You sent \*\*\*\./);
    const everything = inspect(failure, { depth: 20, showHidden: true });
    for (const secret of [SECRET, 'TOKEN']) assert.ok(!everything.includes(secret));
  });

  it('that was taken with an answer that cannot be read has an open outcome', async () => {
    wire.answer = json({ server: {} }, 202);
    await rejects(openstack.create(ORDER), 'retryable', 'answer-lost');
  });
});
