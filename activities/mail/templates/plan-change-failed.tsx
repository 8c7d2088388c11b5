import { formatMoney } from '../../../schemas/money.ts';
import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your plan was not changed: ${plan}`,
    preview: 'Everything is as before.',
    heading: 'Your plan was not changed',
    declined: (plan: string) =>
      `Your bank declined the payment for the change of plan. Your plan is still ${plan}, at the same price, and nothing was charged.`,
    failed: (plan: string) =>
      `The change of plan did not work. Your plan is still ${plan}, at the same price, and your server is as it was.`,
    refunded: (amount: string) => `The ${amount} that we had charged for it go back the way they came.`,
    again: 'Use another card or check it with your bank, then change the plan again.',
    help: 'You can try again on the page of your order. If it fails once more, write to us:',
    open: 'Open your order',
  },
  de: {
    subject: (plan) => `Ihr Tarif wurde nicht gewechselt: ${plan}`,
    preview: 'Alles ist wie bisher.',
    heading: 'Ihr Tarif wurde nicht gewechselt',
    declined: (plan) =>
      `Ihre Bank hat die Zahlung für den Tarifwechsel abgelehnt. Ihr Tarif ist weiterhin ${plan}, zum selben Preis, und es wurde nichts abgebucht.`,
    failed: (plan) =>
      `Der Tarifwechsel hat nicht geklappt. Ihr Tarif ist weiterhin ${plan}, zum selben Preis, und Ihr Server ist wie zuvor.`,
    refunded: (amount) =>
      `Die dafür bereits abgebuchten ${amount} erstatten wir auf demselben Weg, auf dem sie kamen.`,
    again: 'Nehmen Sie eine andere Karte oder klären Sie es mit Ihrer Bank, und wechseln Sie dann erneut.',
    help: 'Auf der Seite Ihrer Bestellung können Sie es erneut versuchen. Klappt es wieder nicht, schreiben Sie uns:',
    open: 'Bestellung öffnen',
  },
});

export const planChangeFailed: Template<'plan-change-failed'> = (
  { planName, orderUrl, currency, isDeclined, refundedMinor },
  { language, brand },
) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{isDeclined ? texts.declined(planName) : texts.failed(planName)}</Paragraph>
        {refundedMinor > 0 && (
          <Paragraph>{texts.refunded(formatMoney(refundedMinor, currency, language))}</Paragraph>
        )}
        <Action href={orderUrl} label={texts.open} />
        <Small>{isDeclined ? texts.again : `${texts.help} ${brand.supportEmail}`}</Small>
      </>
    ),
  };
};
