/** What a customer may do with an order. A courtesy: the workflow's own validator has the last word. */
import type { OrderAction } from '../../schemas/api/shop.ts';
import type { Subscription } from '../../schemas/db/entities/subscription.ts';

export type OrderState = Pick<Subscription, 'stage' | 'attention' | 'cancelAtPeriodEnd' | 'dueAt'> & {
  protocol: 'ssh' | 'rdp';
};

/** The actions possible now, in the order in which they are shown. */
export function possibleActions(order: OrderState): OrderAction[] {
  return [...(order.attention?.options ?? []), ...actionsOfStage(order)];
}

function actionsOfStage(order: OrderState): OrderAction[] {
  switch (order.stage) {
    case 'awaiting-payment':
    // A suspension is lifted by a payment or by staff: the customer can only leave.
    case 'suspended':
      return ['cancel'];
    case 'provisioning':
      return order.attention ? [] : ['cancel'];
    case 'active':
    case 'past-due':
      return [...rotation(order), ...(order.cancelAtPeriodEnd ? (['resume'] as const) : []), 'cancel'];
    case 'cancelling':
      return isBeforeDeletion(order) ? ['resume'] : [];
    case 'torn-down':
      return [];
  }
}

/** Only where a new password can be set from outside. */
function rotation({ protocol }: OrderState): OrderAction[] {
  return protocol === 'ssh' ? ['rotate-credentials'] : [];
}

/** While it is cancelling, `dueAt` is the instant at which the data is deleted. */
function isBeforeDeletion({ dueAt }: OrderState): boolean {
  return dueAt !== null && dueAt.getTime() > Date.now();
}

/** When a cancellation takes effect unless the customer says: with the paid period, if there is one to wait for. */
export function defaultCancelTime({ stage, attention }: OrderState): 'now' | 'period-end' {
  const nothingToAwait = stage === 'awaiting-payment' || (stage === 'provisioning' && attention !== null);
  return nothingToAwait ? 'now' : 'period-end';
}
