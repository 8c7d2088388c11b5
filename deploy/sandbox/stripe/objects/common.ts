/** What all objects share. Amounts are minor units, instants are unix seconds. */
export type Metadata = Record<string, string>;

export interface Address {
  city: string | null;
  country: string | null;
  line1: string | null;
  line2: string | null;
  postal_code: string | null;
  state: string | null;
}

export interface List<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

/** A list inside an object, complete. */
export function listOf<T>(data: T[], url: string): List<T> {
  return { object: 'list', data, has_more: false, url };
}

/** An address of which only some lines are known. */
export function addressOf(known: Partial<Address>): Address {
  const empty: Address = {
    city: null,
    country: null,
    line1: null,
    line2: null,
    postal_code: null,
    state: null,
  };
  return { ...empty, ...known };
}

export function unixNow(): number {
  return Math.floor(Date.now() / 1_000);
}
