/** Telling that an instance is gone at its provider: somebody deleted it there behind our back. */
import { log } from '@temporalio/activity';
import { TenureFailure } from '../../schemas/failures.ts';
import { NOT_FOUND } from '../http/failures.ts';

/** The reason of a failure: an instance that should be there is not. */
export const VANISHED = 'vanished';

/**
 * Does what is needless if the instance is gone: halting it, taking its last snapshot. Else nobody whose server has vanished
 * could ever leave. `false` if it is gone.
 */
export async function unlessGone(key: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const isGone = error instanceof TenureFailure && [VANISHED, NOT_FOUND].includes(error.details.reason);
    if (!isGone) throw error;
    log.warn('The instance is gone at the provider.', { key });
    return false;
  }
}
