import type {
  CatalogView,
  CheckoutAnswer,
  CheckoutRequest,
  CredentialsStatus,
  CredentialsView,
  OrderAction,
  OrderActionRequest,
  OrderView,
} from '../../../schemas/api/shop.ts';
import { problemOf, Unreachable } from './problem.ts';

async function request<T>(
  method: 'GET' | 'POST',
  path: string,
  options: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<T> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
    });
    const text = await response.text();
    body = parse(text);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable('The server did not answer', { cause: error });
  }
  if (!response.ok) throw problemOf(response.status, body);
  return body as T;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The plans on sale. */
export function getCatalog(signal?: AbortSignal): Promise<CatalogView> {
  return request('GET', '/v1/catalog', { signal });
}

/** Places an order; the same key with the same body is the same order, however often it is sent. */
export function createCheckout(body: CheckoutRequest, idempotencyKey: string): Promise<CheckoutAnswer> {
  return request('POST', '/v1/checkouts', { body, headers: { 'Idempotency-Key': idempotencyKey } });
}

export function getOrder(token: string, signal?: AbortSignal): Promise<OrderView> {
  return request('GET', orderPath(token), { signal });
}

/** Where the order's events come from (server-sent events named `order`, each with the whole order). */
export function orderEventsUrl(token: string): string {
  return `${orderPath(token)}/events`;
}

/** Asks for a change and answers the order after it. */
export function actOnOrder(token: string, action: OrderAction, body: OrderActionRequest): Promise<OrderView> {
  return request('POST', `${orderPath(token)}/actions/${action}`, { body });
}

/** How a one-time link stands; does not use it up. */
export function getCredentialsStatus(token: string, signal?: AbortSignal): Promise<CredentialsStatus> {
  return request('GET', credentialsPath(token), { signal });
}

/** Opens a one-time link: the answer comes once. */
export function revealCredentials(token: string): Promise<CredentialsView> {
  return request('POST', `${credentialsPath(token)}/reveal`);
}

const orderPath = (token: string): string => `/v1/orders/${encodeURIComponent(token)}`;
const credentialsPath = (token: string): string => `/v1/credentials/${encodeURIComponent(token)}`;
