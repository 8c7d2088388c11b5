/** From what the buyer's page showed to what is really sold, or a refusal that changes nothing. */
import type { EntityManager } from 'typeorm';
import type { CheckoutRequest } from '../../schemas/api/shop.ts';
import { findPrice, firstPaymentMinor, type PlanPrice } from '../../schemas/catalog/plan.ts';
import type { Plan } from '../../schemas/db/entities/plan.ts';
import { chooseProvider, planOnSale, toShopPlan } from '../catalog/offers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { ApiProblem } from '../http/problem.ts';

export interface Offer {
  plan: Plan;
  price: PlanPrice;
  provider: string;
}

/** @throws ApiProblem `unknown-plan`, `plan-changed`, `price-changed`, `not-sold-so`, `plan-unavailable` */
export async function chooseOffer(
  tx: EntityManager,
  request: CheckoutRequest,
  drivers: ApiDependencies['hypervisors'],
): Promise<Offer> {
  const plan = await planOnSale(tx, request.planKey);
  if (!plan) throw new ApiProblem('unknown-plan', { detail: `"${request.planKey}" is not on sale.` });
  const { terms } = plan;
  const changed = { members: { plan: toShopPlan(plan, drivers) } };
  const price = findPrice(terms, request.interval, request.currency);
  const totalMinor = price && firstPaymentMinor(price, request.quantity);

  if (request.planVersion !== plan.version) {
    const sameTotal = totalMinor === request.expectedTotalMinor;
    throw new ApiProblem(sameTotal ? 'plan-changed' : 'price-changed', {
      ...changed,
      detail: `Version ${request.planVersion} is not on sale; version ${plan.version} is.`,
    });
  }
  const regionSold = Object.hasOwn(terms.regions, request.region);
  if (!price || !regionSold || request.quantity > terms.maxQuantity) throw notSoldSo(request, plan);
  if (totalMinor !== request.expectedTotalMinor) {
    throw new ApiProblem('price-changed', {
      ...changed,
      detail: `The first payment is ${totalMinor}, not ${request.expectedTotalMinor}, in minor units.`,
    });
  }
  const provider = chooseProvider(terms, request.region, drivers);
  if (provider === null) throw new ApiProblem('plan-unavailable');
  return { plan, price, provider };
}

function notSoldSo(request: CheckoutRequest, { terms }: Plan): ApiProblem {
  const errors: { path: string; message: string }[] = [];
  const wrong = (path: string, message: string): void => {
    errors.push({ path: `body.${path}`, message });
  };
  const { interval, currency } = request;
  if (!findPrice(terms, interval, currency)) {
    const currencies = terms.prices.filter((price) => price.interval === interval);
    if (currencies.length === 0) wrong('interval', `not sold by the ${interval}`);
    else wrong('currency', `not sold in ${currency} by the ${interval}`);
  }
  if (!Object.hasOwn(terms.regions, request.region)) {
    wrong('region', `one of ${Object.keys(terms.regions).join(', ')}`);
  }
  if (request.quantity > terms.maxQuantity) wrong('quantity', `at most ${terms.maxQuantity}`);
  return new ApiProblem('not-sold-so', { errors });
}
