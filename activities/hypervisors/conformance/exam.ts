/** What all parts of the exam share: the provider under test, orders, waiting, and reading failures. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';
import type { CreateInstanceRequest, Hypervisor, ProviderInstance } from '../port.ts';
import type { ProviderUnderTest } from './provider-under-test.ts';

/** Set in the suite's `before`; the parts of the exam read it inside their tests. */
export interface Exam {
  provider: ProviderUnderTest;
  hypervisor: Hypervisor;
}

/** Longer than anything a stand-in does; only a wrong driver waits it out. */
const PATIENCE_MS = 20_000;

/** More than two of the largest pages. */
export function crowdOf({ crowdSize = 1_010 }: ProviderUnderTest): number {
  return Number(process.env.EXAM_CROWD ?? crowdSize);
}

export function newKey(): string {
  return `sub_${randomUUID().replaceAll('-', '')}-1-g1`;
}

/** An order for the plan under test. */
export function order(
  { provider }: Exam,
  key: string,
  change: Partial<CreateInstanceRequest> = {},
): CreateInstanceRequest {
  return {
    key,
    hostname: 'exam-1',
    region: provider.region,
    plan: provider.plan,
    userData: '#cloud-config\nssh_pwauth: true # größer\n',
    labels: { tenant: 'ten_exam', subscription: 'sub_exam' },
    ...change,
  };
}

/** Makes an instance and waits until it runs. */
export async function runningInstance(exam: Exam, key = newKey()): Promise<ProviderInstance> {
  const { ref } = await exam.hypervisor.create(order(exam, key));
  return untilState(exam, ref, 'running');
}

export function untilState(
  { hypervisor }: Exam,
  ref: string,
  state: ProviderInstance['state'],
): Promise<ProviderInstance> {
  return until(
    () => hypervisor.get(ref),
    (instance) => instance?.state === state,
    `${ref} is ${state}`,
  );
}

/** Looks until what is seen is as wanted. */
export async function until<T>(
  look: () => Promise<T | null>,
  isWanted: (seen: T | null) => boolean,
  what: string,
): Promise<T> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null && isWanted(seen)) return seen;
    assert.ok(Date.now() < giveUpAt, `waited in vain until ${what}; last seen: ${JSON.stringify(seen)}`);
    await sleep(20);
  }
}

/** Asserts that a call fails so, and returns the failure. */
export async function rejects(
  call: Promise<unknown>,
  kind: FailureKind,
  reason: string,
): Promise<TenureFailure> {
  const failure = await call.then(
    () => assert.fail(`expected ${kind} (${reason}), but it succeeded`),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof TenureFailure, `expected a TenureFailure, got ${String(failure)}`);
  assert.deepEqual(
    { kind: failure.kind, reason: failure.details.reason },
    { kind, reason },
    `${failure.message} (${failure.details.upstream})`,
  );
  return failure;
}

/** Skips the running test and prints why: the provider has nothing of the kind. */
export function leaveOut(context: Mocha.Context, reason: string): never {
  process.stderr.write(`Left out, ${reason}: ${context.test?.fullTitle() ?? ''}\n`);
  return context.skip();
}
