import assert from 'node:assert/strict';
import axios from 'axios';
import { buy, mailAbout, reach, reachAttention, type Order } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { layCable } from './cable.ts';
import { buildPages, mustBeGoodToUse, seeHeading, visit, type Visitor } from './visitor.ts';

describe('the order page, in a real browser', function () {
  this.timeout(120_000);
  let tenure: Tenure;
  let visitor: Visitor;

  before(async function () {
    this.timeout(300_000);
    await buildPages();
    tenure = await startTenure({ name: 'pages-order' });
  });
  beforeEach(async () => {
    visitor = await visit({ width: 390 });
  });
  afterEach(async () => {
    const { trouble } = visitor;
    await visitor.leave();
    assert.deepEqual(trouble, []);
  });

  const open = async (order: Order): Promise<void> => {
    await visitor.page.goto(`${tenure.api.url}/order/${order.orderToken}`);
  };
  const press = (name: string): Promise<void> => visitor.page.getByRole('button', { name }).click();

  it('cancels for the end of the paid period after saying what that means, and takes it back', async () => {
    const { page } = visitor;
    const order = await buy(tenure, { planKey: 'patient' });
    await reach(tenure, order, 'active');
    await open(order);
    await press('Cancel the order …');
    const dialog = page.getByRole('dialog', { name: 'Cancel the order?' });
    await dialog.getByText(/^Your server runs until .* then it is switched off/).waitFor();
    await dialog.getByText('After that, server and data are deleted for good.').waitFor();
    await mustBeGoodToUse(page);
    await dialog.getByRole('button', { name: 'Cancel the order' }).click();
    await seeHeading(page, /^Cancelled: it runs on until /);
    await mustBeGoodToUse(page);
    await press('Keep the subscription');
    await seeHeading(page, 'Your server is ready');
  });

  it('cancels now, and the data can be had back while it is kept', async () => {
    const { page } = visitor;
    const order = await buy(tenure, { planKey: 'patient' });
    await reach(tenure, order, 'active');
    await open(order);
    await press('Cancel the order …');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Now', { exact: true }).check();
    await dialog.getByText('The rest of the paid period is not refunded.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel now' }).click();
    await seeHeading(page, 'The service has ended; your data is kept');
    await mustBeGoodToUse(page);
    await press('Resume');
    await seeHeading(page, 'Your server is ready');
  });

  it('sends new credentials on request', async () => {
    const { page } = visitor;
    const order = await buy(tenure, { planKey: 'patient' });
    await reach(tenure, order, 'active');
    await open(order);
    await press('Request new credentials');
    const dialog = page.getByRole('dialog', { name: 'Make a new password?' });
    await mustBeGoodToUse(page);
    await dialog.getByRole('button', { name: 'Make a new password' }).click();
    await page.getByRole('region', { name: 'History' }).getByText('New credentials made').waitFor();
    await mailAbout(tenure, order.email, /new/i);
  });

  it('offers a refund when the server could not be made, and makes it', async () => {
    const { page } = visitor;
    const faults = `${tenure.vultr.url.replace('/v2', '')}/__sandbox/faults`;
    await axios.post(faults, { method: 'POST', path: '^/v2/instances$', kind: 'status', status: 400 });
    const order = await buy(tenure);
    await reachAttention(tenure, order);
    await axios.delete(faults);
    await open(order);
    await seeHeading(page, 'We need your decision');
    await mustBeGoodToUse(page);
    await press('Get a refund');
    const dialog = page.getByRole('dialog', { name: /refund/ });
    await mustBeGoodToUse(page);
    await dialog.getByRole('button', { name: 'Yes, refund' }).click();
    await seeHeading(page, 'This order has been refunded');
    await mustBeGoodToUse(page);
  });

  it('says so when the connection is lost, and catches up by itself', async () => {
    const { page } = visitor;
    const order = await buy(tenure, { planKey: 'patient' });
    await reach(tenure, order, 'active');
    const cable = await layCable(tenure.api.url);
    try {
      await page.goto(`${cable.url}/order/${order.orderToken}`);
      await seeHeading(page, 'Your server is ready');
      await cable.pull();
      await page.getByText('Connection lost, reconnecting').waitFor();
      await mustBeGoodToUse(page);
      await tenure.http.post(`/v1/orders/${order.orderToken}/actions/cancel`, { when: 'now' });
      await reach(tenure, order, 'cancelling');
      await cable.plugIn();
      await seeHeading(page, 'The service has ended; your data is kept');
      await page.getByText('Connection lost, reconnecting').waitFor({ state: 'detached' });
    } finally {
      await cable.pull();
    }
  });
});
