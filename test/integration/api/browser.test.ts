import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { newPage } from '../../harness/browser.ts';
import { addKey, type Shop, startShop } from './shop.ts';

describe('the API’s own pages, in Chromium', () => {
  let shop: Shop;
  let page: Page;
  let complaints: string[];
  let foreign: string[];
  before(async function () {
    this.timeout(120_000);
    shop = await startShop('api-browser');
  });
  beforeEach(async () => {
    complaints = [];
    foreign = [];
    page = await newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && origin !== shop.url) foreign.push(request.url());
    });
  });
  afterEach(() => page.context().close());

  it('the documentation shows every operation under the content security policy, from its own origin', async () => {
    await page.goto(`${shop.url}/docs`);
    await page.getByText('Place an order and open its payment page').waitFor();
    await page.getByText('/v1/orders/{token}/events', { exact: false }).first().waitFor();
    assert.deepEqual(complaints, []);
    assert.deepEqual(foreign, []);
  });

  it('the codec’s sign-in takes a key and then decodes for this browser', async () => {
    const key = await addKey(shop.sql, shop.deps.tenant.id, { scopes: ['codec:decode'] });
    await page.goto(`${shop.url}/v1/codec/sign-in`);
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Signed in' }).waitFor();
    const status = await page.evaluate(async () => {
      const answer = await fetch('/v1/codec/decode', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"payloads":[]}',
      });
      return answer.status;
    });
    assert.equal(status, 200);
    assert.deepEqual(complaints, []);
  });
});
