import Stripe from 'stripe';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { PriceToSell } from '../port.ts';

/** Stripe's price ids of what is sold; `setup` is null where no fee is due. */
export interface StripePrices {
  recurring: string;
  setup: string | null;
}

interface WantedPrice {
  lookupKey: string;
  productId: string;
  productName: string;
  currency: string;
  amountMinor: number;
  interval: PriceToSell['interval'] | null;
}

/** Knows the prices of what is sold. */
export interface PriceList {
  /**
   * Finds the prices by their lookup keys, and makes what is missing.
   *
   * @throws TenureFailure `refused` if a price of that key exists with another amount: a plan's version, once sold,
   *   keeps its terms.
   */
  pricesOf(sold: PriceToSell): Promise<StripePrices>;
}

export function createPriceList(stripe: Stripe): PriceList {
  /** The first buyers of a new plan come at once; one of them makes its prices, the others wait for them. */
  const underWay = new Map<string, Promise<StripePrices>>();
  return {
    pricesOf: (sold) => {
      const key = `${lookupKey(sold)} ${sold.amountMinor} ${sold.setupFeeMinor}`;
      const shared = underWay.get(key) ?? findOrCreate(stripe, sold).finally(() => underWay.delete(key));
      underWay.set(key, shared);
      return shared;
    },
  };
}

async function findOrCreate(stripe: Stripe, sold: PriceToSell): Promise<StripePrices> {
  const recurring = recurringPrice(sold);
  const setup = sold.setupFeeMinor > 0 ? setupPrice(sold) : null;
  const known = await listPrices(stripe, setup ? [recurring, setup] : [recurring]);
  return {
    recurring: await pickOrCreate(stripe, recurring, known),
    setup: setup && (await pickOrCreate(stripe, setup, known)),
  };
}

function recurringPrice(sold: PriceToSell): WantedPrice {
  const product = productId(sold);
  return {
    lookupKey: lookupKey(sold),
    productId: product,
    productName: sold.planName,
    currency: sold.currency,
    amountMinor: sold.amountMinor,
    interval: sold.interval,
  };
}

function setupPrice(sold: PriceToSell): WantedPrice {
  return {
    lookupKey: `${lookupKey(sold)}:setup`,
    productId: `${productId(sold)}-setup`,
    productName: `${sold.planName} · Setup`,
    currency: sold.currency,
    amountMinor: sold.setupFeeMinor,
    interval: null,
  };
}

function lookupKey({ planKey, planVersion, interval, currency }: PriceToSell): string {
  return `${planKey}:v${planVersion}:${interval}:${currency}`;
}

function productId({ planKey, planVersion }: PriceToSell): string {
  return `tenure-${planKey}-v${planVersion}`;
}

async function listPrices(stripe: Stripe, wanted: WantedPrice[]): Promise<Stripe.Price[]> {
  const { data } = await stripe.prices.list({
    lookup_keys: wanted.map(({ lookupKey: key }) => key),
    active: true,
  });
  return data;
}

async function pickOrCreate(stripe: Stripe, wanted: WantedPrice, known: Stripe.Price[]): Promise<string> {
  const found = known.find((price) => price.lookup_key === wanted.lookupKey);
  if (found) return checked(found, wanted).id;
  await ensureProduct(stripe, wanted);
  try {
    return checked(await createPrice(stripe, wanted), wanted).id;
  } catch (error) {
    // Somebody else made it in between: a lookup key belongs to one price only.
    const taken = error instanceof Stripe.errors.StripeInvalidRequestError && error.param === 'lookup_key';
    const [other] = taken ? await listPrices(stripe, [wanted]) : [];
    if (!other) throw error;
    return checked(other, wanted).id;
  }
}

function createPrice(stripe: Stripe, wanted: WantedPrice): Promise<Stripe.Price> {
  const { lookupKey: key, amountMinor, currency, interval } = wanted;
  return stripe.prices.create(
    {
      product: wanted.productId,
      currency,
      unit_amount: amountMinor,
      tax_behavior: 'exclusive',
      lookup_key: key,
      ...(interval && { recurring: { interval } }),
    },
    { idempotencyKey: `price/${key}/${amountMinor}` },
  );
}

async function ensureProduct(
  stripe: Stripe,
  { productId: id, productName: name }: WantedPrice,
): Promise<void> {
  const { data } = await stripe.products.list({ ids: [id] });
  if (data.length > 0) return;
  try {
    await stripe.products.create({ id, name });
  } catch (error) {
    const exists =
      error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_already_exists';
    if (!exists) throw error;
  }
}

function checked(price: Stripe.Price, wanted: WantedPrice): Stripe.Price {
  const same =
    price.unit_amount === wanted.amountMinor &&
    price.currency === wanted.currency &&
    (price.recurring?.interval ?? null) === wanted.interval;
  if (same) return price;
  throw new TenureFailure(
    'refused',
    `The price ${wanted.lookupKey} exists with another amount or rhythm than the catalogue's.`,
    {
      reason: 'price-changed',
      nextStep: 'Give the plan a new version instead of changing a version that was sold.',
      upstream: price.id,
    },
  );
}
