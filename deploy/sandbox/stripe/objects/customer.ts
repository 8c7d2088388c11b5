import { newId } from '../wire/ids.ts';
import type { Address, Metadata } from './common.ts';

export interface NewCustomer {
  email?: string | null;
  name?: string | null;
  phone?: string | null;
  description?: string | null;
  address?: Address | null;
  preferredLocales?: string[];
  taxExempt?: 'exempt' | 'none' | 'reverse';
  metadata: Metadata;
}

export type Customer = ReturnType<typeof newCustomer>;

export function newCustomer(given: NewCustomer, now: number) {
  return {
    id: newId('cus_'),
    object: 'customer' as const,
    address: given.address ?? null,
    balance: 0,
    created: now,
    currency: null as string | null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: given.description ?? null,
    discount: null,
    email: given.email ?? null,
    invoice_prefix: newId('').slice(0, 8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null as string | null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: given.metadata,
    name: given.name ?? null,
    next_invoice_sequence: 1,
    phone: given.phone ?? null,
    preferred_locales: given.preferredLocales ?? [],
    shipping: null,
    tax_exempt: given.taxExempt ?? ('none' as const),
    test_clock: null,
  };
}
