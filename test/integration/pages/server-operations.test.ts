import assert from 'node:assert/strict';
import { buy, reach, viewOrder, type Order } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { buildPages, mustBeGoodToUse, visit, type Visitor } from './visitor.ts';

describe('managing a server on the order page, in a real browser', function () {
  this.timeout(120_000);
  let tenure: Tenure;
  let visitor: Visitor;
  let order: Order;

  before(async function () {
    this.timeout(300_000);
    await buildPages();
    tenure = await startTenure({ name: 'pages-operations' });
    order = await buy(tenure, { planKey: 'patient' });
    await reach(tenure, order, 'active');
  });
  afterEach(async () => {
    const { trouble } = visitor;
    await visitor.leave();
    assert.deepEqual(trouble, []);
  });

  const press = (name: string): Promise<void> =>
    visitor.page.getByRole('button', { name, exact: true }).first().click();
  const confirm = (name: string): Promise<void> =>
    visitor.page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  const historySays = (text: string): Promise<void> =>
    visitor.page
      .getByRole('region', { name: /History|Verlauf/ })
      .getByText(text, { exact: true })
      .first()
      .waitFor();

  it('switches it off and on, restarts it, renames it, and shows its screen', async () => {
    visitor = await visit({ width: 390 });
    const { page } = visitor;
    await page.goto(`${tenure.api.url}/order/${order.orderToken}`);
    await press('Manage this server');
    await mustBeGoodToUse(page);
    await press('Switch off');
    await page.getByText('Your data is kept, the price stays the same').waitFor();
    await mustBeGoodToUse(page);
    await confirm('Switch off');
    await page.getByText('switched off', { exact: true }).waitFor();
    await page.getByRole('heading', { level: 1, name: 'Your server is switched off' }).waitFor();
    await mustBeGoodToUse(page);
    await press('Switch on');
    await confirm('Switch on');
    await historySays('Switched on');
    await press('Restart');
    await confirm('Restart');
    await historySays('Restarted');

    await press('Rename');
    const field = page.getByLabel('New name');
    await field.fill('Not a name!');
    await confirm('Rename');
    await page.getByText('Please use 1 to 63 lower-case letters').waitFor();
    await mustBeGoodToUse(page);
    await field.fill('shop-1');
    await confirm('Rename');
    await page.getByRole('heading', { name: 'shop-1' }).waitFor();

    await press('Link to the screen');
    const link = page.getByRole('link', { name: 'Open the screen in a new window' });
    await link.waitFor();
    assert.match((await link.getAttribute('href')) ?? '', /^https?:/);
    await mustBeGoodToUse(page);
  });

  it('takes a snapshot, restores it and deletes it, in German on a wide screen', async () => {
    visitor = await visit({ width: 1280, locale: 'de-DE' });
    const { page } = visitor;
    await page.goto(`${tenure.api.url}/order/${order.orderToken}`);
    await press('Diesen Server verwalten');
    await press('Snapshot erstellen');
    await page.getByLabel('Bezeichnung (freiwillig)').fill('Vor dem Umbau');
    await confirm('Snapshot erstellen');
    await page.getByText('Vor dem Umbau').waitFor();
    await historySays('Snapshot erstellt');
    await mustBeGoodToUse(page);
    await page.getByRole('button', { name: /^Wiederherstellen: Vor dem Umbau/ }).click();
    await confirm('Wiederherstellen');
    await historySays('Snapshot wiederhergestellt');
    await page.getByRole('button', { name: /^Löschen: Vor dem Umbau/ }).click();
    await confirm('Löschen');
    await historySays('Snapshot gelöscht');
    await page.getByText('Vor dem Umbau').waitFor({ state: 'detached' });
    const { instances } = await viewOrder(tenure, order);
    assert.deepEqual(instances[0]?.snapshots, []);
  });

  it('asks before everything is deleted, and says why something came to nothing', async () => {
    visitor = await visit({ width: 390 });
    const { page } = visitor;
    await page.goto(`${tenure.api.url}/order/${order.orderToken}`);
    await press('Manage this server');
    await press('Install anew');
    await page.getByText('Everything on the disk of shop-1 is deleted for good').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    const faults = `${tenure.vultr.url.replace('/v2', '')}/__sandbox/faults`;
    await fetch(faults, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ method: 'POST', path: '/reboot$', kind: 'status', status: 400 }),
    });
    await press('Restart');
    await confirm('Restart');
    await page.getByText('Could not be restarted').first().waitFor();
    await page.getByText('Please try again later. If it fails again, get in touch with us.').waitFor();
    await mustBeGoodToUse(page);
  });
});
