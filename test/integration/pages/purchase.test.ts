import assert from 'node:assert/strict';
import axios from 'axios';
import { trySsh } from '../../../activities/access/ssh.ts';
import { CARDS } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import {
  buildPages,
  credentialLinks,
  fieldValue,
  mustBeGoodToUse,
  order,
  payByCard,
  payByDebit,
  seeHeading,
  visit,
  type Visitor,
} from './visitor.ts';

/** Asks for 3-D Secure, then succeeds. */
const CONFIRMED_CARD = '4000002500003155';
const GOOD_ACCOUNT = 'DE89370400440532013000';

describe('buying on the pages, in a real browser', function () {
  this.timeout(120_000);
  let tenure: Tenure;
  let visitor: Visitor;

  before(async function () {
    this.timeout(300_000);
    await buildPages();
    // Slow enough to be watched.
    tenure = await startTenure({ name: 'pages-purchase', bootMs: 2_500 });
  });
  afterEach(async () => {
    const { trouble } = visitor;
    await visitor.leave();
    assert.deepEqual(trouble, []);
  });

  it('leads from the first click to credentials that work, watched live', async () => {
    visitor = await visit();
    const { page } = visitor;
    await page.goto(tenure.api.url);
    await seeHeading(page, /working server/);
    assert.equal(await page.title(), 'Plans and prices · Test Hosting');
    await mustBeGoodToUse(page);

    await page.getByRole('link', { name: 'Choose Test VPS' }).click();
    await seeHeading(page, 'Order Test VPS');
    const summary = page.getByRole('region', { name: 'Test VPS' });
    await summary.getByText('$15.00').waitFor();
    await page.getByLabel('Number of servers').fill('2');
    await summary.getByText('$30.00').waitFor();
    await page.getByLabel('Number of servers').fill('1');
    await page.getByRole('radio', { name: 'Amsterdam' }).check();
    await page.getByLabel(/^E-mail address/).fill('ada@customer.example');
    await page.getByLabel(/^Name or company/).fill('Ada Łovelace');
    await mustBeGoodToUse(page);
    await page.getByRole('button', { name: 'Continue to payment' }).click();

    await page.waitForURL(`${tenure.stripe.url}/**`);
    await payByCard(page, CARDS.good);
    await page.waitForURL(`${tenure.api.url}/order/**`);
    // From here on nobody touches the page: it must go on by itself.
    await page.evaluate('window.untouched = true');
    await seeHeading(page, 'We are setting up your server');
    await mustBeGoodToUse(page);
    await seeHeading(page, 'Your server is ready');
    assert.equal(await page.evaluate('window.untouched'), true);
    await page
      .getByRole('region', { name: 'History' })
      .getByText(/^Signed in to test it/)
      .waitFor();
    await page.getByRole('region', { name: 'Order' }).getByText('Amsterdam').waitFor();
    assert.match(await page.title(), /^Your server is ready/);
    await mustBeGoodToUse(page);

    const [link = ''] = await credentialLinks(tenure, 'ada@customer.example', /ready/);
    await page.goto(link);
    await seeHeading(page, 'Your credentials are ready');
    await mustBeGoodToUse(page);
    await page.getByRole('button', { name: 'Show the credentials' }).click();
    await seeHeading(page, 'Your credentials');
    await mustBeGoodToUse(page);
    assert.match(await fieldValue(page, 'Password'), /^•+$/);
    await page.getByRole('button', { name: 'Show the password' }).click();
    const proof = await trySsh({
      address: await fieldValue(page, 'Address'),
      port: Number(await fieldValue(page, 'Port')),
      username: await fieldValue(page, 'User name'),
      password: await fieldValue(page, 'Password'),
      timeoutMs: 10_000,
    });
    assert.equal(await fieldValue(page, 'Fingerprint of the server’s key'), proof.hostKeyFingerprint);

    await page.goto(link);
    await seeHeading(page, 'This link has been used');
    await mustBeGoodToUse(page);
  });

  it('speaks German on a phone, from the shop to the credentials', async () => {
    visitor = await visit({ width: 390, locale: 'de-DE' });
    const { page } = visitor;
    const look = async (): Promise<void> => {
      assert.equal(await page.locator('html').getAttribute('lang'), 'de');
      await mustBeGoodToUse(page);
    };
    await page.goto(tenure.api.url);
    await seeHeading(page, /Ihr Server läuft/);
    await look();
    await page.getByRole('link', { name: 'Test-VPS auswählen' }).click();
    await seeHeading(page, 'Test-VPS bestellen');
    await page.getByRole('region', { name: 'Test-VPS' }).getByText('9,00 €').first().waitFor();
    await page.getByLabel(/^E-Mail-Adresse/).fill('juergen@customer.example');
    await look();
    await page.getByRole('button', { name: 'Weiter zur Zahlung' }).click();
    await page.waitForURL(`${tenure.stripe.url}/**`);
    await payByCard(page, CARDS.good);
    await seeHeading(page, 'Wir richten Ihren Server ein');
    await look();
    await seeHeading(page, 'Ihr Server ist bereit');
    await look();
    const [link = ''] = await credentialLinks(tenure, 'juergen@customer.example', /bereit/);
    await page.goto(link);
    await page.getByRole('button', { name: 'Zugangsdaten anzeigen' }).click();
    await seeHeading(page, 'Ihre Zugangsdaten');
    await look();
  });

  it('tells how to reach a Windows desktop', async () => {
    visitor = await visit({ dark: true });
    const { page } = visitor;
    await order(page, tenure, /Choose Test Desktop/, 'dora@customer.example');
    await payByCard(page, CARDS.good);
    await seeHeading(page, 'Your server is ready');
    await page.getByText(/^mstsc \/v:127\./).waitFor();
    await mustBeGoodToUse(page);
    const [link = ''] = await credentialLinks(tenure, 'dora@customer.example', /ready/);
    await page.goto(link);
    await page.getByRole('button', { name: 'Show the credentials' }).click();
    await page.getByText(`:${tenure.env['RDP_PORT']}`).waitFor();
    assert.equal(await fieldValue(page, 'User name'), 'Administrator');
    await mustBeGoodToUse(page);
  });

  it('goes through a bank’s confirmation of the card', async () => {
    visitor = await visit();
    const { page } = visitor;
    await order(page, tenure, /Choose Test VPS/, 'cautious@customer.example');
    await payByCard(page, CONFIRMED_CARD);
    await page.locator('button[value=authenticate]').click();
    await page.waitForURL(`${tenure.api.url}/order/**`);
    await seeHeading(page, 'Your server is ready');
  });

  it('says that a bank debit takes days, and goes on when it has settled', async () => {
    visitor = await visit({ locale: 'de-DE' });
    const { page } = visitor;
    await order(page, tenure, /Test-VPS auswählen/, 'sepa@customer.example');
    await payByDebit(page, GOOD_ACCOUNT);
    await page.waitForURL(`${tenure.api.url}/order/**`);
    await seeHeading(page, 'Ihre Zahlung ist unterwegs');
    await mustBeGoodToUse(page);
    const { rows } = await tenure.sql.query<{ billing_ref: string }>(
      'select billing_ref from subscriptions s join customers c on c.id = s.customer_id where c.email = $1',
      ['sepa@customer.example'],
    );
    await axios.post(
      `${tenure.stripe.url}/__sandbox/stripe/subscriptions/${rows[0]?.billing_ref}/settle-debit`,
      {},
    );
    await seeHeading(page, 'Ihr Server ist bereit');
  });
});
