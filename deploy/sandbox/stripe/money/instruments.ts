import type { MethodDetails } from '../objects/payment.ts';
import type { Instrument } from '../world/state.ts';

/** A card or account as typed on the payment page, with how it will behave. */
export interface TypedInstrument {
  details: MethodDetails;
  instrument: Instrument;
  /** The bank asks its owner to confirm before the first charge. */
  needsChallenge: boolean;
}

/** Why what was typed cannot be used; the page has a sentence for each. */
export type InstrumentProblem =
  | 'number-invalid'
  | 'number-not-a-test-card'
  | 'expiry-invalid'
  | 'expiry-past'
  | 'cvc-invalid'
  | 'name-missing'
  | 'iban-invalid'
  | 'iban-not-a-test-account';

interface TestCard {
  brand: string;
  behaviour: Instrument['behaviour'];
  declineCode?: string;
  challenge?: boolean;
}

/** The test cards, as in Stripe's documentation (https://docs.stripe.com/testing). */
const CARDS: Record<string, TestCard> = {
  '4242424242424242': { brand: 'visa', behaviour: 'succeeds' },
  '5555555555554444': { brand: 'mastercard', behaviour: 'succeeds' },
  '4000000000000002': { brand: 'visa', behaviour: 'declines', declineCode: 'generic_decline' },
  '4000000000009995': { brand: 'visa', behaviour: 'declines', declineCode: 'insufficient_funds' },
  '4000000000009987': { brand: 'visa', behaviour: 'declines', declineCode: 'lost_card' },
  '4000000000000069': { brand: 'visa', behaviour: 'declines', declineCode: 'expired_card' },
  '4000000000000127': { brand: 'visa', behaviour: 'declines', declineCode: 'incorrect_cvc' },
  '4000000000000119': { brand: 'visa', behaviour: 'declines', declineCode: 'processing_error' },
  '4000002500003155': { brand: 'visa', behaviour: 'succeeds', challenge: true },
  '4000000000003220': { brand: 'visa', behaviour: 'succeeds', challenge: true },
  '4000000000000341': { brand: 'visa', behaviour: 'declines-later', declineCode: 'generic_decline' },
};

/** The test accounts. */
const IBANS: Record<string, Instrument['behaviour']> = {
  DE89370400440532013000: 'debit-succeeds',
  AT611904300234573201: 'debit-succeeds',
  DE62370400440532013001: 'debit-fails',
};

export interface TypedCard {
  number: string;
  /** `MM/YY` or `MM/YYYY`. */
  expiry: string;
  cvc: string;
  name: string;
}

/** Reads a card form; the problems are in the order of its fields. */
export function readCard(typed: TypedCard, now: Date): TypedInstrument | InstrumentProblem[] {
  const number = typed.number.replace(/[\s-]/g, '');
  const card = CARDS[number];
  const expiry = readExpiry(typed.expiry);
  const problems: InstrumentProblem[] = [];
  if (!passesLuhn(number)) problems.push('number-invalid');
  else if (!card) problems.push('number-not-a-test-card');
  if (!expiry) problems.push('expiry-invalid');
  else if (isPast(expiry, now)) problems.push('expiry-past');
  if (!/^\d{3,4}$/.test(typed.cvc.trim())) problems.push('cvc-invalid');
  if (typed.name.trim() === '') problems.push('name-missing');
  if (problems.length > 0 || !card || !expiry) return problems;
  return {
    details: {
      type: 'card',
      brand: card.brand,
      last4: number.slice(-4),
      expMonth: expiry.month,
      expYear: expiry.year,
    },
    instrument: { behaviour: card.behaviour, declineCode: card.declineCode ?? null, charges: 0 },
    needsChallenge: card.challenge ?? false,
  };
}

/** Reads a SEPA form. */
export function readIban(typed: { iban: string; name: string }): TypedInstrument | InstrumentProblem[] {
  const iban = typed.iban.replace(/\s/g, '').toUpperCase();
  const behaviour = IBANS[iban];
  const problems: InstrumentProblem[] = [];
  if (!passesMod97(iban)) problems.push('iban-invalid');
  else if (!behaviour) problems.push('iban-not-a-test-account');
  if (typed.name.trim() === '') problems.push('name-missing');
  if (problems.length > 0 || !behaviour) return problems;
  return {
    details: {
      type: 'sepa_debit',
      bankCode: iban.slice(4, 12),
      country: iban.slice(0, 2),
      last4: iban.slice(-4),
    },
    instrument: { behaviour, declineCode: null, charges: 0 },
    needsChallenge: false,
  };
}

/** The error code, decline code and sentence that belong to a decline; `code` is what the API's error carries. */
export function declineOf(declineCode: string): { code: string; declineCode?: string; message: string } {
  switch (declineCode) {
    case 'expired_card':
      return { code: 'expired_card', declineCode, message: 'Your card has expired.' };
    case 'incorrect_cvc':
      return { code: 'incorrect_cvc', declineCode, message: "Your card's security code is incorrect." };
    case 'processing_error':
      return {
        code: 'processing_error',
        declineCode,
        message: 'An error occurred while processing your card. Try again in a little bit.',
      };
    case 'insufficient_funds':
      return { code: 'card_declined', declineCode, message: 'Your card has insufficient funds.' };
    case 'debit_failed':
      return {
        code: 'payment_intent_payment_attempt_failed',
        message: 'The debit was returned by the bank: insufficient funds.',
      };
    default:
      return { code: 'card_declined', declineCode, message: 'Your card was declined.' };
  }
}

function readExpiry(text: string): { month: number; year: number } | null {
  const match = /^\s*(\d{1,2})\s*[/-]?\s*(\d{4}|\d{2})\s*$/.exec(text);
  const month = Number(match?.[1]);
  const year = Number(match?.[2]?.length === 2 ? `20${match[2]}` : match?.[2]);
  return match && month >= 1 && month <= 12 ? { month, year } : null;
}

/** A card is good until the last day of its month. */
function isPast({ month, year }: { month: number; year: number }, now: Date): boolean {
  return year * 12 + month < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1;
}

function passesLuhn(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false;
  const sum = [...number].reverse().reduce((all, digit, index) => {
    const value = index % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return all + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** The checksum of ISO 13616. */
function passesMod97(iban: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return false;
  const digits = [...(iban.slice(4) + iban.slice(0, 4))].map((character) => parseInt(character, 36)).join('');
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
