import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** How many characters follow the prefix, for ids that are not 24 long. */
const LENGTHS: Record<string, number> = { cus_: 14, prod_: 14, si_: 14, req_: 14, cs_test_: 58 };

/** A fresh id with that prefix (`cus_`, `cs_test_`, …), of the length that Stripe's have. */
export function newId(prefix: string): string {
  let id = prefix;
  for (let left = LENGTHS[prefix] ?? 24; left > 0; left -= 1) id += ALPHABET[randomInt(ALPHABET.length)];
  return id;
}
