import type { CheckoutRequest, ShopPlan } from '../../../schemas/api/shop.ts';
import type { Language } from '../../../schemas/language.ts';
import type { ApiProblem } from '../api/problem.ts';
import { type Billing, paymentsOf, priceOf } from '../shop/offer.ts';

/** What the buyer types, as typed. */
export interface OrderForm {
  region: string;
  quantity: number | string;
  email: string;
  name: string;
  promotionCode: string;
}

export const FIELDS = ['region', 'quantity', 'email', 'name', 'promotionCode'] as const;
export type Field = (typeof FIELDS)[number];

/** Which fields are wrong; the page has one sentence for each. */
export type WrongFields = ReadonlySet<Field>;

/** A fresh form; a shared address may bring `region`, `quantity` and `code`. */
export function startForm(plan: ShopPlan, query: URLSearchParams): OrderForm {
  const region = plan.regions.find(({ key }) => key === query.get('region')) ?? plan.regions[0];
  const quantity = Number(query.get('quantity'));
  return {
    region: region?.key ?? '',
    quantity: isQuantity(quantity, plan) ? quantity : 1,
    email: '',
    name: '',
    promotionCode: query.get('code') ?? '',
  };
}

function isQuantity(value: unknown, plan: ShopPlan): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= plan.maxQuantity;
}

/** How many servers the totals are for, while the quantity may still be half typed. */
export function quantityOf(form: OrderForm, plan: ShopPlan): number {
  return isQuantity(form.quantity, plan) ? form.quantity : 1;
}

/** Finds the fields that would be refused anyway. The API has the last word. */
export function wrongFields(form: OrderForm, plan: ShopPlan): WrongFields {
  const promotionCode = form.promotionCode.trim();
  const wrong: [Field, boolean][] = [
    ['region', !plan.regions.some(({ key }) => key === form.region)],
    ['quantity', !isQuantity(form.quantity, plan)],
    ['email', !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(form.email.trim())],
    ['name', form.name.trim().length > 200],
    ['promotionCode', promotionCode !== '' && !/^[A-Za-z0-9_-]{1,64}$/.test(promotionCode)],
  ];
  return new Set(wrong.filter(([, isWrong]) => isWrong).map(([field]) => field));
}

/** The fields an API problem names ("email", "body.email", "/email"); empty if it names none of ours. */
export function refusedFields(problem: ApiProblem): WrongFields {
  const named = (problem.problem.errors ?? []).map(({ path }) => path.split(/[./]/).at(-1));
  return new Set(FIELDS.filter((field) => named.includes(field)));
}

/** The order as the API takes it, with what the page showed; `null` if the plan is not sold with that billing. */
export function toRequest(
  form: OrderForm,
  plan: ShopPlan,
  billing: Billing,
  language: Language,
): CheckoutRequest | null {
  const price = priceOf(plan, billing);
  if (!price) return null;
  const quantity = quantityOf(form, plan);
  const name = form.name.trim();
  const promotionCode = form.promotionCode.trim();
  return {
    planKey: plan.key,
    planVersion: plan.version,
    interval: billing.interval,
    currency: billing.currency,
    region: form.region,
    quantity,
    expectedTotalMinor: paymentsOf(price, quantity).firstMinor,
    email: form.email.trim(),
    language,
    ...(name && { name }),
    ...(promotionCode && { promotionCode }),
  };
}
