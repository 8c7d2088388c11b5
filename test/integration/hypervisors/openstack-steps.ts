/** Steps that the OpenStack tests share. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CreateInstanceRequest,
  Hypervisor,
  ProviderInstance,
} from '../../../activities/hypervisors/port.ts';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';
import { PLAN } from './openstack-under-test.ts';

const PATIENCE_MS = 10_000;

export function newKey(): string {
  return `sub_${randomUUID().replaceAll('-', '')}-1-g1`;
}

export function examOrder(change: Partial<CreateInstanceRequest> = {}): CreateInstanceRequest {
  return {
    key: newKey(),
    hostname: 'special-1',
    region: 'fra',
    plan: PLAN,
    userData: '#cloud-config\n',
    labels: { tenant: 'ten_1' },
    ...change,
  };
}

export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    assert.ok(Date.now() < giveUpAt, 'waited in vain');
    await sleep(20);
  }
}

export async function untilState(
  hypervisor: Hypervisor,
  ref: string,
  state: ProviderInstance['state'],
): Promise<ProviderInstance> {
  let seen: ProviderInstance | null = null;
  await until(async () => {
    seen = await hypervisor.get(ref);
    return seen?.state === state;
  });
  return seen ?? assert.fail('it is gone');
}

/** Asserts that a call fails so, and returns the failure. */
export async function rejects(
  call: Promise<unknown>,
  kind: FailureKind,
  reason: string,
): Promise<TenureFailure> {
  const failure: unknown = await call.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(failure instanceof TenureFailure, String(failure));
  assert.deepEqual([failure.kind, failure.details.reason], [kind, reason], failure.message);
  return failure;
}
