/** Doing something to servers while no operation is under way on any of them. */
import { condition } from '@temporalio/workflow';
import type { Life } from './state.ts';

/** Lets what is under way end, keeps the rest from beginning, and then does the work. Not to be nested. */
export async function alone<T>(life: Life, work: () => Promise<T>): Promise<T> {
  life.held = true;
  try {
    if (life.operations.size > 0) await condition(() => life.operations.size === 0);
    return await work();
  } finally {
    life.held = false;
  }
}
