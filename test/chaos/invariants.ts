/** What must hold for every subscription and for the world, whatever went wrong on the way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowExecutionStatusName } from '@temporalio/client';
import { subscriptionWorkflowId } from '../../schemas/ids.ts';
import type { MailState } from '../../schemas/db/entities/mail.ts';
import type { Stage, SubscriptionStatus } from '../../schemas/subscriptions/lifecycle.ts';
import type { Order } from '../harness/buyer.ts';
import type { Tenure } from '../harness/tenure.ts';
import { writeDossiers } from './dossier.ts';
import { type Account, type Books, readBooks } from './oracle.ts';
import type { OpenVerdict } from './verdict.ts';

/** A worker that was killed over the last step of a story holds it up for so long, at most. */
const ENDS_WITHIN_MS = 30_000;

interface Facts {
  id: string;
  stage: Stage;
  quantity: number;
  /** References of the instances that the database says the customer has. */
  refs: string[];
  /** Whether servers were ever handed over. */
  delivered: boolean;
  handOvers: number;
  /** How often a customer who had left came back. */
  returns: number;
  mails: { template: string; state: MailState; messageId: string }[];
}

const FACTS = `
select s.id, s.stage, s.quantity,
  coalesce((select array_agg(provider_ref) from instances i where i.subscription_id = s.id and i.deleted_at is null
    and i.provider_ref is not null), '{}') as refs,
  exists (select 1 from timeline t where t.subscription_id = s.id and t.kind = 'activated') as delivered,
  (select count(*)::int from timeline t where t.subscription_id = s.id and t.kind = 'activated') as "handOvers",
  (select count(*)::int from timeline t where t.subscription_id = s.id and t.kind = 'resumed') as returns,
  coalesce((select jsonb_agg(jsonb_build_object('template', template, 'state', state, 'messageId', message_id))
    from mails m where m.subscription_id = s.id), '[]') as mails
from subscriptions s where s.id = any($1)`;

/** Stages in which the customer has servers. */
const WITH_SERVERS: Stage[] = ['active', 'past-due', 'suspended', 'cancelling'];

/** Judges subscriptions that have come to rest. */
export async function judge(verdict: OpenVerdict, tenure: Tenure, orders: readonly Order[]): Promise<void> {
  const { rows } = await tenure.sql.query<Facts>(FACTS, [orders.map(({ id }) => id)]);
  const books = readBooks(tenure);
  for (const facts of rows) judgeInstances(verdict, facts, books.of(facts.id));
  await judgeBusiness(verdict, tenure, orders);
}

/** Judges all but their instances, which may be at several providers. */
export async function judgeBusiness(
  verdict: OpenVerdict,
  tenure: Tenure,
  orders: readonly Order[],
): Promise<void> {
  const { rows } = await tenure.sql.query<Facts>(FACTS, [orders.map(({ id }) => id)]);
  const books = readBooks(tenure);
  for (const facts of rows) {
    const account = books.of(facts.id);
    judgeMoney(verdict, facts, account);
    judgeMails(verdict, facts, books);
  }
  verdict.figure(
    'mails in doubt',
    rows.flatMap(({ mails }) => mails).filter(({ state }) => state === 'in-doubt').length,
  );
  for (const batch of inBatches(rows, 20)) {
    await Promise.all(batch.map((facts) => judgeStory(verdict, tenure, facts)));
  }
  const files = await writeDossiers(tenure, verdict.suspects());
  if (files.length > 0) verdict.figure('see', files.join(' '));
}

function judgeInstances(verdict: OpenVerdict, { id, stage, quantity, refs }: Facts, account: Account): void {
  const keys = account.made.map(({ key }) => key);
  verdict.never(
    'two instances for one place',
    new Set(keys).size === keys.length,
    () => `${id}: ${keys.join(', ')}`,
  );
  const orphans = account.live.filter(({ ref }) => !refs.includes(ref));
  verdict.never(
    'an instance without an owner',
    orphans.length === 0,
    () => `${id} (${stage}): ${JSON.stringify(orphans)}`,
  );
  const wanted = WITH_SERVERS.includes(stage) ? quantity : 0;
  verdict.never(
    'more or fewer instances than bought, or one left after the end',
    account.live.length === wanted,
    () => `${id} (${stage}) has ${account.live.length} instead of ${wanted}`,
  );
  if (stage !== 'torn-down') return;
  verdict.never(
    'a snapshot left after its time',
    account.snapshots.length === 0,
    () => `${id}: ${account.snapshots.join()}`,
  );
}

function judgeMoney(verdict: OpenVerdict, { id, stage, delivered, returns }: Facts, account: Account): void {
  const { chargedMinor, refundedMinor, invoicedMinor, billings } = account;
  const sums = `charged ${chargedMinor}, invoiced ${invoicedMinor}, refunded ${refundedMinor}`;
  verdict.never(
    'a charge that no paid invoice explains',
    chargedMinor === invoicedMinor,
    () => `${id}: ${sums}`,
  );
  verdict.never(
    'billing begun more often than bought or resumed',
    billings <= 1 + returns,
    () => `${id}: ${billings} times, with ${returns} returns`,
  );
  if (stage !== 'torn-down') {
    verdict.never(
      'servers without payment',
      refundedMinor === 0 && chargedMinor > 0,
      () => `${id} (${stage}): ${sums}`,
    );
    return;
  }
  const owed = delivered ? 0 : chargedMinor;
  verdict.never(
    'paid, and neither served nor refunded, or both',
    refundedMinor === owed,
    () => `${id} (${delivered ? 'served' : 'never served'}): ${sums}`,
  );
}

function judgeMails(verdict: OpenVerdict, { id, mails, delivered, handOvers }: Facts, books: Books): void {
  for (const { template, state, messageId } of mails) {
    const accepted = books.mails.get(messageId) ?? 0;
    const what = (): string => `${id} ${template} (${state}): accepted ${accepted} times`;
    verdict.never('a mail sent twice', accepted <= 1, what);
    if (state === 'sent') verdict.never('a mail called sent that was not', accepted === 1, what);
    else verdict.never('a mail that is neither sent nor in doubt', state === 'in-doubt', what);
  }
  const ready = mails.filter(({ template }) => template === 'server-ready').length;
  verdict.never(
    'more or fewer hand-over mails than hand-overs',
    ready === (delivered ? handOvers : 0),
    () => `${id}: ${ready} for ${handOvers} hand-overs`,
  );
}

/** The database and the workflow tell the same. */
async function judgeStory(verdict: OpenVerdict, tenure: Tenure, { id, stage }: Facts): Promise<void> {
  const handle = tenure.temporal.workflow.getHandle(subscriptionWorkflowId(id));
  const expected: WorkflowExecutionStatusName = stage === 'torn-down' ? 'COMPLETED' : 'RUNNING';
  // The last word is on record a moment before the workflow ends.
  const giveUpAt = performance.now() + ENDS_WITHIN_MS;
  let { status } = await handle.describe();
  while (status.name !== expected && performance.now() < giveUpAt) {
    await sleep(200);
    ({ status } = await handle.describe());
  }
  const same = verdict.never(
    'a workflow that ended otherwise than its subscription',
    status.name === expected,
    () => `${id} (${stage}): ${status.name}`,
  );
  if (!same || expected === 'COMPLETED') return;
  const told = await handle.query<SubscriptionStatus>('status');
  verdict.never(
    'a stage that workflow and database tell differently',
    told.stage === stage,
    () => `${id}: ${told.stage} and ${stage}`,
  );
}

/** Judges what belongs to no subscription, once everything had time to come to rest. */
export async function judgeWorld(verdict: OpenVerdict, tenure: Tenure, waitMs = 30_000): Promise<void> {
  const { strangers } = readBooks(tenure);
  verdict.never('a resource at the provider that bears no key', strangers.length === 0, () =>
    strangers.join(', '),
  );
  const left = await drained(tenure, waitMs);
  verdict.never('a message left in the outbox', left.length === 0, () =>
    left.map((one) => JSON.stringify(one)).join('; '),
  );
  const { rows } = await tenure.sql.query<{ total: number; open: string[] }>(
    `select count(*)::int as total, coalesce(array_agg(event_id) filter (where state = 'stored'), '{}') as open from payment_events`,
  );
  const [events] = rows;
  for (let index = 0; index < (events?.total ?? 0); index += 1) {
    verdict.never(
      'an acknowledged webhook that was not acted upon',
      index >= (events?.open.length ?? 0),
      () => events?.open[index] ?? '',
    );
  }
  const failed: string[] = [];
  const broken = `ExecutionStatus in ('Failed', 'Terminated', 'TimedOut', 'Canceled')`;
  for await (const { workflowId } of tenure.temporal.workflow.list({ query: broken }))
    failed.push(workflowId);
  verdict.never('a workflow that failed', failed.length === 0, () => failed.join(', '));
}

/** Waits until nothing is on its way any more for these orders: mails, last snapshots, ends of workflows. */
export async function untilQuiet(
  tenure: Tenure,
  orders: readonly Order[],
  timeoutMs = 60_000,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  const ids = orders.map(({ id }) => id);
  while (performance.now() < giveUpAt) {
    const { rows } = await tenure.sql.query<{ ended: string[]; mails: number }>(
      `select coalesce(array_agg(id) filter (where stage = 'torn-down'), '{}') as ended,
         (select count(*)::int from mails where subscription_id = any($1) and state in ('queued', 'sending')) as mails
       from subscriptions where id = any($1)`,
      [ids],
    );
    const books = readBooks(tenure);
    const { ended = [], mails = 0 } = rows[0] ?? {};
    const snapshots = ended.filter((id) => books.of(id).snapshots.length > 0);
    if (mails === 0 && snapshots.length === 0) return;
    await sleep(200);
  }
}

async function drained(tenure: Tenure, waitMs: number): Promise<object[]> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    const { rows } = await tenure.sql.query<object>(
      'select id, kind, subject_id, attempts, last_error from outbox where delivered_at is null order by id limit 20',
    );
    if (rows.length === 0 || performance.now() > giveUpAt) return rows;
    await sleep(100);
  }
}

function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
