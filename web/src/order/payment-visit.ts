/**
 * Which order this tab went to the payment page for. Whoever then sees that order's page has most likely paid: until
 * the payment is confirmed, the page says so instead of asking for it again.
 */
const STORAGE_KEY = 'tenure-payment-visit';

export function rememberPaymentVisit(orderToken: string): void {
  try {
    window.sessionStorage.setItem(STORAGE_KEY, orderToken);
  } catch {
    // Storage is blocked: the page asks for the payment until it is confirmed.
  }
}

export function visitedPayment(orderToken: string): boolean {
  try {
    return window.sessionStorage.getItem(STORAGE_KEY) === orderToken;
  } catch {
    return false;
  }
}
