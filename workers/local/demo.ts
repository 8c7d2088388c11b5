import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ssh2';
import type {
  CatalogView,
  CheckoutAnswer,
  CheckoutRequest,
  CredentialsView,
  OrderView,
  TimelineEntry,
  TimelineKind,
} from '../../schemas/api/shop.ts';
import { firstPaymentMinor } from '../../schemas/catalog/plan.ts';
import type { RuntimeFile } from './runtime-file.ts';
import { say, sayTable } from './screen.ts';

const readyLimitMs = 120_000;
const pollMs = 150;

/** What the order page calls a step, as the demonstration prints it. */
const steps: Partial<Record<TimelineKind, string>> = {
  'payment-received': 'webhook: the payment has arrived',
  'instance-ordered': 'create: the server is ordered',
  'instance-ready': 'ready: the server runs',
  'first-boot-finished': 'first boot: the server reports that it is through',
  'services-answered': 'services: all of them answer',
  'credentials-verified': 'credentials tried',
  'mail-sent': 'mail sent',
};
/** After these nobody has to wait any longer. */
const dead: TimelineKind[] = [
  'payment-failed',
  'provisioning-failed',
  'attention',
  'refunded',
  'checkout-expired',
];

/**
 * Buys a server as a customer would, through the public API and the payment page, reads the mail, opens the one-time
 * link and signs in; prints when each step happened, counted from the payment.
 *
 * @throws Error naming the step that did not work.
 */
export async function playPurchase({ addresses }: RuntimeFile, closing: AbortSignal): Promise<void> {
  const shop = callerOf(addresses.shop, closing);
  const email = `ada.${Date.now()}@example.com`;
  const order = await checkOut(shop, email);
  say('', `A purchase, played through (${order.summary}):`);

  const paidAt = Date.now();
  await payWithTestCard(order.paymentUrl, closing);
  const view = await followOrder(shop, order.orderToken, closing);
  const link = await linkInMail(callerOf(addresses.mail!, closing), email);
  const token = link.slice(link.lastIndexOf('/') + 1);
  const credentials = await shop<CredentialsView>('POST', `/v1/credentials/${token}/reveal`);
  const kernel = await signIn(credentials);

  const since = (at: number): string => `${((at - paidAt) / 1_000).toFixed(1).padStart(5)} s`;
  sayTable([
    [since(paidAt), 'paid on the payment page'],
    ...shownEntries(view.timeline).map(({ at, text }): [string, string] => [since(at), text]),
    [
      since(Date.now()),
      `one-time link opened, signed in as ${credentials.username}@${credentials.address}: ${kernel}`,
    ],
  ]);
  say(`  Its page: ${order.orderUrl}`);
}

async function checkOut(shop: Call, email: string): Promise<CheckoutAnswer & { summary: string }> {
  const { plans } = await shop<CatalogView>('GET', '/v1/catalog');
  const plan = plans.find(({ protocol }) => protocol === 'ssh') ?? plans[0];
  const price = plan?.prices.find(({ interval }) => interval === 'month') ?? plan?.prices[0];
  const region = plan?.regions[0];
  if (!plan || !price || !region) throw new Error('The catalogue has nothing to buy.');
  const request: CheckoutRequest = {
    planKey: plan.key,
    planVersion: plan.version,
    interval: price.interval,
    currency: price.currency,
    region: region.key,
    quantity: 1,
    expectedTotalMinor: firstPaymentMinor(price, 1),
    email,
    name: 'Ada Example',
    language: 'en',
  };
  const answer = await shop<CheckoutAnswer>('POST', '/v1/checkouts', request);
  const amount = (request.expectedTotalMinor / 100).toFixed(2);
  return { ...answer, summary: `${plan.name.en}, ${amount} ${price.currency.toUpperCase()}` };
}

/** Fills in the stand-in's payment page, as a browser would send it; 4242… is the card that always succeeds. */
async function payWithTestCard(paymentUrl: string, closing: AbortSignal): Promise<void> {
  const form = new URLSearchParams({
    method: 'card',
    card_number: '4242 4242 4242 4242',
    card_expiry: `12/${(new Date().getUTCFullYear() + 2) % 100}`,
    card_cvc: '123',
    card_name: 'Ada Example',
    line1: 'Example Street 1',
    postal_code: '10115',
    city: 'Berlin',
    country: 'DE',
  });
  const answer = await fetch(paymentUrl, { method: 'POST', body: form, redirect: 'manual', signal: closing });
  if (answer.status !== 303) throw new Error(`The payment page answered ${answer.status} to the test card.`);
}

/** Looks at the order until the mail with the credentials is out. */
async function followOrder(shop: Call, orderToken: string, closing: AbortSignal): Promise<OrderView> {
  const deadline = performance.now() + readyLimitMs;
  let kinds = '';
  while (performance.now() < deadline) {
    const view = await shop<OrderView>('GET', `/v1/orders/${orderToken}`);
    const { timeline } = view;
    if (timeline.some(isHandOver)) return view;
    kinds = timeline.map(({ kind }) => kind).join(', ');
    const end = timeline.find(({ kind }) => dead.includes(kind));
    if (end) throw new Error(`the order came to "${end.kind}" (${kinds}); see its page and the logs.`);
    await sleep(pollMs, undefined, { signal: closing });
  }
  throw new Error(`the order was not delivered within ${readyLimitMs / 1_000} s (${kinds}); see the logs.`);
}

function isHandOver({ kind, data }: TimelineEntry): boolean {
  return kind === 'mail-sent' && data.template === 'server-ready';
}

/** The steps worth a line, with the mail that matters only. */
function shownEntries(timeline: TimelineEntry[]): { at: number; text: string }[] {
  return timeline.flatMap((entry) => {
    const text = steps[entry.kind];
    if (!text || (entry.kind === 'mail-sent' && !isHandOver(entry))) return [];
    return { at: Date.parse(entry.at), text };
  });
}

async function linkInMail(mail: Call, email: string): Promise<string> {
  const { messages } = await mail<{ messages: { text: string }[] }>(
    'GET',
    `/api/messages?to=${encodeURIComponent(email)}`,
  );
  for (const { text } of messages) {
    const link = /https?:\/\/\S+\/credentials\/[\w.~-]+/.exec(text)?.[0];
    if (link) return link;
  }
  throw new Error(`none of the ${messages.length} mails to ${email} has a link to the credentials.`);
}

/** Signs in by SSH with the password and asks for the system's name. */
function signIn({ address, port, username, password, fingerprint }: CredentialsView): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let output = '';
    client
      .on('error', reject)
      .on('ready', () => {
        client.exec('uname -sn', (error, channel) => {
          if (error) return reject(error);
          channel.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
          channel.on('close', () => {
            client.end();
            resolve(output.trim());
          });
        });
      })
      .connect({
        host: address,
        port,
        username,
        password,
        readyTimeout: 10_000,
        hostVerifier: (key: Buffer) => fingerprint === null || fingerprint === fingerprintOf(key),
      });
  });
}

/** As OpenSSH prints it: SHA-256 in base64 without padding. */
function fingerprintOf(hostKey: Buffer): string {
  return `SHA256:${createHash('sha256').update(hostKey).digest('base64').replace(/=+$/, '')}`;
}

/** Calls one HTTP API. @throws Error with the API's own explanation when the answer isn't 2xx. */
type Call = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>;

function callerOf(base: string, closing: AbortSignal): Call {
  return async <T>(method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: closing,
    });
    if (answer.ok) return (await answer.json()) as T;
    throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`);
  };
}
