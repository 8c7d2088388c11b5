import type { Billing } from '../shop/offer.ts';
import type { OrderForm } from './order-form.ts';

/** An order form as it was sent, for a buyer who comes back from the payment page. Gone with the tab. */
export interface Draft {
  planKey: string;
  form: OrderForm;
  billing: Billing;
}

const STORAGE_KEY = 'tenure-order-form';

export function keepDraft(draft: Draft): void {
  try {
    window.sessionStorage.setItem(STORAGE_KEY, JSON.stringify(draft));
  } catch {
    // Storage is blocked: the form starts empty again.
  }
}

/** The form that was last sent for this plan. */
export function findDraft(planKey: string): Draft | null {
  try {
    const draft = JSON.parse(window.sessionStorage.getItem(STORAGE_KEY) ?? 'null') as Draft | null;
    return draft?.planKey === planKey ? draft : null;
  } catch {
    return null;
  }
}
