/** All that is known of a subscription, for finding out what went wrong with it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { subscriptionWorkflowId, toEdgeId } from '../../schemas/ids.ts';
import type { Tenure } from '../harness/tenure.ts';
import { readLedger } from './oracle.ts';

const ROOT = path.resolve('.tenure/chaos');

/** Collects it into a file. @returns the file's path. */
export async function writeDossier(tenure: Tenure, subscriptionId: string): Promise<string> {
  const rows = async (sql: string): Promise<unknown[]> =>
    (await tenure.sql.query<Record<string, unknown>>(sql, [subscriptionId])).rows;
  const facts = {
    subscription: await rows('select * from subscriptions where id = $1'),
    instances: await rows(
      `select id, key, state, provider_ref, address, create_started_at, credentials_verified_at, deleted_at, updated_at
       from instances where subscription_id = $1 order by key`,
    ),
    timeline: await rows(
      'select at, kind, data, dedupe_key from timeline where subscription_id = $1 order by seq',
    ),
    mails: await rows(
      'select key, template, state, detail, message_id, created_at, sent_at from mails where subscription_id = $1',
    ),
    events: await rows(
      'select event_id, type, state, received_at from payment_events where subscription_id = $1 order by received_at',
    ),
    outbox: await rows('select * from outbox where subject_id = $1 order by id'),
  };
  const file = path.join(ROOT, tenure.name, `${subscriptionId}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  const dossier = {
    ...facts,
    world: worldOf(tenure, subscriptionId),
    workflow: await storyOf(tenure, subscriptionId),
  };
  writeFileSync(file, JSON.stringify(dossier, null, 2));
  return path.relative('', file);
}

function worldOf(tenure: Tenure, subscriptionId: string): object[] {
  const names = [subscriptionId, toEdgeId('subscription', subscriptionId)];
  const all = (['vultr', 'stripe'] as const).flatMap((part) => readLedger(tenure, part));
  const named = all.filter((entry) => names.some((name) => JSON.stringify(entry).includes(name)));
  const ids = new Set(named.map(({ id }) => id));
  return all.filter((entry) => ids.has(entry.id)).sort((a, b) => a.at.localeCompare(b.at));
}

/** What the workflow waits for, and its history in short. */
async function storyOf(tenure: Tenure, subscriptionId: string): Promise<object> {
  const handle = tenure.temporal.workflow.getHandle(subscriptionWorkflowId(subscriptionId));
  const { status, raw } = await handle.describe();
  const history = await handle.fetchHistory();
  return {
    status: status.name,
    pendingTask: raw.pendingWorkflowTask ?? null,
    pendingActivities: (raw.pendingActivities ?? []).map((one) => ({
      activity: one.activityType?.name,
      attempt: one.attempt,
      state: one.state,
      nextAt: one.scheduledTime,
      lastFailure: one.lastFailure?.message ?? null,
    })),
    history: (history.events ?? []).map((event) => {
      const [name = '', attributes = {}] =
        Object.entries(event).find(([key]) => key.endsWith('EventAttributes')) ?? [];
      const { activityType, activityId, signalName, failure, markerName } = attributes as Record<
        string,
        unknown
      >;
      return {
        id: String(event.eventId),
        at: new Date(Number(event.eventTime?.seconds ?? 0) * 1_000).toISOString(),
        name: name.replace('EventAttributes', ''),
        ...(JSON.parse(
          JSON.stringify({ activityType, activityId, signalName, failure, markerName }),
        ) as object),
      };
    }),
  };
}

/** Dossiers of the first few of many. */
export async function writeDossiers(tenure: Tenure, subscriptionIds: string[], most = 5): Promise<string[]> {
  const files: string[] = [];
  for (const id of subscriptionIds.slice(0, most)) {
    files.push(await writeDossier(tenure, id).catch((error: unknown) => `${id}: ${String(error)}`));
  }
  return files;
}
