import assert from 'node:assert/strict';
import { extraKey } from '../../../schemas/ids.ts';
import { letsEverybodyIn } from '../../../schemas/operations/firewall.ts';
import { fits, OPERATION_KINDS, OPERATIONS } from '../../../schemas/operations/operations.ts';
import { OperationRequest } from '../../../schemas/operations/requests.ts';
import {
  firstReady,
  isLeaving,
  noteOperation,
  pendingOf,
  settleOperation,
} from '../../../workflows/subscriptions/operations-state.ts';
import type { Requests, SubscriptionState } from '../../../workflows/subscriptions/state.ts';

describe('the kinds of operations', () => {
  it('have an update and a request of their own each', () => {
    const updates = OPERATION_KINDS.map((kind) => OPERATIONS[kind].update);
    assert.equal(new Set(updates).size, updates.length);
    const requests = OperationRequest.options.map(({ shape }) => shape.kind.value);
    assert.deepEqual([...requests].sort(), [...OPERATION_KINDS].sort());
  });

  it('fit only servers that are handed over and at rest', () => {
    for (const kind of OPERATION_KINDS) {
      for (const state of ['reserved', 'creating', 'ready', 'deleting', 'deleted', 'failed'] as const) {
        assert.ok(!fits(kind, state), `${kind} of a server that is ${state}`);
      }
    }
    assert.deepEqual([fits('start', 'active'), fits('start', 'stopped')], [false, true]);
    assert.deepEqual([fits('reboot', 'active'), fits('reboot', 'stopped')], [true, false]);
  });

  it('make things with keys that tell whose they are', () => {
    const id = '019a9f0d-5c1d-7e2f-9a3b-4c5d6e7f8091';
    assert.equal(extraKey('sub_1-1-g1', 'snap', id), 'sub_1-1-g1-snap-4c5d6e7f8091');
  });
});

describe('a firewall', () => {
  const ssh = { protocol: 'tcp', ports: { from: 22, to: 22 } } as const;

  it('lets us in unless its rules say otherwise', () => {
    assert.ok(letsEverybodyIn(null, 22));
    assert.ok(!letsEverybodyIn([], 22));
    assert.ok(letsEverybodyIn([{ ...ssh, source: '0.0.0.0/0' }], 22));
    assert.ok(!letsEverybodyIn([{ ...ssh, source: '0.0.0.0/0' }], 3389));
    assert.ok(!letsEverybodyIn([{ ...ssh, source: '198.51.100.0/24' }], 22));
    assert.ok(!letsEverybodyIn([{ ...ssh, protocol: 'udp', source: '0.0.0.0/0' }], 22));
    assert.ok(!letsEverybodyIn([{ protocol: 'icmp', ports: null, source: '0.0.0.0/0' }], 22));
  });
});

describe('operations that wait', () => {
  const by = { kind: 'staff', id: 'key' } as const;
  const asked = (operationId: string, instanceId: string) => ({ by, operationId, instanceId });

  it('come in their order, one at a time on each server', () => {
    const state: Pick<SubscriptionState, 'operations'> = {};
    assert.equal(firstReady(state), undefined);
    noteOperation(state, 'reboot', asked('1', 'a'));
    noteOperation(state, 'rename', asked('2', 'a'));
    noteOperation(state, 'stop', asked('3', 'b'));
    const first = firstReady(state);
    assert.equal(first?.operationId, '1');
    if (first) first.running = true;
    assert.equal(firstReady(state)?.operationId, '3');
    settleOperation(state, '1');
    assert.equal(firstReady(state)?.operationId, '2');
    assert.deepEqual(structuredClone(pendingOf(state)), pendingOf(state));
  });

  it('come no more when the end or a suspension was asked for', () => {
    const requests = { suspend: null, cancel: null } as Requests;
    assert.ok(!isLeaving({ stage: 'active', requests }));
    const cancel = { by, when: 'period-end', reason: '' } as const;
    assert.ok(!isLeaving({ stage: 'active', requests: { ...requests, cancel } }));
    assert.ok(isLeaving({ stage: 'past-due', requests: { ...requests, cancel } }));
    assert.ok(isLeaving({ stage: 'active', requests: { ...requests, cancel: { ...cancel, when: 'now' } } }));
    assert.ok(isLeaving({ stage: 'active', requests: { ...requests, suspend: { by, reason: '' } } }));
  });
});
