/** F15: input that nobody can read, in the middle of ordinary business. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { createDataConverter } from '../../../schemas/data-converter.ts';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import { startTenure } from '../../harness/tenure.ts';
import { judge, untilQuiet } from '../invariants.ts';
import { ask, cancelNow, patiently, purchase, purchases, untilAll } from '../market.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

/** Signals encrypted with a key nobody has, signals of another shape, and outbox rows of nonsense. */
export async function poison(): Promise<Verdict> {
  const verdict = openVerdict('F15', 'poison input and undecryptable payloads');
  const tenure = await startTenure({ name: 'poison' });
  const orders = await purchases(tenure, 3);
  await untilAll(tenure, orders, 'active');
  const [garbled, misshapen, other] = orders;
  if (!garbled || !misshapen || !other) throw new Error('Three orders were wanted.');

  const stranger = new Client({
    connection: tenure.temporal.connection,
    namespace: tenure.config.TEMPORAL_NAMESPACE,
    dataConverter: createDataConverter(createSecretBox([{ id: 'unknown', key: randomBytes(32) }])),
  });
  await stranger.workflow
    .getHandle(`subscription/${garbled.subscriptionId}`)
    .signal('billing-changed', { version: 99 });
  await tenure.temporal.workflow
    .getHandle(`subscription/${misshapen.subscriptionId}`)
    .signal('billing-changed', 'nonsense');
  const { rows } = await tenure.sql.query<{ id: string }>('select id from tenants limit 1');
  for (const kind of ['payment-event', 'billing-changed', 'subscription-update', 'no-such-kind']) {
    await tenure.sql.query(
      `insert into outbox (tenant_id, kind, subject_id, payload) values ($1, $2, $3, '{"x":1}')`,
      [rows[0]?.id, kind, randomUUID()],
    );
  }

  // Business goes on for everybody, those who got the poison included.
  orders.push(await purchase(tenure));
  await untilAll(tenure, orders, 'active');
  await Promise.all([garbled, misshapen].map((order) => ask(tenure, order, 'cancel', cancelNow)));
  await untilAll(tenure, [garbled, misshapen], 'torn-down');
  await untilQuiet(tenure, orders);
  await judge(verdict, tenure, orders);

  const stuck = await patiently('the poisoned messages are noted', async () => {
    const found = await tenure.sql.query<{ attempts: number; last_error: string | null }>(
      'select attempts, last_error from outbox where delivered_at is null and last_error is not null',
    );
    return found.rows.length >= 4 ? found.rows : undefined;
  });
  for (const { attempts, last_error: error } of stuck) {
    verdict.never(
      'a poisoned message tried in a tight loop',
      attempts <= 10,
      () => `${attempts} times: ${error ?? ''}`,
    );
  }
  await tenure.killWorker();
  return verdict.close();
}
