import { NOBODY } from '../world/tx.ts';
import type { World } from '../world/world.ts';
import type { Tx } from '../world/tx.ts';
import { expireSession, settleSession } from './checkout.ts';
import { settleDebit, type PaymentOutcome } from './payments.ts';
import { afterAttempt, collect, purposeOf, renew } from './subscriptions.ts';

const ANSWERS_KEPT_SECONDS = 24 * 3_600;
const EVENTS_KEPT = 10_000;

/** Does what is due by now: sessions expire, debits settle, periods end, failed payments are tried again. */
export function tick(world: World): void {
  const nowMs = Date.now();
  const now = Math.floor(nowMs / 1_000);
  const { sessions, debits, subscriptions, invoices, answers } = world.state;
  for (const { id, status, expires_at } of Object.values(sessions)) {
    if (status === 'open' && expires_at <= now) world.transact(NOBODY, (tx) => void expireSession(tx, id));
  }
  for (const [intent, { settlesAtMs, outcome }] of Object.entries(debits)) {
    if (settlesAtMs <= nowMs) world.transact(NOBODY, (tx) => void settle(tx, intent, outcome));
  }
  for (const { id, status, items } of Object.values(subscriptions)) {
    const end = items.data[0]?.current_period_end ?? Infinity;
    if ((status === 'active' || status === 'past_due') && end <= now)
      world.transact(NOBODY, (tx) => renew(tx, id));
  }
  for (const { id, status, next_payment_attempt } of Object.values(invoices)) {
    const due = status === 'open' && next_payment_attempt !== null && next_payment_attempt <= now;
    if (due) world.transact(NOBODY, (tx) => void collect(tx, id));
  }
  for (const [key, { at }] of Object.entries(answers)) {
    if (at + ANSWERS_KEPT_SECONDS <= now) world.transact(NOBODY, (tx) => tx.remove('answers', key));
  }
  forgetOldEvents(world);
}

/** Stripe forgets events after 30 days; a test run makes as many in an hour. */
function forgetOldEvents(world: World): void {
  const { events, deliveries } = world.state;
  const ids = Object.keys(events);
  if (ids.length < EVENTS_KEPT * 1.1) return;
  const old = ids.slice(0, -EVENTS_KEPT).filter((id) => !(id in deliveries));
  world.transact(NOBODY, (tx) => old.forEach((id) => tx.remove('events', id)));
}

/** The bank answers about a debit: everything that follows from it. */
export function settle(tx: Tx, intentId: string, answer: 'succeeds' | 'fails'): PaymentOutcome {
  const payment = tx.all('invoicePayments').find(({ payment }) => payment.payment_intent === intentId);
  if (!payment) throw new Error(`No invoice belongs to ${intentId}.`);
  const invoice = tx.need('invoices', payment.invoice, 'invoice');
  const subscription = invoice.parent.subscription_details.subscription;
  const outcome = settleDebit(tx, intentId, answer, purposeOf(tx, subscription));
  afterAttempt(tx, invoice.id, outcome);
  if (invoice.billing_reason === 'subscription_create') settleSession(tx, subscription, outcome);
  return outcome;
}
