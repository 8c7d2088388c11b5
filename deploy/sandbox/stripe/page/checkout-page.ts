import type { CheckoutLine, Session } from '../objects/checkout-session.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import { PROBLEMS, TEXTS, type PageLanguage, type Problem } from './texts.ts';

/** What the page shows. */
export interface CheckoutView {
  language: PageLanguage;
  session: Readonly<Session>;
  lines: readonly CheckoutLine[];
  /** Each later period, minor units. */
  renewalTotal: number;
  /** The promotion code in force, as its owner calls it. */
  appliedCode: string | null;
  problems: Problem[];
  /** What was typed before, by field name; never card numbers or security codes. */
  typed: Record<string, string>;
}

/** Which field a problem belongs to; the others are told at the top only. */
const FIELD_OF: Partial<Record<Problem, string>> = {
  'number-invalid': 'card_number',
  'number-not-a-test-card': 'card_number',
  'expiry-invalid': 'card_expiry',
  'expiry-past': 'card_expiry',
  'cvc-invalid': 'card_cvc',
  'iban-invalid': 'iban',
  'iban-not-a-test-account': 'iban',
  'code-invalid': 'promotion_code',
  'address-missing': 'line1',
};

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
  const taxText = taxIsOpen(view) ? t.taxLater : money(view, tax);
  const interval = lines.find(({ price }) => price.recurring)?.price.recurring?.interval ?? 'month';
  return html`<section class="summary" aria-labelledby="summary-heading">
    <h2 id="summary-heading">${t.subscribe}</h2>
    <ul class="lines">
      ${lines.map((line) => lineItem(view, line))}
    </ul>
    <dl class="sums">
      <div>
        <dt>${t.subtotal}</dt>
        <dd>${money(view, session.amount_subtotal)}</dd>
      </div>
      ${
        discount > 0 &&
        html`<div>
          <dt>${t.discount}</dt>
          <dd>−${money(view, discount)}</dd>
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
        <dd>${money(view, session.amount_total)}</dd>
      </div>
    </dl>
    <p class="hint">
      ${t.then} ${money(view, view.renewalTotal)} ${t.perInterval[interval]} ${taxIsOpen(view) && t.plusTax}
    </p>
  </section>`;
}

function lineItem(view: CheckoutView, line: CheckoutLine): Html {
  const t = TEXTS[view.language];
  const rhythm = line.price.recurring ? t.perInterval[line.price.recurring.interval] : t.once;
  return html`<li>
    <span class="name">${line.description}</span>
    <span class="amount">${money(view, line.amount_subtotal)}</span>
    <span class="hint"
      >${line.quantity > 1 && html`${t.quantity} ${line.quantity} × `}${money(view, line.price.unit_amount)}
      ${rhythm}</span
    >
  </li>`;
}

function problemBox({ language, problems }: CheckoutView): Html | null {
  if (problems.length === 0) return null;
  return html`<div class="problems" role="alert">
    <p>
      <strong>${TEXTS[language].errorHeading}</strong>
    </p>
    <ul>
      ${problems.map((problem) => html`<li>${PROBLEMS[language][problem]}</li>`)}
    </ul>
  </div>`;
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
    ${promotionCode(view)} ${methods(view)}
    ${session.billing_address_collection === 'required' && address(view)}
    <button class="button pay" name="action" value="pay">${label}</button>
    ${session.cancel_url && html`<a class="cancel" href="${session.cancel_url}">${t.cancel}</a>`}
  </form>`;
}

/** The sum is only promised once it is known. */
function payLabel(view: CheckoutView): string {
  const t = TEXTS[view.language];
  if (view.session.amount_total === 0) return t.payZero;
  return taxIsOpen(view) ? t.payPlusTax : t.pay(money(view, view.session.amount_total));
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

function methods(view: CheckoutView): Html {
  const t = TEXTS[view.language];
  const types = view.session.payment_method_types;
  const chosen = types.find((type) => type === view.typed['method']) ?? types[0];
  return html`<fieldset class="methods">
    <legend>${t.method}</legend>
    <div class="tabs">
      ${types.map(
        (type) =>
          html`<label
            ><input type="radio" name="method" value="${type}" ${type === chosen && 'checked'} /><span
              >${t[type]}</span
            ></label
          >`,
      )}
    </div>
    ${
      types.includes('card') &&
      html`<div class="panel panel-card">
        ${field(view, 'card_number', t.cardNumber, {
          autocomplete: 'cc-number',
          inputmode: 'numeric',
          placeholder: '4242 4242 4242 4242',
        })}
        <div class="pair">
          ${field(view, 'card_expiry', t.expiry, { autocomplete: 'cc-exp', inputmode: 'numeric', placeholder: '12/34' })}
          ${field(view, 'card_cvc', t.cvc, { autocomplete: 'cc-csc', inputmode: 'numeric', placeholder: '123' })}
        </div>
        ${field(view, 'card_name', t.cardName, { autocomplete: 'cc-name' })}
      </div>`
    }
    ${
      types.includes('sepa_debit') &&
      html`<div class="panel panel-sepa_debit">
        ${field(view, 'iban', t.iban, { autocomplete: 'off', placeholder: 'DE89 3704 0044 0532 0130 00' })}
        ${field(view, 'account_name', t.accountName, { autocomplete: 'name' })}
        <p class="hint">${t.mandate}</p>
      </div>`
    }
  </fieldset>`;
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

interface FieldHints {
  autocomplete: string;
  inputmode?: string;
  placeholder?: string;
}

function field(view: CheckoutView, name: string, label: string, hints: FieldHints): Html {
  const problem = view.problems.find((candidate) => fieldOf(view, candidate) === name);
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${view.typed[name] ?? ''}"
      autocomplete="${hints.autocomplete}"
      inputmode="${hints.inputmode ?? 'text'}"
      placeholder="${hints.placeholder ?? ''}"
      aria-invalid="${problem ? 'true' : 'false'}"
      ${problem && html`aria-describedby="${name}-problem"`}
    />
    ${problem && html`<p class="problem" id="${name}-problem">${PROBLEMS[view.language][problem]}</p>`}
  </div>`;
}

function fieldOf(view: CheckoutView, problem: Problem): string | undefined {
  if (problem !== 'name-missing') return FIELD_OF[problem];
  return view.typed['method'] === 'sepa_debit' ? 'account_name' : 'card_name';
}

function testData(view: CheckoutView): Html {
  const t = TEXTS[view.language];
  const cards = [
    ['4242 4242 4242 4242', t.works],
    ['4000 0025 0000 3155', t.threeDs],
    ['4000 0000 0000 0002', t.declined],
    ['4000 0000 0000 9995', t.noFunds],
    ['4000 0000 0000 0341', t.laterDecline],
  ];
  const accounts = [
    ['DE89 3704 0044 0532 0130 00', t.debitWorks],
    ['DE62 3704 0044 0532 0130 01', t.debitFails],
  ];
  const shown = view.session.payment_method_types.includes('sepa_debit') ? [...cards, ...accounts] : cards;
  return html`<details class="test-data">
    <summary>${t.testData}</summary>
    <p>${t.testExpiry}</p>
    <ul>
      ${shown.map(([number, effect]) => html`<li><code>${number}</code> ${effect}</li>`)}
    </ul>
  </details>`;
}

/** Minor units as the reader writes money. */
export function money(
  { language, session }: Pick<CheckoutView, 'language' | 'session'>,
  amount: number,
): string {
  return new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-US', {
    style: 'currency',
    currency: session.currency,
  }).format(amount / 100);
}
