import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import axios from 'axios';
import { trySsh } from '../../../activities/access/ssh.ts';
import type { AuditEventView, CustomerView } from '../../../schemas/api/staff.ts';
import { readLedger } from '../../chaos/oracle.ts';
import {
  buy,
  credentialTokens,
  eventually,
  mailAbout,
  mailsTo,
  reach,
  reachAttention,
  reveal,
  viewSubscription,
  type Order,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';

describe('correcting how a customer is reached, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  before(async function () {
    this.timeout(120_000);
    tenure = await startTenure({ name: 'customers' });
  });
  afterEach(() => axios.delete(`${tenure.mail.url}/__sandbox/faults`));

  const newAddress = (): string => `${randomUUID()}@customer.example`;
  const correct = async (order: Order, change: object): Promise<CustomerView> => {
    const { customer } = await viewSubscription(tenure, order);
    const { status, data } = await tenure.staff.patch<CustomerView>(`/v1/customers/${customer.id}`, change);
    assert.equal(status, 200, JSON.stringify(data));
    return data;
  };
  const ask = async (order: Order, what: string): Promise<void> => {
    const { status, data } = await tenure.staff.post<unknown>(
      `/v1/subscriptions/${order.subscriptionId}/${what}`,
      {},
    );
    assert.equal(status, 200, JSON.stringify(data));
  };
  const atProvider = async ({ paymentRef }: CustomerView) => {
    const { data } = await axios.get<{ email: string; name: string; preferred_locales: string[] }>(
      `${tenure.stripe.url}/v1/customers/${paymentRef ?? ''}`,
      { headers: { authorization: `Bearer ${tenure.config.STRIPE_SECRET_KEY}` } },
    );
    return { email: data.email, name: data.name, locale: data.preferred_locales[0] };
  };
  const updates = ({ paymentRef }: CustomerView): number =>
    readLedger(tenure, 'stripe').filter(
      ({ effect, id }) => effect === 'customer.updated' && id === paymentRef,
    ).length;
  const refuseMailTo = async (to: string): Promise<void> => {
    await axios.post(`${tenure.mail.url}/__sandbox/faults`, {
      at: 'rcpt',
      kind: 'refuse',
      code: 550,
      message: '5.1.1 no such user',
      to,
      times: null,
    });
  };

  it('reaches the payment provider, and the mails to come in address and language', async () => {
    const order = await buy(tenure);
    await reach(tenure, order, 'active');
    await mailAbout(tenure, order.email, /ready/i);
    const before = (await mailsTo(tenure, order.email)).length;
    const email = newAddress();
    const customer = await correct(order, { email, name: 'Ada Beispiel', language: 'de' });
    await eventually('the provider knows', async () => (await atProvider(customer)).email === email);
    assert.deepEqual(await atProvider(customer), { email, name: 'Ada Beispiel', locale: 'de' });
    await ask(order, 'rotate-credentials');
    const mail = await mailAbout(tenure, email, /Ihre neuen Zugangsdaten/);
    await trySsh({ ...(await reveal(tenure, credentialTokens(mail)[0] ?? '')), timeoutMs: 5_000 });
    assert.equal((await mailsTo(tenure, order.email)).length, before);
    assert.equal(updates(customer), 1);
  });

  it('ends with the newest correction at the provider, whatever fails and repeats in between', async () => {
    const order = await buy(tenure);
    await reach(tenure, order, 'active');
    tenure.stripe.faults.add({
      method: 'POST',
      path: '^/v1/customers/',
      kind: 'status',
      status: 500,
      times: 4,
    });
    for (const name of ['Ada One', 'Ada Two', 'Ada Three']) await correct(order, { name });
    const customer = await correct(order, { name: 'Ada Four' });
    await eventually('the provider knows', async () => (await atProvider(customer)).name === 'Ada Four');
    await eventually('all were told', async () => (await waiting()) === 0);
    await tenure.sql.query(
      `update outbox set delivered_at = null, available_at = now() where kind = 'customer-changed'`,
    );
    await eventually('all were told again', async () => (await waiting()) === 0);
    assert.equal((await atProvider(customer)).name, 'Ada Four');
  });

  it('that the provider refuses is on the record, and mails go to the new address all the same', async () => {
    const order = await buy(tenure);
    await reach(tenure, order, 'active');
    // As if somebody had deleted the customer in the provider's dashboard.
    await tenure.sql.query(`update customers set payment_ref = 'cus_gone' where email = $1`, [order.email]);
    const email = newAddress();
    const { id } = await correct(order, { email });
    await eventually('it is on the record', async () => {
      const { data } = await tenure.staff.get<{ data: AuditEventView[] }>('/v1/audit-events');
      return data.data.some(
        ({ action, subjectId }) => action === 'customer.change-refused' && subjectId === id,
      );
    });
    await ask(order, 'rotate-credentials');
    await mailAbout(tenure, email, /new credentials/i);
  });

  it('brings the credentials to whom a wrong address has kept them from', async () => {
    const wrong = newAddress();
    await refuseMailTo(wrong);
    const order = await buy(tenure, { email: wrong });
    const view = await reachAttention(tenure, order);
    assert.equal(view.attention?.reason, 'mail-failed');
    const email = newAddress();
    await correct(order, { email });
    await ask(order, 'retry');
    const mail = await mailAbout(tenure, email, /ready/i);
    await trySsh({ ...(await reveal(tenure, credentialTokens(mail)[0] ?? '')), timeoutMs: 5_000 });
    await reach(tenure, order, 'active');
    assert.deepEqual(await mailsTo(tenure, wrong), []);
  });

  it('redirects a mail that is still being tried', async () => {
    const gone = newAddress();
    await axios.post(`${tenure.mail.url}/__sandbox/faults`, {
      at: 'rcpt',
      kind: 'refuse',
      code: 450,
      to: gone,
      times: null,
    });
    const order = await buy(tenure, { email: gone });
    await reach(tenure, order, 'active');
    const email = newAddress();
    await correct(order, { email });
    const mail = await mailAbout(tenure, email, /ready/i);
    assert.equal(credentialTokens(mail).length, 1);
    assert.equal((await mailsTo(tenure, email)).filter(({ subject }) => /ready/i.test(subject)).length, 1);
    assert.deepEqual(await mailsTo(tenure, gone), []);
  });

  const waiting = async (): Promise<number> => {
    const { rows } = await tenure.sql.query<{ n: number }>(
      `select count(*)::int as n from outbox where kind = 'customer-changed' and delivered_at is null`,
    );
    return rows[0]?.n ?? -1;
  };
});
