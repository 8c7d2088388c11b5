import { formatMoney } from '../../../schemas/money.ts';
import { type Template, bilingual } from './letter.ts';
import { Action, Facts, Paragraph, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your change of plan to ${plan} is planned`,
    preview: 'It takes effect with your next period.',
    heading: 'Your change of plan is planned',
    intro: (plan: string, instant: string) =>
      `With your next period, on ${instant}, your plan becomes ${plan}. Until then everything stays as you have paid for it.`,
    plan: 'New plan',
    price: 'New price',
    rhythm: { month: (amount: string) => `${amount} a month`, year: (amount: string) => `${amount} a year` },
    from: 'From',
    restart: 'Your server is restarted for the change; your data stays.',
    open: 'Open your order',
    undo: 'Until shortly before, you can take the change back there.',
  },
  de: {
    subject: (plan) => `Ihr Wechsel zum Tarif ${plan} ist vorgemerkt`,
    preview: 'Er gilt ab Ihrem nächsten Zeitraum.',
    heading: 'Ihr Tarifwechsel ist vorgemerkt',
    intro: (plan, instant) =>
      `Mit Ihrem nächsten Zeitraum, am ${instant}, wird Ihr Tarif ${plan}. Bis dahin bleibt alles so, wie Sie es bezahlt haben.`,
    plan: 'Neuer Tarif',
    price: 'Neuer Preis',
    rhythm: { month: (amount) => `${amount} im Monat`, year: (amount) => `${amount} im Jahr` },
    from: 'Ab',
    restart: 'Für den Wechsel wird Ihr Server neu gestartet; Ihre Daten bleiben erhalten.',
    open: 'Bestellung öffnen',
    undo: 'Bis kurz davor können Sie den Wechsel dort zurücknehmen.',
  },
});

export const planChangeScheduled: Template<'plan-change-scheduled'> = (
  { newPlanName, orderUrl, interval, currency, amountMinor, effectiveAt },
  { language, instant },
) => {
  const texts = TEXTS[language];
  const from = instant(effectiveAt);
  const price = texts.rhythm[interval](formatMoney(amountMinor, currency, language));
  return {
    subject: texts.subject(newPlanName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(newPlanName, from)}</Paragraph>
        <Facts
          facts={[
            { label: texts.plan, value: newPlanName },
            { label: texts.price, value: price },
            { label: texts.from, value: from },
          ]}
        />
        <Small>{texts.restart}</Small>
        <Action href={orderUrl} label={texts.open} />
        <Small>{texts.undo}</Small>
      </>
    ),
  };
};
