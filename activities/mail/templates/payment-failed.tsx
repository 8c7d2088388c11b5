import { type Template, bilingual } from './letter.ts';
import { Action, Facts, Paragraph, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Action needed: your payment has failed (${plan})`,
    preview: 'Please pay so that your server keeps running.',
    heading: 'Your payment has failed',
    intro: (plan: string, instant: string) =>
      `We could not collect the payment for your server (${plan}). Please pay by ${instant}; until then it keeps running.`,
    plan: 'Plan',
    payBy: 'Pay by',
    pay: 'Pay now',
    consequence:
      'After that we suspend the server. Your data stays, and the server starts again when you have paid.',
  },
  de: {
    subject: (plan) => `Bitte handeln: Ihre Zahlung ist fehlgeschlagen (${plan})`,
    preview: 'Bitte zahlen Sie, damit Ihr Server weiterläuft.',
    heading: 'Ihre Zahlung ist fehlgeschlagen',
    intro: (plan, instant) =>
      `Wir konnten die Zahlung für Ihren Server (${plan}) nicht einziehen. Bitte zahlen Sie bis zum ${instant}; bis dahin läuft er weiter.`,
    plan: 'Tarif',
    payBy: 'Zahlbar bis',
    pay: 'Jetzt bezahlen',
    consequence:
      'Danach sperren wir den Server. Ihre Daten bleiben erhalten, und der Server startet wieder, sobald Sie bezahlt haben.',
  },
});

export const paymentFailed: Template<'payment-failed'> = (
  { planName, orderUrl, suspendAt },
  { language, instant },
) => {
  const texts = TEXTS[language];
  const payBy = instant(suspendAt);
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName, payBy)}</Paragraph>
        <Facts
          facts={[
            { label: texts.plan, value: planName },
            { label: texts.payBy, value: payBy },
          ]}
        />
        <Action href={orderUrl} label={texts.pay} />
        <Small>{texts.consequence}</Small>
      </>
    ),
  };
};
