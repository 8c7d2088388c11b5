import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { Language } from '../../../schemas/language.ts';
import { newPage } from '../../harness/browser.ts';
import { buy, cardForm, CARDS, IBANS, newOrder, openBench, type Bench } from './workbench.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const WORDS = {
  en: { sepa: 'SEPA direct debit', number: 'Card number', authenticate: 'Authenticate', pay: 'Pay €20.00' },
  de: { sepa: 'SEPA-Lastschrift', number: 'Kartennummer', authenticate: 'Bestätigen', pay: '20,00 € zahlen' },
};

const LATE_WORDS = {
  en: { pay: 'Pay €15.00', authenticate: 'Authenticate', declined: 'declined', paid: 'Paid, thank you' },
  de: {
    pay: '15,00 € zahlen',
    authenticate: 'Bestätigen',
    declined: 'abgelehnt',
    paid: 'Bezahlt, vielen Dank',
  },
};

describe('the payment page', function () {
  this.timeout(120_000);
  let bench: Bench;
  before(async () => {
    bench = await openBench({ webhookUrl: null });
  });
  after(() => bench.close());

  async function openCheckout(page: Page, language: Language): Promise<void> {
    const order = newOrder({
      language,
      successUrl: `${bench.sandbox.url}/p/session/thanks?id={CHECKOUT_SESSION_ID}`,
      price: { setupFeeMinor: 500 },
    });
    await page.goto((await bench.gateway.createCheckout(order)).url);
  }

  async function assertReadable(page: Page, what: string): Promise<void> {
    const problems = await page.evaluate(async (axe) => {
      window.eval(axe);
      const { violations } = await (window as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }, AXE);
    assert.deepEqual(problems, [], what);
    const [content, screen] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    assert.ok((content ?? 0) <= (screen ?? 0), `${what} fits its screen`);
  }

  for (const language of ['en', 'de'] as const) {
    for (const width of [390, 1_280]) {
      it(`takes a card with 3-D Secure, in ${language}, ${width} pixels wide`, async () => {
        const words = WORDS[language];
        const page = await newPage({ width, locale: language === 'de' ? 'de-DE' : 'en-US' });
        await openCheckout(page, language);
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        assert.match(await page.locator('.banner').innerText(), /Sandbox/);
        await assertReadable(page, 'open');
        await page.getByLabel(words.sepa).check();
        assert.equal(await page.getByLabel('IBAN').isVisible(), true);
        assert.equal(await page.getByLabel(words.number).isVisible(), false);
        await assertReadable(page, 'SEPA');

        await page.locator('input[value=card]').check();
        await page.getByLabel(words.number).fill(CARDS.challenge);
        await page.keyboard.press('Enter');
        await page.getByRole('alert').waitFor();
        await assertReadable(page, 'with errors');

        await page.getByLabel(words.number).fill(CARDS.challenge);
        await page.locator('[name=card_expiry]').fill('12 / 34');
        await page.locator('[name=card_cvc]').fill('123');
        await page.locator('[name=card_name]').fill('Erika <b>Mustermann</b>');
        await page.getByRole('button', { name: words.pay }).click();
        await page.waitForURL(/\/confirm$/);
        await assertReadable(page, 'challenge');
        const checkoutUrl = page.url().replace(/\/confirm$/, '');
        await page.getByRole('button', { name: words.authenticate }).click();
        await page.waitForURL(/\/p\/session\/thanks\?id=cs_test_/);
        await page.goto(checkoutUrl);
        await assertReadable(page, 'paid');
        await page.context().close();
      });
    }
  }

  for (const language of ['en', 'de'] as const) {
    for (const width of [390, 1_280]) {
      it(`takes a late payment for an invoice, in ${language}, ${width} pixels wide`, async () => {
        const words = LATE_WORDS[language];
        const { refs, billingRef } = await buy(bench, newOrder({ language }), cardForm(CARDS.declinesLater));
        await bench.control(`/subscriptions/${await billingRef()}/renew`);
        const page = await newPage({ width });
        await page.goto((await bench.gateway.paymentPage(refs, bench.sandbox.url, language)).url);
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        assert.match(await page.locator('.banner').innerText(), /Sandbox/);
        await assertReadable(page, 'open');
        const pay = async (card: string): Promise<void> => {
          for (const [name, value] of Object.entries(cardForm(card)).filter(([name]) =>
            /^card_/.test(name),
          )) {
            await page.locator(`[name=${name}]`).fill(value);
          }
          await page.getByRole('button', { name: words.pay }).click();
        };
        await pay(CARDS.declined);
        await page.getByRole('alert').getByText(words.declined).waitFor();
        await assertReadable(page, 'declined');
        await pay(CARDS.challenge);
        await page.getByRole('button', { name: words.authenticate }).click();
        await page.getByRole('heading', { name: words.paid }).waitFor();
        await assertReadable(page, 'paid');
        await page.context().close();
      });
    }
  }

  it('takes a SEPA debit', async () => {
    const page = await newPage({ width: 390 });
    await openCheckout(page, 'en');
    await page.getByLabel(WORDS.en.sepa).check();
    await page.getByLabel('IBAN').fill(IBANS.good);
    await page.getByLabel('Account holder').fill('Erika Mustermann');
    await page.getByRole('button', { name: WORDS.en.pay }).click();
    await page.waitForURL(/\/p\/session\/thanks/);
    await page.context().close();
  });
});

interface AxeResult {
  violations: { id: string; nodes: { html: string }[] }[];
}
