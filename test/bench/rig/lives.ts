/** Driving a subscription, real or bare, from its start to its end, and waiting without asking the worker anything. */
import {
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { TenureStage } from '../../../schemas/search-attributes.ts';

export interface Subject {
  handle: WorkflowHandle;
}

/** How one kind of subscription is moved on from outside. */
export interface Driver<S extends Subject = Subject> {
  /** Starts one; it then waits for its first payment. */
  begin(): Promise<S>;
  pay(subject: S): Promise<void>;
  cancel(subject: S): Promise<void>;
  /** The workflow that keeps its last snapshot, once it is torn down. */
  expiryOf(subject: S): Promise<WorkflowHandle>;
}

const LOOK_MS = 40;
const LIMIT_MS = 60_000;

/** A whole life: started, paid, active, cancelled, torn down, last snapshot deleted. */
export async function liveThrough<S extends Subject>(driver: Driver<S>): Promise<S> {
  const subject = await activate(driver);
  await driver.cancel(subject);
  await subject.handle.result();
  await (await driver.expiryOf(subject)).result();
  return subject;
}

/** From the start to `active`. */
export async function activate<S extends Subject>(driver: Driver<S>): Promise<S> {
  const subject = await driver.begin();
  await untilResting(subject);
  await driver.pay(subject);
  await untilStage(subject, 'active');
  return subject;
}

/** Many lives, `atOnce` of them side by side. */
export async function liveMany<S extends Subject>(
  driver: Driver<S>,
  lives: number,
  atOnce: number,
): Promise<S[]> {
  const subjects: S[] = [];
  let left = lives;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      subjects.push(await liveThrough(driver));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return subjects;
}

/** Until its stage is `stage`; asks Temporal, never the worker. */
export async function untilStage(subject: Subject, stage: string): Promise<void> {
  await until(subject, ({ typedSearchAttributes }) => typedSearchAttributes.get(TenureStage) === stage);
}

/** Until nothing is under way: no activity, no workflow task; only timers and messages can wake it. */
export async function untilResting(subject: Subject): Promise<void> {
  await until(
    subject,
    ({ historyLength, raw }) =>
      historyLength > 3 && (raw.pendingActivities ?? []).length === 0 && !raw.pendingWorkflowTask,
  );
}

async function until(
  { handle }: Subject,
  holds: (now: WorkflowExecutionDescription) => boolean,
): Promise<void> {
  const giveUpAt = Date.now() + LIMIT_MS;
  for (;;) {
    const now = await handle.describe().catch((error: unknown) => {
      // The relay has not started it yet.
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
    if (now && holds(now)) return;
    if (Date.now() > giveUpAt) throw new Error(`${handle.workflowId} did not get there in ${LIMIT_MS} ms.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Lives per second with `atOnce` of them side by side: enough that the processor is what limits them, not their waits. */
export async function ratePerSecond<S extends Subject>(
  driver: Driver<S>,
  lives: number,
  atOnce: number,
): Promise<number> {
  const startedAt = performance.now();
  await liveMany(driver, lives, atOnce);
  return lives / ((performance.now() - startedAt) / 1_000);
}
