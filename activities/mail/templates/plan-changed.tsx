import { formatMoney } from '../../../schemas/money.ts';
import { type Template, bilingual } from './letter.ts';
import { Action, Facts, Paragraph, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your plan is now ${plan}`,
    preview: 'Your server has its new size.',
    heading: 'Your plan is changed',
    intro: (plan: string) =>
      `Your plan is now ${plan}. We have resized your server, signed in to it, and everything works.`,
    plan: 'Plan',
    price: 'Price',
    rhythm: { month: (amount: string) => `${amount} a month`, year: (amount: string) => `${amount} a year` },
    charged: 'Charged now',
    chargedWhy: 'That is the difference for the rest of the period you had paid for.',
    unchanged: 'Your data, addresses and credentials are as before. The server was restarted for the change.',
    open: 'Open your order',
  },
  de: {
    subject: (plan) => `Ihr Tarif ist jetzt ${plan}`,
    preview: 'Ihr Server hat seine neue Größe.',
    heading: 'Ihr Tarif ist gewechselt',
    intro: (plan) =>
      `Ihr Tarif ist jetzt ${plan}. Wir haben Ihren Server umgestellt und uns angemeldet: Alles funktioniert.`,
    plan: 'Tarif',
    price: 'Preis',
    rhythm: { month: (amount) => `${amount} im Monat`, year: (amount) => `${amount} im Jahr` },
    charged: 'Jetzt abgebucht',
    chargedWhy: 'Das ist die Differenz für den Rest des bereits bezahlten Zeitraums.',
    unchanged:
      'Ihre Daten, Adressen und Zugangsdaten sind wie bisher. Für den Wechsel wurde der Server neu gestartet.',
    open: 'Bestellung öffnen',
  },
});

export const planChanged: Template<'plan-changed'> = (
  { planName, orderUrl, interval, currency, amountMinor, chargedMinor },
  { language },
) => {
  const texts = TEXTS[language];
  const charged = { label: texts.charged, value: formatMoney(chargedMinor, currency, language) };
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        <Facts
          facts={[
            { label: texts.plan, value: planName },
            {
              label: texts.price,
              value: texts.rhythm[interval](formatMoney(amountMinor, currency, language)),
            },
            ...(chargedMinor > 0 ? [charged] : []),
          ]}
        />
        {chargedMinor > 0 && <Small>{texts.chargedWhy}</Small>}
        <Small>{texts.unchanged}</Small>
        <Action href={orderUrl} label={texts.open} />
      </>
    ),
  };
};
