/** Sending what must not be sent twice: the intent is written first, and after a lost answer one looks before sending again. */
import { TenureFailure } from '../../schemas/failures.ts';
import { ANSWER_LOST } from '../http/failures.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import { pause, stopIfCancelled } from '../temporal.ts';

/** Looks until it is found, or until an order sent at `sentAt` can no longer bring it. Never sent, it is looked for once. */
export async function seek<T>(
  { createSettleMs, pollMs }: Pick<Hypervisor, 'createSettleMs' | 'pollMs'>,
  sentAt: Date | null,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const settledAt = (sentAt?.getTime() ?? 0) + createSettleMs;
  for (;;) {
    const askedAt = Date.now();
    const found = await look();
    if (found !== undefined || askedAt >= settledAt) return found;
    await pause(Math.min(pollMs, Math.max(1, settledAt - Date.now())));
  }
}

/** Waits until `look` finds it. */
export async function until<T>(
  { pollMs }: Pick<Hypervisor, 'pollMs'>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(pollMs);
  }
}

/** Sends an order, with the time of it on record. Only a lost answer leaves open whether it had its effect. */
export async function send<T>(
  noteSent: (at: Date | null) => Promise<void>,
  order: () => Promise<T>,
): Promise<T> {
  stopIfCancelled();
  await noteSent(new Date());
  try {
    return await order();
  } catch (error) {
    if (error instanceof TenureFailure && error.details.reason !== ANSWER_LOST) await noteSent(null);
    throw error;
  }
}
