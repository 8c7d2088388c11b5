/** Trying until it works, with an end that says what did not. */
import { Context } from '@temporalio/activity';
import { TenureFailure } from '../../schemas/failures.ts';
import {
  CREDENTIALS_REFUSED,
  NOT_ANSWERING,
  SERVICE_NOT_READY,
  SESSION_UNUSABLE,
} from '../access/failures.ts';
import { pause } from '../temporal.ts';

/** A fresh server refuses logins, and its services are silent, until its first boot is through. */
const NOT_YET = [NOT_ANSWERING, CREDENTIALS_REFUSED, SESSION_UNUSABLE, SERVICE_NOT_READY];

/** How long before the deadline the last word is spoken, at most. */
const LAST_WORD_MS = 3_000;

/**
 * Tries until it works or fails for another reason than being too early. Shortly before the activity's own deadline what it failed with
 * last becomes its end.
 *
 * @param options.pollMs between two tries
 * @param options.refusedForMs for so long the password may be refused without a break; by default until the deadline
 * @throws TenureFailure what `attempt` throws; `refused` with the last reason at the deadline
 */
export async function patiently<T>(
  attempt: () => Promise<T>,
  { pollMs, refusedForMs = Infinity }: { pollMs: number; refusedForMs?: number | undefined },
): Promise<T> {
  const endsAt = lastWordAt();
  let refusedSince: number | null = null;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TenureFailure) || !NOT_YET.includes(error.details.reason)) throw error;
      const now = Date.now();
      refusedSince = error.details.reason === CREDENTIALS_REFUSED ? (refusedSince ?? now) : null;
      if (refusedSince !== null && now - refusedSince >= refusedForMs) throw error;
      if (now + pollMs >= endsAt) throw new TenureFailure('refused', error.message, error.details);
      await pause(pollMs);
    }
  }
}

/** Shortly before the deadline of the activity that asks, in epoch ms: a time-out says nothing of what was waited for. */
export function lastWordAt(): number {
  const now = Date.now();
  const { scheduledTimestampMs, scheduleToCloseTimeoutMs } = Context.current().info;
  const deadline = scheduledTimestampMs + scheduleToCloseTimeoutMs;
  // Without a deadline that makes sense, the server's time-out has to do.
  return deadline > now ? deadline - Math.min(LAST_WORD_MS, (deadline - now) / 10) : Infinity;
}
