import type { CheckoutLine, Session } from '../objects/checkout-session.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import { field, methodFields, money, problemBox, testData, type PaymentForm } from './payment-form.ts';
import { TEXTS } from './texts.ts';

/** What the page shows. */
export interface CheckoutView extends PaymentForm {
  session: Readonly<Session>;
  lines: readonly CheckoutLine[];
  /** Each later period, minor units. */
  renewalTotal: number;
  /** The promotion code in force, as its owner calls it. */
  appliedCode: string | null;
}

/** The payment page of an open session. */
export function checkoutPage(view: CheckoutView): string {
  const t = TEXTS[view.language];
  return layout(
    view.language,
    t.title,
    html`<main class="checkout">
      <h1 class="visually-hidden">${t.title}</h1>
      ${summary(view)}
      <section class="payment" aria-labelledby="payment-heading">
        <h2 id="payment-heading">${t.payHeading}</h2>
        ${problemBox(view)} ${form(view)} ${testData(view)}
      </section>
    </main>`,
  );
}

function summary(view: CheckoutView): Html {
  const { session, lines, language } = view;
  const t = TEXTS[language];
  const { amount_discount: discount, amount_tax: tax } = session.total_details;
  const taxText = taxIsOpen(view) ? t.taxLater : amountOf(view, tax);
  const interval = lines.find(({ price }) => price.recurring)?.price.recurring?.interval ?? 'month';
  return html`<section class="summary" aria-labelledby="summary-heading">
    <h2 id="summary-heading">${t.subscribe}</h2>
    <ul class="lines">
      ${lines.map((line) => lineItem(view, line))}
    </ul>
    <dl class="sums">
      <div>
        <dt>${t.subtotal}</dt>
        <dd>${amountOf(view, session.amount_subtotal)}</dd>
      </div>
      ${
        discount > 0 &&
        html`<div>
          <dt>${t.discount}</dt>
          <dd>−${amountOf(view, discount)}</dd>
        </div>`
      }
      ${
        session.automatic_tax.enabled &&
        html`<div>
          <dt>${t.tax}</dt>
          <dd>${taxText}</dd>
        </div>`
      }
      <div class="total">
        <dt>${t.total}</dt>
        <dd>${amountOf(view, session.amount_total)}</dd>
      </div>
    </dl>
    <p class="hint">
      ${t.then} ${amountOf(view, view.renewalTotal)} ${t.perInterval[interval]}
      ${taxIsOpen(view) && t.plusTax}
    </p>
  </section>`;
}

function lineItem(view: CheckoutView, line: CheckoutLine): Html {
  const t = TEXTS[view.language];
  const rhythm = line.price.recurring ? t.perInterval[line.price.recurring.interval] : t.once;
  return html`<li>
    <span class="name">${line.description}</span>
    <span class="amount">${amountOf(view, line.amount_subtotal)}</span>
    <span class="hint"
      >${line.quantity > 1 && html`${t.quantity} ${line.quantity} × `}${amountOf(view, line.price.unit_amount)}
      ${rhythm}</span
    >
  </li>`;
}

function form(view: CheckoutView): Html {
  const { session, language } = view;
  const t = TEXTS[language];
  const label = payLabel(view);
  return html`<form method="post" novalidate autocomplete="on">
    <button class="default-button" name="action" value="pay" tabindex="-1" aria-hidden="true">
      ${label}
    </button>
    <p class="email"><span class="hint">${t.email}</span> <span>${session.customer_details.email}</span></p>
    ${promotionCode(view)} ${methodFields(view)}
    ${session.billing_address_collection === 'required' && address(view)}
    <button class="button pay" name="action" value="pay">${label}</button>
    ${session.cancel_url && html`<a class="cancel" href="${session.cancel_url}">${t.cancel}</a>`}
  </form>`;
}

/** The sum is only promised once it is known. */
function payLabel(view: CheckoutView): string {
  const t = TEXTS[view.language];
  if (view.session.amount_total === 0) return t.payZero;
  return taxIsOpen(view) ? t.payPlusTax : t.pay(amountOf(view, view.session.amount_total));
}

function taxIsOpen({ session }: CheckoutView): boolean {
  return session.automatic_tax.enabled && session.automatic_tax.status !== 'complete';
}

function promotionCode(view: CheckoutView): Html | null {
  const t = TEXTS[view.language];
  if (!view.session.allow_promotion_codes) return null;
  if (view.appliedCode) {
    return html`<p class="code">
      <span>${t.codeApplied} <strong>${view.appliedCode}</strong></span>
      <button class="quiet" name="action" value="remove-code">${t.remove}</button>
    </p>`;
  }
  return html`<div class="code">
    ${field(view, 'promotion_code', t.promotionCode, { autocomplete: 'off' })}
    <button class="quiet" name="action" value="apply-code">${t.apply}</button>
  </div>`;
}

function address(view: CheckoutView): Html {
  const t = TEXTS[view.language];
  const names = new Intl.DisplayNames(view.language, { type: 'region' });
  const countries = ['DE', 'AT', 'CH', 'FR', 'NL', 'PL', 'GB', 'US'];
  const chosen = view.typed['country'] ?? view.session.customer_details.address?.country ?? 'DE';
  return html`<fieldset>
    <legend>${t.address}</legend>
    ${field(view, 'line1', t.line1, { autocomplete: 'address-line1' })}
    <div class="pair">
      ${field(view, 'postal_code', t.postalCode, { autocomplete: 'postal-code' })}
      ${field(view, 'city', t.city, { autocomplete: 'address-level2' })}
    </div>
    <div class="field">
      <label for="country">${t.country}</label>
      <select id="country" name="country" autocomplete="country">
        ${countries.map(
          (code) => html`<option value="${code}" ${code === chosen && 'selected'}>${names.of(code)}</option>`,
        )}
      </select>
    </div>
    ${view.session.tax_id_collection.enabled && field(view, 'tax_id', t.taxId, { autocomplete: 'off' })}
  </fieldset>`;
}

function amountOf({ language, session }: CheckoutView, amount: number): string {
  return money(language, session.currency, amount);
}
