/** A person at a real browser: goes through the pages, and notices what a developer would see in the console. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { buildWeb, isWebBuildStale } from '../../../workers/local/web-build.ts';
import { newPage } from '../../harness/browser.ts';
import { mailAbout } from '../../harness/buyer.ts';
import type { Tenure } from '../../harness/tenure.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Visitor {
  page: Page;
  /** Console errors, broken scripts, and requests to other machines. */
  trouble: string[];
  leave(): Promise<void>;
}

/** Builds the pages unless they are newer than what they are made of. */
export async function buildPages(): Promise<void> {
  if (isWebBuildStale()) await buildWeb(new AbortController().signal);
}

/** Opens a browser window; `width` 390 is a phone. */
export async function visit(
  options: { width?: number; locale?: string; dark?: boolean } = {},
): Promise<Visitor> {
  const page = await newPage(options);
  await page.emulateMedia({ colorScheme: options.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (message) => {
    // A refused request is an answer; the browser reports it all the same.
    const refused = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !refused) trouble.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1') trouble.push(`asked ${request.url()}`);
  });
  return { page, trouble, leave: () => page.context().close() };
}

/** Waits for the page's first heading to say this. */
export async function seeHeading(page: Page, text: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: text }).waitFor({ timeout: 60_000 });
}

/** From the shop's first page to the payment page, as a buyer clicks. */
export async function order(page: Page, tenure: Tenure, plan: RegExp, email: string): Promise<void> {
  await page.goto(tenure.api.url);
  await page.getByRole('link', { name: plan }).click();
  await page.locator('input[name=email]').fill(email);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(`${tenure.stripe.url}/**`);
}

/** Fills in the payment page and pays. */
export async function payByCard(page: Page, cardNumber: string): Promise<void> {
  await page.locator('input[name=method][value=card]').check({ force: true });
  const fields = {
    card_number: cardNumber,
    card_expiry: '12/34',
    card_cvc: '123',
    card_name: 'Jürgen Groß',
    line1: 'Hauptstr. 1',
    postal_code: '10115',
    city: 'Berlin',
  };
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`input[name=${name}]`);
    if ((await field.count()) > 0) await field.fill(value);
  }
  await page.locator('button.pay').click();
}

/** Allows the payment page to collect from a bank account. */
export async function payByDebit(page: Page, iban: string): Promise<void> {
  await page.locator('input[name=method][value=sepa_debit]').check({ force: true });
  await page.locator('input[name=iban]').fill(iban);
  await page.locator('input[name=account_name]').fill('Jürgen Groß');
  await page.locator('button.pay').click();
}

/** The addresses of the one-time links in the mail that hands the servers over. */
export async function credentialLinks(tenure: Tenure, email: string, subject: RegExp): Promise<string[]> {
  const { text } = await mailAbout(tenure, email, subject);
  const links = text.matchAll(new RegExp(`${tenure.api.url}/credentials/[\\w-]+`, 'g'));
  return [...new Set([...links].map(([link]) => link))];
}

/** What stands beside a label of the credentials page. */
export async function fieldValue(page: Page, label: string): Promise<string> {
  return page.getByRole('group', { name: label, exact: true }).locator('code').innerText();
}

/** Nothing that axe finds, and nothing that must be scrolled for sideways. */
export async function mustBeGoodToUse(page: Page): Promise<void> {
  await page.evaluate(`${AXE};undefined`);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  assert.deepEqual(found, [], `axe at ${page.url()}`);
  const tooWide = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  assert.ok(tooWide <= 0, `${page.url()} is ${tooWide} px wider than the window`);
}
