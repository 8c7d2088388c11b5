/** The schedules that every installation has, made and kept up to date by whoever starts a worker. */
import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  ServiceError,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { DataSource } from 'typeorm';
import { connectTemporal } from '../api/temporal/connection.ts';
import type { Config } from '../schemas/config.ts';
import { findTenant, FIRST_TENANT_SLUG } from '../schemas/db/tenancy.ts';
import { RECONCILE_WORKFLOW, reconcileScheduleId, type ReconcileInput } from '../schemas/fleet/findings.ts';
import { BACKUPS_WORKFLOW, backupsScheduleId, type BackupsInput } from '../schemas/operations/backups.ts';
import { LIFECYCLE_QUEUE } from '../schemas/queues.ts';
import { hypervisorsOf, secretBoxOf } from './services.ts';

/** A reconciler and a round of backups per configured provider. Safe to repeat, and by several workers at once. */
export async function ensureSchedules(config: Config, db: DataSource): Promise<void> {
  const tenant = await findTenant(db, FIRST_TENANT_SLUG);
  const { client, close } = connectTemporal(config, secretBoxOf(config));
  try {
    for (const provider of hypervisorsOf(config).keys()) {
      await ensureSchedule(client, reconciler(config, { tenantId: tenant.id, provider }));
      await ensureSchedule(client, backups(config, { provider }));
    }
  } finally {
    await close();
  }
}

function reconciler(config: Config, input: ReconcileInput): ScheduleOptions {
  return rounds({
    scheduleId: reconcileScheduleId(input.provider),
    everyMinutes: config.RECONCILE_INTERVAL_MINUTES,
    jitterSeconds: config.RECONCILE_JITTER_SECONDS,
    workflowType: RECONCILE_WORKFLOW,
    input,
    summary: `Compares what ${input.provider} has with the database.`,
  });
}

function backups(config: Config, input: BackupsInput): ScheduleOptions {
  return rounds({
    scheduleId: backupsScheduleId(input.provider),
    everyMinutes: config.BACKUPS_INTERVAL_MINUTES,
    jitterSeconds: config.BACKUPS_JITTER_SECONDS,
    workflowType: BACKUPS_WORKFLOW,
    input,
    summary: `Asks for the backups at ${input.provider} that are due, and deletes old ones.`,
  });
}

interface Rounds {
  /** Of the schedule and of its workflow. */
  scheduleId: string;
  everyMinutes: number;
  jitterSeconds: number;
  workflowType: string;
  input: object;
  /** For people in the Temporal UI. */
  summary: string;
}

/** One round after the other, each of which sees all that is to be done. */
function rounds(of: Rounds): ScheduleOptions {
  return {
    scheduleId: of.scheduleId,
    spec: {
      intervals: [{ every: of.everyMinutes * 60_000 }],
      // Else all installations and providers would begin at the full quarter.
      jitter: of.jitterSeconds * 1_000,
    },
    policies: {
      // The next round sees all that the slow one does.
      overlap: ScheduleOverlapPolicy.SKIP,
      // One round makes up for any number of missed ones.
      catchupWindow: '1 minute',
      pauseOnFailure: false,
    },
    action: {
      type: 'startWorkflow',
      workflowType: of.workflowType,
      workflowId: of.scheduleId,
      taskQueue: LIFECYCLE_QUEUE,
      args: [of.input],
      staticSummary: of.summary,
    },
  };
}

/** A server that has just started answers before it knows its schedules. */
const patience = retry(
  handleWhen((error) => error instanceof ServiceError),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 5_000 }) },
);

async function ensureSchedule(client: Client, options: ScheduleOptions): Promise<void> {
  await patience.execute(() => makeSchedule(client, options));
}

async function makeSchedule(client: Client, options: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // What a person has set there, such as a pause, stays.
    await client.schedule
      .getHandle(options.scheduleId)
      .update(({ state }) => ({ ...options, state: { paused: state.paused, note: state.note } }));
  }
}
