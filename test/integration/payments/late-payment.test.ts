import assert from 'node:assert/strict';
import { TenureFailure } from '../../../schemas/failures.ts';
import {
  buy,
  cardForm,
  CARDS,
  IBANS,
  newOrder,
  openBench,
  sepaForm,
  submit,
  until,
  type Bench,
  type Purchase,
} from './workbench.ts';

describe('a late payment at Stripe', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  const act = async (purchase: Purchase, what: string, body: unknown = {}): Promise<void> => {
    await bench.control(`/subscriptions/${await purchase.billingRef()}/${what}`, body);
  };
  const overdue = async (form = cardForm(CARDS.declinesLater)): Promise<Purchase> => {
    const purchase = await buy(bench, newOrder(), form);
    if (form['method'] === 'sepa_debit') await act(purchase, 'settle-debit');
    await act(purchase, 'renew', { outcome: 'declines' });
    assert.equal((await purchase.facts()).standing, 'past-due');
    return purchase;
  };
  const pageOf = async ({ refs }: Purchase): Promise<string> =>
    (await bench.gateway.paymentPage(refs, 'http://127.0.0.1:9/order/1', 'en')).url;
  const mustHaveNothingToPay = (purchase: Purchase): Promise<void> =>
    assert.rejects(
      pageOf(purchase),
      (error) =>
        error instanceof TenureFailure &&
        error.kind === 'refused' &&
        error.details.reason === 'nothing-to-pay' &&
        (error.details.nextStep ?? '').length > 10,
    );
  const textOf = async (url: string): Promise<string> => (await fetch(url)).text();

  it('is made on the page of the open invoice, and its card pays from then on', async () => {
    const purchase = await overdue();
    const url = await pageOf(purchase);
    assert.equal(await pageOf(purchase), url, 'the same page as long as it is open');
    assert.match(await textOf(url), /€15\.00/);
    bench.hooks.length = 0;
    const paid = await submit(url, cardForm(CARDS.good));
    assert.equal(paid.status, 303);
    const facts = await purchase.facts();
    assert.equal(facts.standing, 'paid');
    assert.equal(facts.paidMinor, 3_000);
    assert.match(await textOf(url), /Paid, thank you/);
    await until(() => bench.hooks.some(({ type }) => type === 'invoice_payment.paid'));
    const types = new Set(bench.hooks.map(({ type }) => type));
    for (const type of [
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
      'payment_method.attached',
    ]) {
      assert.ok(types.has(type), type);
    }
    await mustHaveNothingToPay(purchase);
    await act(purchase, 'renew');
    assert.equal((await purchase.facts()).standing, 'paid', 'the new card paid the next period');
  });

  it('is charged once, however often the form is sent', async () => {
    const purchase = await overdue();
    const url = await pageOf(purchase);
    const answers = await Promise.all([1, 2, 3].map(() => submit(url, cardForm(CARDS.good))));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [303, 303, 303],
    );
    assert.equal((await purchase.facts()).paidMinor, 3_000);
  });

  it('may be declined, and then made with another card', async () => {
    const purchase = await overdue();
    const url = await pageOf(purchase);
    const declined = await submit(url, cardForm(CARDS.noFunds));
    assert.equal(declined.status, 402);
    assert.match(await declined.text(), /insufficient funds/);
    assert.equal((await submit(url, cardForm('4242 4242 4242 4241'))).status, 422);
    assert.equal((await purchase.facts()).standing, 'past-due');
    assert.equal((await purchase.facts()).declineReason, 'Your card has insufficient funds.');
    assert.equal((await submit(url, cardForm(CARDS.good))).status, 303);
    assert.equal((await purchase.facts()).standing, 'paid');
  });

  it('is confirmed at the bank where it asks for that', async () => {
    const purchase = await overdue();
    const url = await pageOf(purchase);
    const asked = await submit(url, cardForm(CARDS.challenge));
    assert.equal(asked.status, 303);
    const confirm = new URL(asked.headers.get('location') ?? '', url).href;
    assert.match(confirm, /\/confirm$/);
    const refused = await submit(confirm, { result: 'fail' });
    assert.equal(refused.status, 402);
    assert.equal((await purchase.facts()).standing, 'past-due');
    await submit(url, cardForm(CARDS.challenge));
    assert.equal((await submit(confirm, { result: 'authenticate' })).status, 303);
    assert.equal((await purchase.facts()).standing, 'paid');
    assert.match(await textOf(confirm), /Paid, thank you/);
  });

  it('by bank debit is under way until the bank answers', async () => {
    const purchase = await overdue(sepaForm(IBANS.good));
    const url = await pageOf(purchase);
    assert.equal((await submit(url, sepaForm(IBANS.good))).status, 303);
    assert.equal((await purchase.facts()).standing, 'processing');
    await mustHaveNothingToPay(purchase);
    assert.match(await textOf(url), /under way/);
    assert.equal((await submit(url, cardForm(CARDS.good))).status, 303);
    assert.equal((await purchase.facts()).standing, 'processing', 'nothing was charged beside the debit');
    await act(purchase, 'settle-debit', { outcome: 'fails' });
    assert.equal((await purchase.facts()).standing, 'past-due');
    assert.equal((await submit(url, cardForm(CARDS.good))).status, 303);
    assert.equal((await purchase.facts()).standing, 'paid');
  });

  it('pays the oldest of several open invoices first', async () => {
    const purchase = await overdue();
    await act(purchase, 'renew', { outcome: 'declines' });
    const first = await pageOf(purchase);
    await submit(first, cardForm(CARDS.good));
    assert.equal((await purchase.facts()).standing, 'past-due');
    const second = await pageOf(purchase);
    assert.notEqual(second, first);
    await submit(second, cardForm(CARDS.good));
    assert.equal((await purchase.facts()).standing, 'paid');
    assert.equal((await purchase.facts()).paidMinor, 3 * 1_500);
  });

  it('is not asked for where nothing is open', async () => {
    const paidUp = await buy(bench);
    await mustHaveNothingToPay(paidUp);
    const unpaid = await buy(bench, newOrder(), cardForm(CARDS.declined));
    await mustHaveNothingToPay(unpaid);
    const ended = await overdue();
    const url = await pageOf(ended);
    await bench.gateway.endNow(ended.refs);
    await mustHaveNothingToPay(ended);
    assert.equal((await fetch(url)).status, 410);
    assert.equal((await fetch(`${bench.sandbox.url}/i/in_unknown`)).status, 404);
  });
});
