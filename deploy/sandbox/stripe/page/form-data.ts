import type { Request } from 'express';
import type { PaymentMethodType } from '../objects/checkout-session.ts';
import type { PaymentIntent } from '../objects/payment.ts';
import { readCard, readIban, type TypedInstrument } from '../money/instruments.ts';
import type { PageLanguage, Problem } from './texts.ts';

export type Fields = Record<string, string>;

/** What may be shown again after a refused form. */
const SHOWN_AGAIN = [
  'method',
  'card_expiry',
  'card_name',
  'iban',
  'account_name',
  'line1',
  'postal_code',
  'city',
  'country',
  'tax_id',
  'promotion_code',
];

/** Form fields as text; a field that is given twice counts as not given. */
export function fieldsOf(req: Request): Fields {
  const body: unknown = req.body ?? {};
  const pairs = Object.entries(body as object).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return Object.fromEntries(pairs);
}

export function shownAgain(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => SHOWN_AGAIN.includes(name)));
}

/** The card or account that was typed, if it is of a kind that is taken here. */
export function readInstrument(
  fields: Fields,
  methods: readonly PaymentMethodType[],
): TypedInstrument | Problem[] {
  if (fields['method'] === 'sepa_debit') {
    if (!methods.includes('sepa_debit')) return ['iban-invalid'];
    return readIban({ iban: fields['iban'] ?? '', name: fields['account_name'] ?? '' });
  }
  if (!methods.includes('card')) return ['number-invalid'];
  const {
    card_number: number = '',
    card_expiry: expiry = '',
    card_cvc: cvc = '',
    card_name: name = '',
  } = fields;
  return readCard({ number, expiry, cvc, name }, new Date());
}

/** Whose card or account it is. */
export function holderOf(fields: Fields): string {
  return ((fields['method'] === 'sepa_debit' ? fields['account_name'] : fields['card_name']) ?? '').trim();
}

/** Why the bank said no. */
export function declineProblem(intent: Readonly<PaymentIntent> | undefined): Problem {
  switch (intent?.last_payment_error?.decline_code) {
    case 'insufficient_funds':
      return 'insufficient-funds';
    case 'expired_card':
      return 'card-expired';
    case 'incorrect_cvc':
      return 'cvc-wrong';
    case 'processing_error':
      return 'processing-error';
    default:
      return 'declined';
  }
}

/** @param locale of the customer; `auto` or none leaves it to the browser. */
export function languageOf(locale: string | null | undefined, req: Request): PageLanguage {
  if (locale && locale !== 'auto') return locale.startsWith('de') ? 'de' : 'en';
  return req.acceptsLanguages('en', 'de') === 'de' ? 'de' : 'en';
}
