/** What there is before Tenure comes: servers that somebody made by hand, billed by subscriptions that somebody opened. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import axios from 'axios';
import { createClient } from '../../../activities/payments/stripe/client.ts';
import type { ImportDetails, ImportRequest } from '../../../schemas/api/imports.ts';
import type { ImportEntry } from '../../../schemas/imports/entry.ts';
import { CARDS, eventually, pay } from '../../harness/buyer.ts';
import type { Tenure } from '../../harness/tenure.ts';

export interface Handmade {
  ref: string;
  password: string;
}

/** A server that runs and bears no mark of ours. */
export async function makeByHand(
  tenure: Tenure,
  { plan = 'vc2-1c-1gb', tags = ['legacy'] }: { plan?: string; tags?: string[] } = {},
): Promise<Handmade> {
  const password = `hand-${randomUUID()}`;
  const cloudConfig = `#cloud-config\nchpasswd:\n  expire: false\n  users:\n    - { name: root, password: ${password}, type: text }\n`;
  const headers = { authorization: `Bearer ${tenure.config.VULTR_API_KEY ?? ''}` };
  const body = {
    region: 'fra',
    plan,
    os_id: 2284,
    label: 'by-hand',
    hostname: 'by-hand',
    tags,
    user_data: Buffer.from(cloudConfig).toString('base64'),
  };
  const made = await axios.post<{ instance: { id: string } }>(`${tenure.vultr.url}/instances`, body, {
    headers,
  });
  const ref = made.data.instance.id;
  await eventually('the server by hand runs', async () => {
    const { data } = await axios.get<{ instance: { server_status: string } }>(
      `${tenure.vultr.url}/instances/${ref}`,
      { headers },
    );
    return data.instance.server_status === 'ok';
  });
  return { ref, password };
}

/** A paid subscription at the payment provider that is not ours. Its id. */
export async function billByHand(tenure: Tenure, amountMinor = 1_000): Promise<string> {
  const stripe = createClient({
    secretKey: tenure.config.STRIPE_SECRET_KEY,
    apiBase: tenure.config.STRIPE_API_BASE,
    timeoutMs: 5_000,
  });
  const customer = await stripe.customers.create({ email: 'legacy@customer.example' });
  const product = await stripe.products.create({ id: `legacy-${randomUUID()}`, name: 'Legacy server' });
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: amountMinor,
    recurring: { interval: 'month' },
  });
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'https://legacy.example/thanks',
    cancel_url: 'https://legacy.example/shop',
  });
  assert.equal(await pay({ paymentUrl: session.url ?? '' }, CARDS.good), 303);
  const { subscription } = await stripe.checkout.sessions.retrieve(session.id);
  assert.equal(typeof subscription, 'string');
  return subscription as string;
}

/** An entry as staff would write it; billed elsewhere, at Vultr. */
export function entryFor({ ref }: Pick<Handmade, 'ref'>, more: Partial<ImportEntry> = {}): ImportEntry {
  return {
    provider: 'vultr',
    providerRef: ref,
    customer: { email: `${randomUUID()}@customer.example`, name: 'Jürgen Groß', language: 'en' },
    planKey: 'vps',
    interval: 'month',
    currency: 'usd',
    billing: { kind: 'none' },
    paidUntil: new Date(Date.now() + 3 * 86_400_000).toISOString(),
    protocol: 'ssh',
    username: 'root',
    ...more,
  };
}

export async function askForImport(
  tenure: Pick<Tenure, 'staff'>,
  request: Partial<ImportRequest> & { entries: ImportEntry[] },
): Promise<ImportDetails> {
  const { status, data } = await tenure.staff.post<ImportDetails>('/v1/imports', request);
  assert.equal(status, 202, JSON.stringify(data));
  return data;
}

export async function importDone(
  tenure: Pick<Tenure, 'staff'>,
  { id }: ImportDetails,
): Promise<ImportDetails> {
  return eventually(`${id} is through`, async () => {
    const { data } = await tenure.staff.get<ImportDetails>(`/v1/imports/${id}`);
    return data.finishedAt === null ? null : data;
  });
}

/** Asks for an import and follows it to its end. */
export async function runImport(
  tenure: Pick<Tenure, 'staff'>,
  request: Partial<ImportRequest> & { entries: ImportEntry[] },
): Promise<ImportDetails> {
  return importDone(tenure, await askForImport(tenure, request));
}
