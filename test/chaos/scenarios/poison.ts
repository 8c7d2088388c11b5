/** F15: input that nobody can read, in the middle of ordinary business. */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@temporalio/client';
import { loadCatalog } from '../../../api/catalog/load.ts';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import { createDataConverter } from '../../../schemas/data-converter.ts';
import { subscriptionWorkflowId } from '../../../schemas/ids.ts';
import type { OutboxKind } from '../../../schemas/db/outbox.ts';
import { lab } from '../../harness/lab.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { judge, untilQuiet } from '../invariants.ts';
import { ask, cancelNow, patiently, purchase, purchases, untilAll } from '../market.ts';
import { openVerdict, type OpenVerdict, type Verdict } from '../verdict.ts';

const GARBAGE: (OutboxKind | 'no-such-kind')[] = [
  'subscription-created',
  'payment-event',
  'billing-changed',
  'subscription-update',
  'no-such-kind',
];
/** More than this while a purchase goes through and two subscriptions end would be a tight loop. */
const MOST_ATTEMPTS = 8;

/** Messages encrypted with a key nobody has, damaged ones, ones of another shape, outbox rows of nonsense, a junk catalogue. */
export async function poison(): Promise<Verdict> {
  const verdict = openVerdict('F15', 'poison input and undecryptable payloads');
  const tenure = await startTenure({ name: 'poison' });
  const orders = await purchases(tenure, 3);
  await untilAll(tenure, orders, 'active');
  const [garbled, misshapen] = orders;
  if (!garbled || !misshapen) throw new Error('Nothing was bought.');

  const known = tenure.config.ENCRYPTION_KEYS[0]?.id ?? '';
  for (const keyId of ['unknown', known]) {
    const stranger = strangerTo(tenure, keyId).workflow.getHandle(subscriptionWorkflowId(garbled.id));
    await stranger.signal('billing-changed', { version: 99 });
  }
  await tenure.temporal.workflow
    .getHandle(subscriptionWorkflowId(misshapen.id))
    .signal('billing-changed', 'nonsense');
  await insertGarbage(tenure);
  await judgeCatalogue(verdict);

  // Business goes on for everybody, those who got the poison included.
  orders.push(await purchase(tenure));
  await untilAll(tenure, orders, 'active');
  await Promise.all([garbled, misshapen].map((order) => ask(tenure, order, 'cancel', cancelNow)));
  await untilAll(tenure, [garbled, misshapen], 'torn-down');
  await untilQuiet(tenure, orders);
  await judge(verdict, tenure, orders);
  await judgeGarbage(verdict, tenure);
  verdict.figure('poisoned messages', GARBAGE.length + 3);
  await tenure.killWorker();
  return verdict.close();
}

/** A client whose messages carry a key's name and are encrypted with another key. */
function strangerTo(tenure: Tenure, keyId: string): Client {
  return new Client({
    connection: tenure.temporal.connection,
    namespace: tenure.config.TEMPORAL_NAMESPACE,
    dataConverter: createDataConverter(createSecretBox([{ id: keyId, key: randomBytes(32) }])),
  });
}

async function insertGarbage({ sql }: Tenure): Promise<void> {
  for (const kind of GARBAGE) {
    await sql.query(
      `insert into outbox (tenant_id, kind, subject_id, payload) select id, $1, $2, '{"x":1}' from tenants limit 1`,
      [kind, randomUUID()],
    );
  }
  await sql.query(`select pg_notify('tenure_outbox', '')`);
}

/** Garbage waits, with its error beside it and in the metrics, and is tried ever more rarely. */
async function judgeGarbage(verdict: OpenVerdict, tenure: Tenure): Promise<void> {
  const stuck = await patiently('the poisoned messages are noted', async () => {
    const { rows } = await tenure.sql.query<{ kind: string; attempts: number; error: string }>(
      `select kind, attempts, last_error as error from outbox where delivered_at is null and last_error is not null`,
    );
    return rows.length >= GARBAGE.length ? rows : undefined;
  });
  for (const { kind, attempts, error } of stuck) {
    verdict.never(
      'a poisoned message tried in a tight loop',
      attempts <= MOST_ATTEMPTS,
      () => `${attempts} × ${kind}: ${error}`,
    );
  }
  const { data } = await tenure.http.get<string>('/metrics');
  const waiting = Number(/^tenure_outbox_waiting (\d+)/m.exec(data)?.[1] ?? 0);
  verdict.never(
    'poison that the metrics do not show',
    waiting >= GARBAGE.length,
    () => `${waiting} are shown`,
  );
}

/** A catalogue of nonsense is refused as a whole, with what is wrong. */
async function judgeCatalogue(verdict: OpenVerdict): Promise<void> {
  const file = path.join((await lab()).dir('poison-catalogue'), 'catalog.yaml');
  for (const junk of ['plans: [', 'plans: nothing', 'plans: [{ key: 7 }]', '\u0000']) {
    writeFileSync(file, junk);
    const refusal = await loadCatalog(file).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
    verdict.never('a junk catalogue that was not refused with a reason', !!refusal, () =>
      JSON.stringify(junk),
    );
  }
}
