/**
 * What this tab went to a payment page for. Whoever then sees the order's page has most likely paid: until the payment is
 * confirmed, the page says so instead of asking for it again.
 */
import type { OrderView } from '../../../schemas/api/shop.ts';

const STORAGE_KEY = 'tenure-payment-visit';

/** @param purpose an order's token for its first payment, {@link latePaymentOf} for an overdue one */
export function rememberPaymentVisit(purpose: string): void {
  try {
    window.sessionStorage.setItem(STORAGE_KEY, purpose);
  } catch {
    // Storage is blocked: the page asks for the payment until it is confirmed.
  }
}

export function visitedPayment(purpose: string): boolean {
  try {
    return window.sessionStorage.getItem(STORAGE_KEY) === purpose;
  } catch {
    return false;
  }
}

/** Tells an overdue payment from the first one and from those of other months. */
export function latePaymentOf(orderToken: string, { timeline }: OrderView): string {
  const failed = timeline.findLast(({ kind }) => kind === 'payment-failed');
  return `${orderToken} late ${failed?.seq ?? 0}`;
}
