/** The API by its generated types (`npm run openapi`): one function per thing the pages ask for. */
import createClient from 'openapi-fetch';
import type { PlanChangeBody, PlanChangePreview, PlanChoices } from '../../../schemas/api/plan-changes.ts';
import type { OperationDetails, OperationView } from '../../../schemas/api/instances.ts';
import type { OperationRequest } from '../../../schemas/operations/requests.ts';
import type {
  CatalogView,
  CheckoutAnswer,
  CheckoutRequest,
  CredentialsStatus,
  CredentialsView,
  OrderAction,
  OrderActionRequest,
  OrderView,
  PaymentPage,
} from '../../../schemas/api/shop.ts';
import type { paths } from '../generated/api.d.ts';
import { problemOf, Unreachable } from './problem.ts';

const client = createClient<paths>();

/** The plans on sale. */
export function getCatalog(signal: AbortSignal): Promise<CatalogView> {
  return answered(client.GET('/v1/catalog', { signal }));
}

/** Places an order; the same key with the same body is the same order, however often it is sent. */
export function createCheckout(body: CheckoutRequest, idempotencyKey: string): Promise<CheckoutAnswer> {
  const header = { 'Idempotency-Key': idempotencyKey };
  return answered(client.POST('/v1/checkouts', { body, params: { header } }));
}

export function getOrder(token: string, signal: AbortSignal): Promise<OrderView> {
  return answered(client.GET('/v1/orders/{token}', { params: { path: { token } }, signal }));
}

/** Where the order's events come from (server-sent events named `order`, each with the whole order). */
export function orderEventsUrl(token: string): string {
  return `/v1/orders/${encodeURIComponent(token)}/events`;
}

/** Asks for a change; answers the order as it stands when the change is accepted. */
export function actOnOrder(token: string, action: OrderAction, body: OrderActionRequest): Promise<OrderView> {
  const params = { path: { token, action } };
  return answered(client.POST('/v1/orders/{token}/actions/{action}', { params, body }));
}

/** The plans that the order can change to. */
export function getPlanChoices(token: string, signal: AbortSignal): Promise<PlanChoices> {
  return answered(client.GET('/v1/orders/{token}/plans', { params: { path: { token } }, signal }));
}

/** What a change of plan would cost now. */
export function previewPlanChange(
  token: string,
  body: PlanChangeBody,
  signal: AbortSignal,
): Promise<PlanChangePreview> {
  const params = { path: { token } };
  return answered(client.POST('/v1/orders/{token}/plan/preview', { params, body, signal }));
}

export function changePlan(token: string, body: PlanChangeBody): Promise<OrderView> {
  return answered(client.POST('/v1/orders/{token}/plan', { params: { path: { token } }, body }));
}

/** Takes a planned change of plan back. */
export function keepPlan(token: string): Promise<OrderView> {
  return answered(client.DELETE('/v1/orders/{token}/plan', { params: { path: { token } } }));
}

/** Asks something of a server; answers how it stands when it is sure to be done in its turn. */
export function operateServer(token: string, id: string, body: OperationRequest): Promise<OperationView> {
  const params = { path: { token, id } };
  return answered(client.POST('/v1/orders/{token}/instances/{id}/operations', { params, body }));
}

/** One operation, with the link that it made. */
export function getOrderOperation(token: string, id: string, signal: AbortSignal): Promise<OperationDetails> {
  const params = { path: { token, id } };
  return answered(client.GET('/v1/orders/{token}/operations/{id}', { params, signal }));
}

/** Where to pay what is overdue. */
export function payOrder(token: string): Promise<PaymentPage> {
  return answered(client.POST('/v1/orders/{token}/payment', { params: { path: { token } } }));
}

/** How a one-time link stands; does not use it up. */
export function getCredentialsStatus(token: string, signal: AbortSignal): Promise<CredentialsStatus> {
  return answered(client.GET('/v1/credentials/{token}', { params: { path: { token } }, signal }));
}

/** Opens a one-time link. The answer comes once; if it is lost on its way, again under the same key only. */
export function revealCredentials(token: string, idempotencyKey: string): Promise<CredentialsView> {
  const params = { path: { token }, header: { 'Idempotency-Key': idempotencyKey } };
  return answered(client.POST('/v1/credentials/{token}/reveal', { params }));
}

/** @throws ApiProblem if the API refused, Unreachable if no answer that makes sense came */
async function answered<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw isAbort(cause) ? cause : new Unreachable('The server did not answer', { cause });
  });
  if (data === undefined || data === null) throw problemOf(response.status, error);
  return data;
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
