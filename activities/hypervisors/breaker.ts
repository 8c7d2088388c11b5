/**
 * A circuit breaker around a driver: a provider that fails again and again is left alone for a while, so that it can recover and nobody
 * waits for time-outs. It opens on failures of the provider (no answer, 5xx), not on refusals, and half-opens by itself: then one call
 * tries whether it is well again. Each process has its own.
 */
import { BrokenCircuitError, CircuitState, circuitBreaker, handleWhen, SamplingBreaker } from 'cockatiel';
import { TenureFailure } from '../../schemas/failures.ts';
import { ANSWER_LOST, NO_ANSWER, SERVER_ERROR, UNEXPECTED_ANSWER, UNREACHABLE } from '../http/failures.ts';
import type { CreateInstanceRequest, Hypervisor, InstanceOperations } from './port.ts';

/** `retryable`: the breaker is open; the call was not made. */
export const PROVIDER_FAILING = 'provider-failing';

/** `closed` calls go through · `open` none does · `half-open` one tries. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** Opens when at least this share of the calls of the last `windowMs` failed … */
  failureShare?: number;
  windowMs?: number;
  /** … and there were at least so many calls a second. */
  callsPerSecond?: number;
  /** How long it stays open before one call tries. */
  openMs?: number;
  /** Told of every change of state. */
  onChange?: (state: BreakerState) => void;
}

const STATES: Record<CircuitState, BreakerState> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
};
const FAILURES_OF_THE_PROVIDER = [ANSWER_LOST, NO_ANSWER, SERVER_ERROR, UNEXPECTED_ANSWER, UNREACHABLE];

export interface GuardedHypervisor extends Hypervisor {
  breakerState(): BreakerState;
}

/** The same driver behind a breaker. Its calls throw, beside their own failures, `retryable` with {@link PROVIDER_FAILING}. */
export function withBreaker(driver: Hypervisor, options: BreakerOptions = {}): GuardedHypervisor {
  const { failureShare = 0.5, windowMs = 30_000, callsPerSecond = 0.3, openMs = 10_000, onChange } = options;
  const policy = circuitBreaker(handleWhen(isFailureOfTheProvider), {
    halfOpenAfter: openMs,
    breaker: new SamplingBreaker({ threshold: failureShare, duration: windowMs, minimumRps: callsPerSecond }),
  });
  policy.onStateChange((state) => onChange?.(STATES[state]));

  const guarded = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await policy.execute(call);
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw leftAlone(driver.name, openMs);
      throw error;
    }
  };
  async function* guardedList<T>(list: AsyncIterable<T>): AsyncGenerator<T> {
    const items = list[Symbol.asyncIterator]();
    try {
      for (;;) {
        const item = await guarded(() => items.next());
        if (item.done) return;
        yield item.value;
      }
    } finally {
      await items.return?.();
    }
  }
  const operations = Object.fromEntries(
    Object.entries(driver.operations).map(([name, operation]) => [
      name,
      (...args: unknown[]) =>
        guarded(() => (operation as (...given: unknown[]) => Promise<unknown>)(...args)),
    ]),
  ) as Partial<InstanceOperations>;

  return {
    ...driver,
    operations,
    breakerState: () => STATES[policy.state],
    ...(driver.advance && {
      advance: (ref: string, request: CreateInstanceRequest) =>
        guarded(async () => driver.advance?.(ref, request)),
    }),
    ...(driver.forget && { forget: (key: string) => guarded(async () => driver.forget?.(key)) }),
    capacity: () => guarded(() => driver.capacity()),
    create: (request) => guarded(() => driver.create(request)),
    findByKey: (key) => guarded(() => driver.findByKey(key)),
    get: (ref) => guarded(() => driver.get(ref)),
    list: () => guardedList(driver.list()),
    start: (ref) => guarded(() => driver.start(ref)),
    stop: (ref) => guarded(() => driver.stop(ref)),
    delete: (ref) => guarded(() => driver.delete(ref)),
    createSnapshot: (ref, key) => guarded(() => driver.createSnapshot(ref, key)),
    findSnapshotsByKey: (key) => guarded(() => driver.findSnapshotsByKey(key)),
    getSnapshot: (snapshotRef) => guarded(() => driver.getSnapshot(snapshotRef)),
    listSnapshots: () => guardedList(driver.listSnapshots()),
    deleteSnapshot: (snapshotRef) => guarded(() => driver.deleteSnapshot(snapshotRef)),
  };
}

function isFailureOfTheProvider(error: unknown): boolean {
  return error instanceof TenureFailure && FAILURES_OF_THE_PROVIDER.includes(error.details.reason);
}

function leftAlone(name: string, openMs: number): TenureFailure {
  return new TenureFailure('retryable', `${name} fails just now and is left alone for a while.`, {
    reason: PROVIDER_FAILING,
    retryAfterMs: openMs,
    nextStep: `Look at the provider’s status page; it is tried again by itself.`,
  });
}
