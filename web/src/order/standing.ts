import type { OrderView, TimelineKind } from '../../../schemas/api/shop.ts';

/** Where an order stands, as the page has words for it. */
export type Standing =
  | 'decision'
  | 'helpComing'
  | 'unpaid'
  | 'confirming'
  | 'paymentProcessing'
  | 'provisioning'
  | 'delayed'
  | 'active'
  | 'switchedOff'
  | 'ending'
  | 'pastDue'
  | 'pastDueProcessing'
  | 'suspended'
  | 'suspendedProcessing'
  | 'grace'
  | 'graceUnpaid'
  | 'deleting'
  | 'deleted'
  | 'expired'
  | 'refunded';

export type Tone = 'good' | 'calm' | 'warn' | 'bad';

const TONES: Record<Standing, Tone> = {
  decision: 'bad',
  helpComing: 'warn',
  unpaid: 'warn',
  confirming: 'calm',
  paymentProcessing: 'calm',
  provisioning: 'calm',
  delayed: 'warn',
  active: 'good',
  switchedOff: 'calm',
  ending: 'warn',
  pastDue: 'bad',
  pastDueProcessing: 'calm',
  suspended: 'bad',
  suspendedProcessing: 'warn',
  grace: 'warn',
  graceUnpaid: 'warn',
  deleting: 'calm',
  deleted: 'calm',
  expired: 'calm',
  refunded: 'calm',
};

/**
 * Puts stage, timeline and flags of an order into one standing.
 *
 * @param cameFromPayment whether the reader has been to the payment page of this order
 */
export function standingOf(order: OrderView, cameFromPayment: boolean): Standing {
  if (order.attention) return order.attention.options.length > 0 ? 'decision' : 'helpComing';
  switch (order.stage) {
    case 'awaiting-payment':
      // A debit under way has no due date; a checkout that is past its own is about to be closed.
      if (order.dueAt === null) return 'paymentProcessing';
      if (order.paymentUrl === null) return 'expired';
      return cameFromPayment ? 'confirming' : 'unpaid';
    case 'provisioning':
      return happened(order, 'provisioning-delayed') ? 'delayed' : 'provisioning';
    case 'active':
      if (order.cancelAtPeriodEnd) return 'ending';
      return isSwitchedOff(order) ? 'switchedOff' : 'active';
    case 'past-due':
      return order.canPay ? 'pastDue' : 'pastDueProcessing';
    case 'suspended':
      // What staff have suspended has no due date, and no payment is awaited for it.
      return order.canPay || !order.dueAt ? 'suspended' : 'suspendedProcessing';
    case 'cancelling':
      if (order.canPay) return 'graceUnpaid';
      return order.dueAt ? 'grace' : 'deleting';
    case 'torn-down':
      // What was delivered and deleted stays so, even if a late payment is given back.
      if (happened(order, 'torn-down')) return 'deleted';
      if (happened(order, 'refunded')) return 'refunded';
      return happened(order, 'checkout-expired') ? 'expired' : 'deleted';
  }
}

/** Somebody chose so for each of its servers: what we switch off ourselves shows in the stage. */
function isSwitchedOff({ instances }: OrderView): boolean {
  return instances.length > 0 && instances.every(({ state }) => state === 'stopped');
}

export function toneOf(standing: Standing): Tone {
  return TONES[standing];
}

/** Whether the timeline has such an entry. */
export function happened(order: OrderView, kind: TimelineKind): boolean {
  return order.timeline.some((entry) => entry.kind === kind);
}
