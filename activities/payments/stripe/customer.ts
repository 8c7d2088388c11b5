import { createHash } from 'node:crypto';
import type Stripe from 'stripe';
import type { CustomerContact } from '../port.ts';

/** How we are to reach the customer, as Stripe writes it. */
export function contactParams({ email, name, language }: CustomerContact): {
  email: string;
  name?: string;
  preferred_locales: string[];
} {
  return { email, ...(name !== null && { name }), preferred_locales: [language] };
}

/**
 * Corrects how Stripe reaches a customer, for receipts and hosted pages (https://docs.stripe.com/api/customers/update). A key
 * stands for one content at Stripe, and what is corrected twice may be told in either message: so the content is in the key.
 */
export async function updateCustomer(
  stripe: Stripe,
  customerRef: string,
  { contact, key }: { contact: CustomerContact; key: string },
): Promise<void> {
  const params = contactParams(contact);
  const digest = createHash('sha256').update(JSON.stringify(params)).digest('hex');
  await stripe.customers.update(customerRef, params, { idempotencyKey: `customer/${key}/${digest}` });
}
