import assert from 'node:assert/strict';
import axios from 'axios';
import {
  buy,
  CARDS,
  eventually,
  mailAbout,
  reach,
  viewSubscription,
  type Order,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { buildPages, mustBeGoodToUse, payByCard, seeHeading, visit } from './visitor.ts';

const WORDS = {
  en: {
    failed: 'Your last payment has failed',
    button: 'Pay now',
    again: 'Back to the payment page',
    ready: 'Your server is ready',
    paused: 'Your server is paused',
    coming: 'Your payment is on its way',
  },
  de: {
    failed: 'Ihre letzte Zahlung ist fehlgeschlagen',
    button: 'Jetzt bezahlen',
    again: 'Zurück zur Zahlungsseite',
    ready: 'Ihr Server ist bereit',
    paused: 'Ihr Server ist angehalten',
    coming: 'Ihre Zahlung ist unterwegs',
  },
};

describe('paying late on the order page, in a real browser', function () {
  this.timeout(120_000);
  let tenure: Tenure;
  before(async function () {
    this.timeout(300_000);
    await buildPages();
    const catalogFile = 'test/integration/subscriptions/late-payment.catalog.yaml';
    tenure = await startTenure({ name: 'pages-late', catalogFile });
  });

  const lever = async (order: Order, what: string): Promise<void> => {
    const { billing } = await viewSubscription(tenure, order);
    await axios.post(`${tenure.stripe.url}/__sandbox/stripe/subscriptions/${billing.billingRef}/${what}`, {});
  };
  const overdue = async (planKey: string, language: 'en' | 'de', currency: 'eur' | 'usd'): Promise<Order> => {
    const order = await buy(tenure, { planKey, language, currency }, CARDS.failsLater);
    await reach(tenure, order, 'active');
    await lever(order, 'renew');
    return order;
  };

  for (const [language, width] of [
    ['en', 390],
    ['de', 1_280],
  ] as const) {
    it(`keeps the server, from the mail’s button on: ${language}, ${width} pixels wide`, async () => {
      const words = WORDS[language];
      const order = await overdue('patient', language, 'usd');
      const { text } = await mailAbout(tenure, order.email, /payment has failed|fehlgeschlagen/);
      const { page, trouble, leave } = await visit({
        width,
        locale: language === 'de' ? 'de-DE' : 'en-US',
      });
      await page.goto(/http\S+\/order\/[\w-]+/.exec(text)?.[0] ?? '');
      await seeHeading(page, words.failed);
      await mustBeGoodToUse(page);
      await page.getByRole('button', { name: words.button }).click();
      await page.waitForURL(`${tenure.stripe.url}/i/**`);
      await payByCard(page, CARDS.declined);
      await page.getByRole('alert').waitFor();
      await page.goBack();
      await page.goBack();
      await page.getByRole('button', { name: words.again }).waitFor();
      await mustBeGoodToUse(page);
      await page.getByRole('button', { name: words.again }).click();
      await page.waitForURL(`${tenure.stripe.url}/i/**`);
      await payByCard(page, CARDS.good);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.goto(order.orderUrl);
      await seeHeading(page, words.ready);
      await mustBeGoodToUse(page);
      await leave();
      assert.deepEqual(trouble, []);
    });
  }

  it('says live that a suspended server’s debit is on its way, and when it runs again', async () => {
    const words = WORDS.de;
    const order = await overdue('strict', 'de', 'eur');
    const { page, leave } = await visit({ width: 390, locale: 'de-DE' });
    await page.goto(order.orderUrl);
    await seeHeading(page, words.paused);
    await page.getByRole('button', { name: words.button }).waitFor();
    await mustBeGoodToUse(page);
    const { data } = await tenure.http.post<{ url: string }>(`/v1/orders/${order.orderToken}/payment`);
    const form = { method: 'sepa_debit', iban: 'DE89370400440532013000', account_name: 'Jürgen Groß' };
    await axios.post(data.url, new URLSearchParams(form));
    // Its event comes only when it has settled; whoever presses the button before that makes us look.
    await page.getByRole('button', { name: words.button }).click();
    await seeHeading(page, words.coming);
    await mustBeGoodToUse(page);
    await lever(order, 'settle-debit');
    await seeHeading(page, words.ready);
    await leave();
  });

  it('says that the payment service is away, and lets try again', async () => {
    const words = WORDS.en;
    const order = await overdue('patient', 'en', 'usd');
    await reach(tenure, order, 'past-due');
    const { page, leave } = await visit({ width: 390 });
    await page.goto(order.orderUrl);
    tenure.stripe.faults.add({ path: '/v1/invoices', kind: 'status', times: null });
    await page.getByRole('button', { name: words.button }).click();
    await page.getByRole('alert').getByText('Payments are not available right now').waitFor();
    await mustBeGoodToUse(page);
    tenure.stripe.faults.clear();
    await page.getByRole('button', { name: words.button }).click();
    await page.waitForURL(`${tenure.stripe.url}/i/**`);
    await leave();
  });

  it('offers the way back while the data of an unpaid server is kept', async () => {
    const order = await overdue('merciless', 'en', 'usd');
    await eventually('the grace period has begun', async () => {
      const { stage, dueAt } = await viewSubscription(tenure, order);
      return stage === 'cancelling' && dueAt !== null && Date.parse(dueAt) > Date.now() + 86_400_000;
    });
    const { page, leave } = await visit({ width: 1_280 });
    await page.goto(order.orderUrl);
    await seeHeading(page, 'The service has ended; your data is kept');
    await page.getByText(/you can pay what is open and have everything back/).waitFor();
    await mustBeGoodToUse(page);
    await page.getByRole('button', { name: WORDS.en.button }).click();
    await page.waitForURL(`${tenure.stripe.url}/i/**`);
    await payByCard(page, CARDS.good);
    await page.goto(order.orderUrl);
    await seeHeading(page, WORDS.en.ready);
    await leave();
  });
});
