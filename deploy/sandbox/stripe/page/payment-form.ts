import type { PaymentMethodType } from '../objects/checkout-session.ts';
import { html, type Html } from './html.ts';
import { PROBLEMS, TEXTS, type PageLanguage, type Problem } from './texts.ts';

/** What a form for paying shows, whatever is paid for. */
export interface PaymentForm {
  language: PageLanguage;
  methods: readonly PaymentMethodType[];
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

/** All problems, above the form. */
export function problemBox({ language, problems }: PaymentForm): Html | null {
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

/** The choice between card and account, and the fields of each. */
export function methodFields(form: PaymentForm): Html {
  const t = TEXTS[form.language];
  const { methods } = form;
  const chosen = methods.find((type) => type === form.typed['method']) ?? methods[0];
  return html`<fieldset class="methods">
    <legend>${t.method}</legend>
    <div class="tabs">
      ${methods.map(
        (type) =>
          html`<label
            ><input type="radio" name="method" value="${type}" ${type === chosen && 'checked'} /><span
              >${t[type]}</span
            ></label
          >`,
      )}
    </div>
    ${
      methods.includes('card') &&
      html`<div class="panel panel-card">
        ${field(form, 'card_number', t.cardNumber, {
          autocomplete: 'cc-number',
          inputmode: 'numeric',
          placeholder: '4242 4242 4242 4242',
        })}
        <div class="pair">
          ${field(form, 'card_expiry', t.expiry, { autocomplete: 'cc-exp', inputmode: 'numeric', placeholder: '12/34' })}
          ${field(form, 'card_cvc', t.cvc, { autocomplete: 'cc-csc', inputmode: 'numeric', placeholder: '123' })}
        </div>
        ${field(form, 'card_name', t.cardName, { autocomplete: 'cc-name' })}
      </div>`
    }
    ${
      methods.includes('sepa_debit') &&
      html`<div class="panel panel-sepa_debit">
        ${field(form, 'iban', t.iban, { autocomplete: 'off', placeholder: 'DE89 3704 0044 0532 0130 00' })}
        ${field(form, 'account_name', t.accountName, { autocomplete: 'name' })}
        <p class="hint">${t.mandate}</p>
      </div>`
    }
  </fieldset>`;
}

export interface FieldHints {
  autocomplete: string;
  inputmode?: string;
  placeholder?: string;
}

/** A text field with its label and what is wrong with it. */
export function field(form: PaymentForm, name: string, label: string, hints: FieldHints): Html {
  const problem = form.problems.find((candidate) => fieldOf(form, candidate) === name);
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${form.typed[name] ?? ''}"
      autocomplete="${hints.autocomplete}"
      inputmode="${hints.inputmode ?? 'text'}"
      placeholder="${hints.placeholder ?? ''}"
      aria-invalid="${problem ? 'true' : 'false'}"
      ${problem && html`aria-describedby="${name}-problem"`}
    />
    ${problem && html`<p class="problem" id="${name}-problem">${PROBLEMS[form.language][problem]}</p>`}
  </div>`;
}

function fieldOf(form: PaymentForm, problem: Problem): string | undefined {
  if (problem !== 'name-missing') return FIELD_OF[problem];
  return form.typed['method'] === 'sepa_debit' ? 'account_name' : 'card_name';
}

/** The cards and accounts that may be typed. */
export function testData({ language, methods }: PaymentForm): Html {
  const t = TEXTS[language];
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
  const shown = methods.includes('sepa_debit') ? [...cards, ...accounts] : cards;
  return html`<details class="test-data">
    <summary>${t.testData}</summary>
    <p>${t.testExpiry}</p>
    <ul>
      ${shown.map(([number, effect]) => html`<li><code>${number}</code> ${effect}</li>`)}
    </ul>
  </details>`;
}

/** Minor units as the reader writes money. */
export function money(language: PageLanguage, currency: string, amount: number): string {
  return new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-US', {
    style: 'currency',
    currency,
  }).format(amount / 100);
}
