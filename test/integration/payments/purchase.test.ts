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
  type Bench,
} from './workbench.ts';

describe('a purchase through Stripe', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  it('is unpaid until the card was charged, and paid after', async () => {
    const order = newOrder();
    const checkout = await bench.gateway.createCheckout(order);
    const refs = {
      subscriptionId: order.subscriptionId,
      checkoutRef: checkout.checkoutRef,
      billingRef: null,
    };
    const open = await bench.gateway.readBilling(refs);
    assert.equal(open.standing, 'unpaid');
    assert.equal(open.billingRef, null);

    const response = await submit(checkout.url, cardForm(CARDS.good));
    assert.equal(response.status, 303);
    assert.equal(
      response.headers.get('location'),
      `http://127.0.0.1:9/thanks?session=${checkout.checkoutRef}`,
    );
    const paid = await bench.gateway.readBilling(refs);
    assert.equal(paid.standing, 'paid');
    assert.equal(paid.paidMinor, 1_500);
    assert.equal(paid.endsAtPeriodEnd, false);
    assert.equal(paid.declineReason, null);
    assert.ok(Date.parse(paid.periodEnd ?? '') > Date.now() + 27 * 86_400_000, 'a month ahead');
  });

  it('charges the set-up fee once and everything by quantity', async () => {
    const order = newOrder({ quantity: 3, price: { planVersion: 2, setupFeeMinor: 500 } });
    const purchase = await buy(bench, order);
    assert.equal((await purchase.facts()).paidMinor, 3 * (1_500 + 500));
    await bench.control(`/subscriptions/${await purchase.billingRef()}/renew`);
    assert.equal((await purchase.facts()).paidMinor, 3 * (1_500 + 500) + 3 * 1_500);
  });

  it('survives a declined card and a second try', async () => {
    const purchase = await buy(bench, newOrder(), cardForm(CARDS.noFunds));
    assert.equal(purchase.response.status, 402);
    assert.match(await purchase.response.text(), /insufficient funds/);
    assert.equal((await purchase.facts()).standing, 'unpaid');
    const again = await submit(purchase.url, cardForm(CARDS.good));
    assert.equal(again.status, 303);
    assert.equal((await purchase.facts()).standing, 'paid');
  });

  it('asks for 3-D Secure and obeys its answer', async () => {
    const purchase = await buy(bench, newOrder(), cardForm(CARDS.challenge));
    const question = new URL(purchase.response.headers.get('location') ?? '', purchase.url).href;
    assert.match(question, /\/confirm$/);
    assert.equal((await submit(question, { result: 'fail' })).status, 402);
    assert.equal((await purchase.facts()).standing, 'unpaid');
    await submit(purchase.url, cardForm(CARDS.challenge));
    assert.equal((await submit(question, { result: 'authenticate' })).status, 303);
    assert.equal((await purchase.facts()).standing, 'paid');
  });

  it('takes SEPA debits, which are processing before they are paid', async () => {
    const purchase = await buy(bench, newOrder(), sepaForm(IBANS.good));
    const before = await purchase.facts();
    assert.equal(before.standing, 'processing');
    assert.equal(before.paidMinor, 0);
    assert.equal(before.periodEnd, null);
    await bench.control(`/subscriptions/${await purchase.billingRef()}/settle-debit`);
    const after = await purchase.facts();
    assert.equal(after.standing, 'paid');
    assert.equal(after.paidMinor, 1_500);
  });

  it('is unpaid again when the first debit comes back, with the reason', async () => {
    const purchase = await buy(bench, newOrder(), sepaForm(IBANS.fails));
    await bench.control(`/subscriptions/${await purchase.billingRef()}/settle-debit`);
    const facts = await purchase.facts();
    assert.equal(facts.standing, 'unpaid');
    assert.match(facts.declineReason ?? '', /returned by the bank/);
  });

  it('offers no SEPA debit for dollars', async () => {
    const purchase = await buy(bench, newOrder({ price: { currency: 'usd' } }), sepaForm(IBANS.good));
    assert.equal(purchase.response.status, 422);
    assert.equal((await purchase.facts()).standing, 'unpaid');
  });

  it('takes a promotion code from our page', async () => {
    await bench.control('/promotion-codes', { code: 'HALF', percentOff: 50 });
    const purchase = await buy(
      bench,
      newOrder({ promotionCode: 'half', price: { setupFeeMinor: 500, planVersion: 3 } }),
    );
    assert.equal((await purchase.facts()).paidMinor, 1_000);
  });

  it('takes a promotion code on the payment page, and lets go of it', async () => {
    await bench.control('/promotion-codes', { code: 'TENTH', percentOff: 10 });
    const { url, checkoutRef } = await bench.gateway.createCheckout(newOrder());
    const wrong = await submit(url, { action: 'apply-code', promotion_code: 'NOPE' });
    assert.equal(wrong.status, 422);
    assert.equal((await submit(url, { action: 'apply-code', promotion_code: 'tenth' })).status, 303);
    assert.match(await (await fetch(url)).text(), /13\.50/);
    assert.equal((await submit(url, { action: 'remove-code' })).status, 303);
    assert.match(await (await fetch(url)).text(), /15\.00/);
    assert.ok(checkoutRef);
  });

  it('counts a purchase of nothing, by a full discount, as paid', async () => {
    await bench.control('/promotion-codes', { code: 'FREE', percentOff: 100 });
    const purchase = await buy(bench, newOrder({ promotionCode: 'FREE' }));
    const facts = await purchase.facts();
    assert.equal(facts.standing, 'paid');
    assert.equal(facts.paidMinor, 0);
  });

  it('refuses an unknown promotion code before anything is made', async () => {
    const before = bench.sandbox.ledger.read().length;
    await assert.rejects(
      bench.gateway.createCheckout(newOrder({ promotionCode: 'UNHEARD-OF' })),
      (error) => error instanceof TenureFailure && error.details.reason === 'promotion-code-invalid',
    );
    assert.equal(bench.sandbox.ledger.read().length, before);
  });

  it('never sells at another amount than asked', async () => {
    await bench.gateway.createCheckout(newOrder({ price: { planKey: 'fixed', amountMinor: 1_000 } }));
    await assert.rejects(
      bench.gateway.createCheckout(newOrder({ price: { planKey: 'fixed', amountMinor: 1_100 } })),
      (error) =>
        error instanceof TenureFailure &&
        error.kind === 'refused' &&
        error.details.reason === 'price-changed',
    );
  });

  it('opens one checkout per order, however often and however parallel it is asked for', async () => {
    const order = newOrder({ price: { planKey: 'parallel', setupFeeMinor: 100 } });
    const all = await Promise.all([1, 2, 3, 4].map(() => bench.gateway.createCheckout(order)));
    const later = await bench.gateway.createCheckout({
      ...order,
      expiresAt: new Date(Date.now() + 7_200_000).toISOString(),
    });
    assert.equal(new Set([...all, later].map(({ checkoutRef }) => checkoutRef)).size, 1);
    const opened = bench.sandbox.ledger
      .read()
      .filter(({ effect, key }) => effect === 'checkout.created' && key === order.subscriptionId);
    assert.equal(opened.length, 1);
    const prices = bench.sandbox.ledger
      .read()
      .filter(({ effect, key }) => effect === 'price.created' && key?.startsWith('parallel:'));
    assert.equal(prices.length, 2);
  });

  it('makes the prices once when the first buyers of a plan come at once', async () => {
    const price = { planKey: 'rush', setupFeeMinor: 100 };
    const all = await Promise.all(
      Array.from({ length: 12 }, () => bench.gateway.createCheckout(newOrder({ price }))),
    );
    assert.equal(new Set(all.map(({ checkoutRef }) => checkoutRef)).size, 12);
    const made = bench.sandbox.ledger
      .read()
      .filter(({ effect, key }) => effect === 'price.created' && key?.startsWith('rush:'));
    assert.equal(made.length, 2);
  });

  it('charges once when the form is sent twice', async () => {
    const { order, url } = await buy(bench);
    const again = await submit(url, cardForm(CARDS.good));
    assert.equal(again.status, 303);
    const charges = bench.sandbox.ledger
      .read()
      .filter(({ effect, key }) => effect === 'charge.succeeded' && key === order.subscriptionId);
    assert.equal(charges.length, 1);
  });

  it('cannot be paid after it was expired, and expiring a paid one has no effect', async () => {
    const order = newOrder();
    const { checkoutRef, url } = await bench.gateway.createCheckout(order);
    await bench.gateway.expireCheckout(checkoutRef);
    await bench.gateway.expireCheckout(checkoutRef);
    assert.equal((await submit(url, cardForm(CARDS.good))).status, 410);
    const refs = { subscriptionId: order.subscriptionId, checkoutRef, billingRef: null };
    assert.equal((await bench.gateway.readBilling(refs)).standing, 'expired');

    const paid = await buy(bench);
    await bench.gateway.expireCheckout(paid.refs.checkoutRef ?? '');
    assert.equal((await paid.facts()).standing, 'paid');
  });

  it('asks Stripe for an expiry that it takes, whatever is wished', async () => {
    for (const minutes of [0, 30, 1_440, 10_000]) {
      const expiresAt = new Date(Date.now() + minutes * 60_000).toISOString();
      await bench.gateway.createCheckout(newOrder({ expiresAt }));
    }
  });
});

describe('a purchase with automatic tax', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench({ automaticTax: true });
  });
  after(() => bench.close());
  const home = { line1: 'Weg 1', postal_code: '10115', city: 'Berlin', country: 'DE' };

  it('adds tax to the first payment and to renewals', async () => {
    const purchase = await buy(
      bench,
      newOrder({ price: { setupFeeMinor: 500 } }),
      cardForm(CARDS.good, home),
    );
    assert.equal((await purchase.facts()).paidMinor, 2_380);
    await bench.control(`/subscriptions/${await purchase.billingRef()}/renew`);
    assert.equal((await purchase.facts()).paidMinor, 2_380 + 1_785);
  });

  it('wants an address, and leaves the tax to a foreign business with a VAT number', async () => {
    const purchase = await buy(bench, newOrder(), cardForm(CARDS.good));
    assert.equal(purchase.response.status, 422);
    const vienna = { ...home, city: 'Wien', country: 'AT', tax_id: 'ATU12345678' };
    assert.equal((await submit(purchase.url, cardForm(CARDS.good, vienna))).status, 303);
    assert.equal((await purchase.facts()).paidMinor, 1_500);
  });
});
