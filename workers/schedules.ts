/** The schedules that every installation has, made and kept up to date by whoever starts a worker. */
import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import type { DataSource } from 'typeorm';
import { connectTemporal } from '../api/temporal/connection.ts';
import type { Config } from '../schemas/config.ts';
import { findTenant, FIRST_TENANT_SLUG } from '../schemas/db/tenancy.ts';
import { RECONCILE_WORKFLOW, reconcileScheduleId, type ReconcileInput } from '../schemas/fleet/findings.ts';
import { LIFECYCLE_QUEUE } from '../schemas/queues.ts';
import { hypervisorsOf, secretBoxOf } from './services.ts';

/** One reconciler per configured provider. Safe to repeat, and by several workers at once. */
export async function ensureSchedules(config: Config, db: DataSource): Promise<void> {
  const tenant = await findTenant(db, FIRST_TENANT_SLUG);
  const { client, close } = connectTemporal(config, secretBoxOf(config));
  try {
    for (const provider of hypervisorsOf(config).keys()) {
      await ensureSchedule(client, reconciler(config, { tenantId: tenant.id, provider }));
    }
  } finally {
    await close();
  }
}

function reconciler(config: Config, input: ReconcileInput): ScheduleOptions {
  const scheduleId = reconcileScheduleId(input.provider);
  return {
    scheduleId,
    spec: {
      intervals: [{ every: config.RECONCILE_INTERVAL_MINUTES * 60_000 }],
      // Else all installations and providers would begin at the full quarter.
      jitter: config.RECONCILE_JITTER_SECONDS * 1_000,
    },
    policies: {
      // The next pass sees all that the slow one does.
      overlap: ScheduleOverlapPolicy.SKIP,
      // One pass makes up for any number of missed ones.
      catchupWindow: '1 minute',
      pauseOnFailure: false,
    },
    action: {
      type: 'startWorkflow',
      workflowType: RECONCILE_WORKFLOW,
      workflowId: scheduleId,
      taskQueue: LIFECYCLE_QUEUE,
      args: [input],
      staticSummary: `Compares what ${input.provider} has with the database.`,
    },
  };
}

async function ensureSchedule(client: Client, options: ScheduleOptions): Promise<void> {
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
