import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultPayloadConverter } from '@temporalio/common';
import { OPERATION_KINDS } from '../../schemas/operations/operations.ts';
import {
  ATTENTION_REASONS,
  BILLING_STANDINGS,
  INSTANCE_STATES,
  STAGES,
} from '../../schemas/subscriptions/lifecycle.ts';
import type { SubscriptionState } from '../../workflows/subscriptions/state.ts';

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const instant = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const by = fc.record({ kind: fc.constantFrom('customer', 'staff', 'system'), id: fc.string() });
const because = fc.record({ by, reason: fc.string({ unit: 'grapheme' }) });
const asked = fc.record({ by });
const changePlan = fc.record({ by, planKey: fc.string(), planVersion: fc.nat() });
const name = fc.record({ en: fc.string(), de: fc.string() });
const planChange = fc.record({
  ...{ key: fc.string(), by, planId: fc.uuid(), fromPlanId: fc.uuid(), planName: name },
  terms: fc.record({
    ...{ key: fc.string(), version: fc.nat(), name },
    credentialDelivery: fc.constantFrom('link' as const, 'inline' as const),
    provisioning: fc.record({ delayedAfterMinutes: fc.nat(), deadlineMinutes: fc.nat() }),
    overdue: fc.record({ suspendAfterDays: fc.nat(), cancelAfterDays: fc.nat() }),
    retention: fc.record({ graceDays: fc.nat(), finalSnapshotDays: fc.nat() }),
  }),
  ...{ amountMinor: fc.nat(), chargedMinor: fc.nat(), refundedMinor: fc.nat() },
  effectiveAt: orNull(instant),
  phase: fc.constantFrom(
    'doing' as const,
    'scheduled' as const,
    'due' as const,
    'undoing' as const,
    'settling' as const,
  ),
  begun: fc.subarray(['price' as const, 'size' as const]),
  cause: orNull(fc.constantFrom('failed' as const, 'declined' as const, 'withdrawn' as const)),
  stuck: fc.boolean(),
});
const cancel = fc.record({ by, when: fc.constantFrom('now', 'period-end'), reason: fc.string() });

/** Every state that the types allow: a new field has to be named here, or this does not compile. */
const states: fc.Arbitrary<SubscriptionState> = fc.record({
  stage: fc.constantFrom(...STAGES),
  settled: fc.boolean(),
  attention: orNull(
    fc.record({
      reason: fc.constantFrom(...ATTENTION_REASONS),
      message: fc.string({ unit: 'grapheme' }),
      options: fc.subarray(['retry', 'refund'] as ('retry' | 'refund')[]),
      since: instant,
    }),
  ),
  summary: fc.string({ unit: 'grapheme' }),
  dueAt: orNull(instant),
  billing: fc.record({
    standing: fc.constantFrom(...BILLING_STANDINGS),
    version: fc.nat(),
    periodEnd: orNull(instant),
  }),
  generation: fc.nat(),
  instances: fc.array(
    fc.record({ id: fc.uuid(), ordinal: fc.nat(), state: fc.constantFrom(...INSTANCE_STATES) }),
  ),
  requests: fc.record({
    suspend: orNull(because),
    resume: orNull(asked),
    cancel: orNull(cancel),
    retry: orNull(asked),
    refund: orNull(because),
    rotateCredentials: orNull(asked),
    changePlan: orNull(changePlan),
    keepPlan: orNull(asked),
    look: orNull(asked),
  }),
  unfinished: fc.record({
    resume: orNull(asked),
    cancel: orNull(cancel),
    rotateCredentials: orNull(asked),
    look: orNull(asked),
  }),
  undoing: orNull(fc.string()),
  refunding: orNull(by),
  suspendedBy: orNull(fc.constantFrom('payment', 'staff')),
  cancellation: orNull(
    fc.record({ cause: fc.constantFrom('request', 'period-ended', 'overdue', 'billing-ended'), by }),
  ),
  cancelAtPeriodEnd: fc.boolean(),
  deleting: fc.boolean(),
  undelivered: fc.boolean(),
  remindAt: orNull(instant),
  planChange: orNull(planChange),
  operations: fc.array(
    fc.record({
      by,
      operationId: fc.uuid(),
      instanceId: fc.uuid(),
      kind: fc.constantFrom(...OPERATION_KINDS),
      running: fc.boolean(),
    }),
  ),
  steps: fc.nat(),
  messagesSeen: fc.nat(),
});

describe('what a subscription remembers', () => {
  it('goes through continue-as-new unchanged, whatever it is', () => {
    fc.assert(
      fc.property(states, (state) => {
        const [payload] = [defaultPayloadConverter.toPayload(state)];
        assert.deepEqual(defaultPayloadConverter.fromPayload(payload), plain(state));
      }),
    );
  });
});

/** fast-check makes records without a prototype. */
function plain<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item as unknown)])) as T;
}
