import type { OrderView, TimelineKind } from '../../../schemas/api/shop.ts';

/** Where an order stands, as the page has words for it. */
export type Standing =
  | 'attention'
  | 'unpaid'
  | 'paymentProcessing'
  | 'provisioning'
  | 'delayed'
  | 'active'
  | 'ending'
  | 'pastDue'
  | 'suspended'
  | 'grace'
  | 'deleting'
  | 'deleted'
  | 'expired'
  | 'refunded';

export type Tone = 'good' | 'calm' | 'warn' | 'bad';

const TONES: Record<Standing, Tone> = {
  attention: 'bad',
  unpaid: 'warn',
  paymentProcessing: 'calm',
  provisioning: 'calm',
  delayed: 'warn',
  active: 'good',
  ending: 'warn',
  pastDue: 'bad',
  suspended: 'bad',
  grace: 'warn',
  deleting: 'calm',
  deleted: 'calm',
  expired: 'calm',
  refunded: 'calm',
};

/** Puts stage, timeline and flags of an order into one standing. */
export function standingOf(order: OrderView): Standing {
  if (order.attention) return 'attention';
  switch (order.stage) {
    case 'awaiting-payment':
      return order.paymentUrl ? 'unpaid' : 'paymentProcessing';
    case 'provisioning':
      return happened(order, 'provisioning-delayed') ? 'delayed' : 'provisioning';
    case 'active':
      return order.cancelAtPeriodEnd ? 'ending' : 'active';
    case 'past-due':
      return 'pastDue';
    case 'suspended':
      return 'suspended';
    case 'cancelling':
      return order.dueAt ? 'grace' : 'deleting';
    case 'torn-down':
      if (happened(order, 'refunded')) return 'refunded';
      return happened(order, 'checkout-expired') ? 'expired' : 'deleted';
  }
}

export function toneOf(standing: Standing): Tone {
  return TONES[standing];
}

/** Whether the timeline has such an entry. */
export function happened(order: OrderView, kind: TimelineKind): boolean {
  return order.timeline.some((entry) => entry.kind === kind);
}
