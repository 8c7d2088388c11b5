/** What a customer may do with an order. A courtesy: the workflow's own validator has the last word. */
import type { OrderAction } from '../../schemas/api/shop.ts';
import type { AccessProtocol } from '../../schemas/catalog/access.ts';
import type { Subscription } from '../../schemas/db/entities/subscription.ts';

export type OrderState = Pick<
  Subscription,
  'stage' | 'attention' | 'cancelAtPeriodEnd' | 'dueAt' | 'billingStanding'
> & {
  protocol: AccessProtocol;
  /** Some server was taken over without its password. */
  credentialsUnknown: boolean;
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
      // What is overdue is paid first: without that nothing can be resumed.
      return isBeforeDeletion(order) && !isOverdue(order) ? ['resume'] : [];
    case 'torn-down':
      return [];
  }
}

/** Whether a payment is overdue that keeps the servers running or brings them back. */
export function canPay(order: OrderState): boolean {
  if (!isOverdue(order)) return false;
  switch (order.stage) {
    case 'past-due':
      return true;
    case 'suspended':
      // A suspension by staff has no due date, and no payment lifts it.
      return order.dueAt !== null;
    case 'cancelling':
      return isBeforeDeletion(order);
    case 'awaiting-payment':
    case 'provisioning':
    case 'active':
    case 'torn-down':
      return false;
  }
}

function isOverdue({ billingStanding }: OrderState): boolean {
  return billingStanding === 'past-due';
}

/** Only where a new password can be set from outside, with the old one. */
function rotation({ protocol, credentialsUnknown }: OrderState): OrderAction[] {
  return protocol === 'ssh' && !credentialsUnknown ? ['rotate-credentials'] : [];
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
