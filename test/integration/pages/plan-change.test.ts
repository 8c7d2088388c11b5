import assert from 'node:assert/strict';
import { buy, eventually, type Order, reach, viewOrder } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { buildPages, mustBeGoodToUse, visit } from './visitor.ts';

const WORDS = {
  en: {
    open: 'Change plan …',
    title: 'Change the plan',
    large: /^Large VPS/,
    offer: /^Offer VPS/,
    tiny: /^Tiny VPS/,
    smallerDisk: 'Its disk is smaller, and a disk cannot be made smaller without losing data.',
    pay: 'Change now and pay €25.00',
    cost: '€40.00 a month',
    later: /^Change on /,
    planned: /^From .* your plan is Offer VPS\.$/,
    keep: 'Stay with the present plan',
    history: 'History',
    changed: 'Plan changed',
    withdrawn: 'Change of plan taken back',
  },
  de: {
    open: 'Tarif wechseln …',
    title: 'Tarif wechseln',
    large: /^Großer VPS/,
    offer: /^Aktions-VPS/,
    tiny: /^Winziger VPS/,
    smallerDisk:
      'Die Festplatte ist kleiner, und eine Festplatte lässt sich nicht ohne Datenverlust verkleinern.',
    pay: 'Jetzt wechseln und 25,00 € zahlen',
    cost: '40,00 € im Monat',
    later: /^Wechseln am /,
    planned: /^Ab .* ist Ihr Tarif Aktions-VPS\.$/,
    keep: 'Beim jetzigen Tarif bleiben',
    history: 'Verlauf',
    changed: 'Tarif gewechselt',
    withdrawn: 'Tarifwechsel zurückgenommen',
  },
};

describe('changing the plan on the order page, in a real browser', function () {
  this.timeout(120_000);
  let tenure: Tenure;
  before(async function () {
    this.timeout(300_000);
    await buildPages();
    const catalogFile = 'test/integration/subscriptions/plan-change.catalog.yaml';
    tenure = await startTenure({ name: 'pages-plan', catalogFile });
  });

  const running = async (): Promise<Order> => {
    const order = await buy(tenure, { planKey: 'small', currency: 'eur' });
    await reach(tenure, order, 'active');
    return order;
  };

  for (const [language, width] of [
    ['en', 390],
    ['de', 1_280],
  ] as const) {
    it(`shows the price before it is asked for, and what has become of it: ${language}, ${width} pixels wide`, async () => {
      const words = WORDS[language];
      const order = await running();
      const visitor = await visit({ width, locale: language });
      const { page, trouble } = visitor;
      await page.goto(`${tenure.api.url}/order/${order.orderToken}`);
      const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click();
      const dialog = page.getByRole('dialog', { name: words.title });

      await press(words.open);
      await dialog.getByText(words.smallerDisk).waitFor();
      assert.ok(await dialog.getByRole('radio', { name: words.tiny }).isDisabled());
      await dialog.getByRole('radio', { name: words.offer }).check();
      await dialog.getByRole('button', { name: words.later }).click();
      await page.getByText(words.planned).waitFor();
      await mustBeGoodToUse(page);
      await press(words.keep);
      const history = page.getByRole('region', { name: words.history });
      await history.getByText(words.withdrawn).waitFor();

      await press(words.open);
      await dialog.getByRole('radio', { name: words.large }).check();
      await dialog.getByRole('button', { name: words.pay }).waitFor();
      await dialog.getByText(words.cost).last().waitFor();
      await mustBeGoodToUse(page);
      await dialog.getByRole('button', { name: words.pay }).click();
      await history.getByText(words.changed, { exact: true }).waitFor();
      await eventually(
        'the plan is the new one',
        async () => (await viewOrder(tenure, order)).planKey === 'large',
      );
      await mustBeGoodToUse(page);
      await visitor.leave();
      assert.deepEqual(trouble, []);
    });
  }
});
