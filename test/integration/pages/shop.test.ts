import assert from 'node:assert/strict';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { buildPages, mustBeGoodToUse, seeHeading, visit, type Visitor } from './visitor.ts';

describe('the shop page, in a real browser', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  let visitor: Visitor;

  before(async function () {
    this.timeout(300_000);
    await buildPages();
    tenure = await startTenure({ name: 'pages-shop', withoutWorker: true });
  });
  afterEach(async () => {
    const { trouble } = visitor;
    await visitor.leave();
    assert.deepEqual(trouble, []);
  });

  it('shows each plan’s price as it is asked for, in an address that can be shared', async () => {
    visitor = await visit();
    const { page } = visitor;
    await page.goto(tenure.api.url);
    const plan = page.getByRole('article', { name: 'Test VPS' });
    await plan.getByText('$10', { exact: true }).waitFor();
    await plan.getByText('plus $5 once for set-up').waitFor();
    await page.getByText('Yearly', { exact: true }).click();
    await plan.getByText('$100', { exact: true }).waitFor();
    await plan.getByText('16% less than paying monthly').waitFor();
    await page.getByText('EUR €', { exact: true }).click();
    await plan.getByText('Not sold like this').waitFor();
    await page.getByText('Monthly', { exact: true }).click();
    await plan.getByText('€9', { exact: true }).waitFor();
    assert.match(page.url(), /\?interval=month&currency=eur$/);
    await page.goto(`${tenure.api.url}/?interval=year&currency=usd`);
    await plan.getByText('$100', { exact: true }).waitFor();
  });

  it('keeps the reader’s language, however it was chosen', async () => {
    visitor = await visit({ locale: 'fr-FR' });
    const { page } = visitor;
    const languageOf = (): Promise<string | null> => page.locator('html').getAttribute('lang');
    await page.goto(tenure.api.url);
    await seeHeading(page, /working server/);
    assert.equal(await languageOf(), 'en');
    await page.getByText('DE', { exact: true }).click();
    await seeHeading(page, /Ihr Server läuft/);
    assert.equal(await languageOf(), 'de');
    await page.reload();
    await seeHeading(page, /Ihr Server läuft/);
    await page.goto(`${tenure.api.url}/?lang=en`);
    await seeHeading(page, /working server/);
    await page.goto(tenure.api.url);
    await seeHeading(page, /working server/);
  });

  it('can be bought from without a mouse', async () => {
    visitor = await visit();
    const { page } = visitor;
    await page.goto(tenure.api.url);
    await seeHeading(page, /working server/);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content');
    await page.getByRole('link', { name: 'Choose Test VPS' }).focus();
    await page.keyboard.press('Enter');
    await seeHeading(page, 'Order Test VPS');
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1');
    const region = page.getByRole('radio', { name: 'Frankfurt' });
    await region.focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('radio', { name: 'Amsterdam' }).and(page.locator(':checked')).waitFor();
    await page.locator('input[name=email]').focus();
    await page.keyboard.type('keys@customer.example');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${tenure.stripe.url}/**`);
  });

  for (const width of [390, 1_280]) {
    for (const dark of [false, true]) {
      it(`is good to use ${dark ? 'dark' : 'light'}, ${width} px wide`, async () => {
        visitor = await visit({ width, dark, locale: 'de-DE' });
        const { page } = visitor;
        await page.goto(tenure.api.url);
        await seeHeading(page, /Ihr Server läuft/);
        const scheme = await page.locator('html').getAttribute('data-mantine-color-scheme');
        assert.equal(scheme, dark ? 'dark' : 'light');
        await mustBeGoodToUse(page);
        await page.goto(`${tenure.api.url}/buy/vps`);
        await seeHeading(page, 'Test-VPS bestellen');
        await mustBeGoodToUse(page);
      });
    }
  }
});
