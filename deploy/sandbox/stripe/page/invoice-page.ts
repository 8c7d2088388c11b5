import type { Invoice } from '../objects/invoice.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import { methodFields, money, problemBox, testData, type PaymentForm } from './payment-form.ts';
import { TEXTS } from './texts.ts';

/** What the page shows. */
export interface InvoiceView extends PaymentForm {
  invoice: Readonly<Invoice>;
  /** Whether the subscription goes on with the method that pays. */
  keepsMethod: boolean;
}

/** The hosted page of an open invoice. */
export function invoicePage(view: InvoiceView): string {
  const { invoice, language } = view;
  const t = TEXTS[language];
  return layout(
    language,
    t.invoiceTitle,
    html`<main class="checkout">
      <h1 class="visually-hidden">${t.invoiceTitle}</h1>
      ${summary(view)}
      <section class="payment" aria-labelledby="payment-heading">
        <h2 id="payment-heading">${t.payHeading}</h2>
        ${problemBox(view)}
        <form method="post" novalidate autocomplete="on">
          <p class="email"><span class="hint">${t.email}</span> <span>${invoice.customer_email}</span></p>
          ${methodFields(view)}
          <button class="button pay">${t.pay(amountOf(view, invoice.amount_remaining))}</button>
          ${view.keepsMethod && html`<p class="hint">${t.methodIsKept}</p>`}
        </form>
        ${testData(view)}
      </section>
    </main>`,
  );
}

function summary(view: InvoiceView): Html {
  const { invoice, language } = view;
  const t = TEXTS[language];
  const discount = invoice.total_discount_amounts.reduce((sum, { amount }) => sum + amount, 0);
  return html`<section class="summary" aria-labelledby="summary-heading">
    <h2 id="summary-heading">${t.invoice(invoice.number ?? '')}</h2>
    <ul class="lines">
      ${invoice.lines.data.map(
        ({ description, amount }) =>
          html`<li>
            <span class="name">${description}</span> <span class="amount">${amountOf(view, amount)}</span>
          </li>`,
      )}
    </ul>
    <dl class="sums">
      ${
        discount > 0 &&
        html`<div>
          <dt>${t.discount}</dt>
          <dd>−${amountOf(view, discount)}</dd>
        </div>`
      }
      ${invoice.total_taxes.map(
        ({ amount }) =>
          html`<div>
            <dt>${t.tax}</dt>
            <dd>${amountOf(view, amount)}</dd>
          </div>`,
      )}
      <div class="total">
        <dt>${t.amountDue}</dt>
        <dd>${amountOf(view, invoice.amount_remaining)}</dd>
      </div>
    </dl>
  </section>`;
}

function amountOf({ language, invoice }: InvoiceView, amount: number): string {
  return money(language, invoice.currency, amount);
}
