import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  BillingFacts,
  BillingRefs,
  CheckoutOrder,
  PaymentGateway,
} from '../../../activities/payments/port.ts';
import { createStripeGateway } from '../../../activities/payments/stripe/gateway.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import {
  startStripeSandbox,
  type StripeSandbox,
  type StripeSandboxOptions,
} from '../../../deploy/sandbox/stripe/start.ts';

export const SECRET_KEY = 'sk_test_bench';
export const WEBHOOK_SECRET = 'whsec_bench';

export const CARDS = {
  good: '4242 4242 4242 4242',
  declined: '4000000000000002',
  noFunds: '4000000000009995',
  challenge: '4000002500003155',
  declinesLater: '4000000000000341',
};
export const IBANS = { good: 'DE89370400440532013000', fails: 'DE62370400440532013001' };

/** A webhook as the endpoint gets it. */
export interface ReceivedHook {
  raw: Buffer;
  signature: string | undefined;
  type: string;
  id: string;
}

/** A stand-in, a gateway to it, and an endpoint for its webhooks. */
export interface Bench {
  sandbox: StripeSandbox;
  gateway: PaymentGateway;
  hooks: ReceivedHook[];
  /** What the endpoint answers; 200 at first. */
  answerHooksWith(status: number): void;
  /** Calls a control of the stand-in. */
  control<T = unknown>(path: string, body?: unknown, method?: string): Promise<T>;
  /** How often an effect is in the ledger. */
  count(effect: string): number;
  close(): Promise<void>;
}

export interface BenchOptions extends Partial<StripeSandboxOptions> {
  automaticTax?: boolean;
  timeoutMs?: number;
}

export async function openBench({
  automaticTax = false,
  timeoutMs,
  ...options
}: BenchOptions = {}): Promise<Bench> {
  const stateDir = mkdtempSync(join(tmpdir(), 'payments-'));
  const endpoint = await openEndpoint();
  const sandbox = await startStripeSandbox({
    port: 0,
    stateDir,
    secretKey: SECRET_KEY,
    webhookSecret: WEBHOOK_SECRET,
    webhookUrl: endpoint.url,
    latencyMs: 1,
    requestsPerSecond: 10_000,
    debitSettlesMs: 3_600_000,
    webhookRetryMs: 20,
    ...options,
  });
  return {
    sandbox,
    gateway: createStripeGateway({
      secretKey: SECRET_KEY,
      webhookSecrets: [WEBHOOK_SECRET],
      apiBase: sandbox.url,
      automaticTax,
      toleranceSeconds: 300,
      timeoutMs,
    }),
    hooks: endpoint.hooks,
    answerHooksWith: endpoint.answerWith,
    control: async <T>(path: string, body: unknown = {}, method = 'POST') => {
      const response = await fetch(`${sandbox.url}/__sandbox/stripe${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: method === 'GET' ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === '' ? null : JSON.parse(text)) as T;
    },
    count: (effect) => sandbox.ledger.read().filter((entry) => entry.effect === effect).length,
    close: async () => {
      await sandbox.close();
      await endpoint.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

let orders = 0;

export function newOrder(
  changes: Partial<Omit<CheckoutOrder, 'price'>> & { price?: Partial<CheckoutOrder['price']> } = {},
): CheckoutOrder {
  orders += 1;
  const { price, ...rest } = changes;
  return {
    tenantId: 'tenant-1',
    subscriptionId: `subscription-${orders}`,
    customerId: `customer-${orders}`,
    email: 'erika@example.de',
    name: 'Erika Mustermann',
    language: 'en',
    quantity: 1,
    promotionCode: null,
    successUrl: 'http://127.0.0.1:9/thanks?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'http://127.0.0.1:9/shop',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    ...rest,
    price: {
      planKey: 'rdp-basic',
      planVersion: 1,
      planName: 'RDP Basic',
      interval: 'month',
      currency: 'eur',
      amountMinor: 1_500,
      setupFeeMinor: 0,
      ...price,
    },
  };
}

/** Submits the payment page's form, as a browser without scripts would. */
export function submit(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
}

export function cardForm(number: string, more: Record<string, string> = {}): Record<string, string> {
  const card = { card_number: number, card_expiry: '12/34', card_cvc: '123', card_name: 'Erika Mustermann' };
  return { action: 'pay', method: 'card', ...card, ...more };
}

export function sepaForm(iban: string): Record<string, string> {
  return { action: 'pay', method: 'sepa_debit', iban, account_name: 'Erika Mustermann' };
}

export interface Purchase {
  order: CheckoutOrder;
  refs: BillingRefs;
  /** Answer to the payment form. */
  response: Response;
  url: string;
  facts(): Promise<BillingFacts>;
  /** The stand-in's subscription. */
  billingRef(): Promise<string>;
}

/** Orders and pays. */
export async function buy(
  bench: Bench,
  order: CheckoutOrder = newOrder(),
  form: Record<string, string> = cardForm(CARDS.good),
): Promise<Purchase> {
  const { checkoutRef, url } = await bench.gateway.createCheckout(order);
  const refs: BillingRefs = { subscriptionId: order.subscriptionId, checkoutRef, billingRef: null };
  const response = await submit(url, form);
  const facts = (): Promise<BillingFacts> => bench.gateway.readBilling(refs);
  return { order, refs, response, url, facts, billingRef: async () => (await facts()).billingRef ?? '' };
}

/** Repeats what failed in a passing way, like the machinery above the gateway does. */
export async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const passes = error instanceof TenureFailure && ['retryable', 'throttled'].includes(error.kind);
      if (!passes) throw error;
    }
  }
}

/** Waits until `check` gives something; the test's own time limit ends it. */
export async function until<T>(
  check: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    await sleep(10);
  }
}

interface Endpoint {
  url: string;
  hooks: ReceivedHook[];
  answerWith(status: number): void;
  close(): Promise<void>;
}

async function openEndpoint(): Promise<Endpoint> {
  const hooks: ReceivedHook[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const { id, type } = JSON.parse(raw.toString()) as { id: string; type: string };
      hooks.push({ raw, signature: request.headers['stripe-signature']?.toString(), id, type });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    hooks,
    answerWith: (next) => {
      status = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
