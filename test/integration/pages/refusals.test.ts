import assert from 'node:assert/strict';
import { publishCatalog } from '../../../api/catalog/publish.ts';
import { openDatabase } from '../../../schemas/db/data-source.ts';
import { findTenant, FIRST_TENANT_SLUG } from '../../../schemas/db/tenancy.ts';
import { CARDS } from '../../harness/buyer.ts';
import { testPlans } from '../../harness/seed.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { buildPages, mustBeGoodToUse, order, payByCard, seeHeading, visit, type Visitor } from './visitor.ts';

describe('what the pages say when something is refused', function () {
  this.timeout(120_000);
  let tenure: Tenure;
  let visitor: Visitor;

  before(async function () {
    this.timeout(300_000);
    await buildPages();
    tenure = await startTenure({ name: 'pages-refusals' });
  });
  beforeEach(async () => {
    visitor = await visit();
  });
  afterEach(async () => {
    tenure.stripe.faults.clear();
    const { trouble } = visitor;
    await visitor.leave();
    assert.deepEqual(trouble, []);
  });

  const orders = async (): Promise<number> => {
    const { rows } = await tenure.sql.query<{ count: string }>('select count(*) from subscriptions');
    return Number(rows[0]?.count);
  };
  const openForm = async (email: string): Promise<void> => {
    await visitor.page.goto(`${tenure.api.url}/buy/vps?interval=month&currency=usd`);
    await visitor.page.locator('input[name=email]').fill(email);
  };
  const proceed = (): Promise<void> => visitor.page.locator('button[type=submit]').click();

  it('keeps a buyer with a declined card on the payment page; another try goes through', async () => {
    const { page } = visitor;
    await order(page, tenure, /Choose Test VPS/, 'declined@customer.example');
    await payByCard(page, CARDS.declined);
    await page.getByRole('alert').waitFor();
    await payByCard(page, CARDS.good);
    await seeHeading(page, 'Your server is ready');
  });

  it('has the form as it was for a buyer who turns back', async () => {
    const { page } = visitor;
    await openForm('undecided@customer.example');
    await page.getByLabel('Number of servers').fill('3');
    await proceed();
    await page.waitForURL(`${tenure.stripe.url}/**`);
    await page.locator('a.cancel').click();
    await seeHeading(page, 'Order Test VPS');
    assert.equal(await page.locator('input[name=email]').inputValue(), 'undecided@customer.example');
    await page.getByText('$45.00').waitFor();
  });

  it('names the wrong field beside it and orders nothing', async () => {
    const { page } = visitor;
    const before = await orders();
    await openForm('nobody');
    await proceed();
    await page.getByText('Please enter a valid e-mail address').waitFor();
    assert.equal(await page.locator('input[name=email]').getAttribute('aria-invalid'), 'true');
    assert.equal(await page.evaluate('document.activeElement.name'), 'email');
    await mustBeGoodToUse(page);
    assert.equal(await orders(), before);
  });

  it('shows what the API alone can know about a field, too', async () => {
    const { page } = visitor;
    await openForm('hopeful@customer.example');
    await page.getByLabel(/^Promotion code/).fill('NO-SUCH-CODE');
    await proceed();
    await page.getByText('This promotion code is not valid').waitFor();
    await mustBeGoodToUse(page);
  });

  it('says that the payment provider is away, and places the same order when it is back', async () => {
    const { page } = visitor;
    const before = await orders();
    await openForm('patient@customer.example');
    tenure.stripe.faults.add({ path: '^/v1/', kind: 'status', status: 503, times: null });
    await proceed();
    await page.getByText('Payments are not available right now').waitFor({ timeout: 60_000 });
    await mustBeGoodToUse(page);
    tenure.stripe.faults.clear();
    await proceed();
    await page.waitForURL(`${tenure.stripe.url}/**`, { timeout: 60_000 });
    assert.equal(await orders(), before + 1);
  });

  it('shows a price that has changed beside the old one, and orders only after a yes', async () => {
    const { page } = visitor;
    const before = await orders();
    await openForm('careful@customer.example');
    await raisePrices();
    await proceed();
    const notice = page.getByRole('alert');
    await notice.getByText('The price has changed').waitFor();
    await notice.getByText('$15.00').waitFor();
    await notice.getByText('$17.50').waitFor();
    await mustBeGoodToUse(page);
    assert.equal(await orders(), before);
    await notice.getByRole('button', { name: 'Accept and continue to payment' }).click();
    await page.waitForURL(`${tenure.stripe.url}/**`);
    await page.getByText('$17.50').first().waitFor();
    assert.equal(await orders(), before + 1);
  });

  it('has a page for addresses that lead nowhere', async () => {
    const { page } = visitor;
    const places: [path: string, heading: string][] = [
      ['/buy/no-such-plan', 'This plan is not on sale'],
      ['/order/no-such-order', 'We cannot find this order'],
      ['/credentials/no-such-link', 'This link is not valid'],
    ];
    for (const [path, heading] of places) {
      await page.goto(`${tenure.api.url}${path}`);
      await seeHeading(page, heading);
      await mustBeGoodToUse(page);
    }
  });

  /** Every plan by 2.50 a month. */
  async function raisePrices(): Promise<void> {
    const url = tenure.env['DATABASE_URL'] ?? '';
    const db = await openDatabase({ url, poolSize: 1, applicationName: 'test' });
    try {
      const { id } = await findTenant(db, FIRST_TENANT_SLUG);
      const plans = testPlans().map((plan) => ({
        ...plan,
        prices: plan.prices.map((price) => ({ ...price, amountMinor: price.amountMinor + 250 })),
      }));
      await publishCatalog(db, id, { plans });
    } finally {
      await db.destroy();
    }
  }
});
