import { formatMoney } from '../../../schemas/money.ts';
import { type Template, bilingual } from './letter.ts';
import { Facts, Paragraph, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `We have refunded your payment: ${plan}`,
    preview: 'The money is on its way.',
    heading: 'We have refunded your payment',
    intro: (plan: string) => `We have refunded your payment for ${plan}, the way it was made.`,
    lateIntro: (plan: string) =>
      `Your payment for ${plan} arrived after everything had ended, so we have refunded it, the way it was made.`,
    plan: 'Plan',
    amount: 'Amount',
    wait: 'Depending on your bank, it takes 5 to 10 working days to arrive. There is nothing you need to do.',
  },
  de: {
    subject: (plan) => `Wir haben Ihre Zahlung erstattet: ${plan}`,
    preview: 'Das Geld ist unterwegs.',
    heading: 'Wir haben Ihre Zahlung erstattet',
    intro: (plan) => `Wir haben Ihre Zahlung für ${plan} auf demselben Weg erstattet, auf dem sie einging.`,
    lateIntro: (plan) =>
      `Ihre Zahlung für ${plan} ging ein, als alles schon beendet war. Wir haben sie deshalb auf demselben Weg erstattet.`,
    plan: 'Tarif',
    amount: 'Betrag',
    wait: 'Bis zur Gutschrift vergehen je nach Bank 5 bis 10 Werktage. Sie müssen nichts tun.',
  },
});

export const refunded: Template<'refunded'> = ({ planName, amountMinor, currency, late }, { language }) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{late ? texts.lateIntro(planName) : texts.intro(planName)}</Paragraph>
        <Facts
          facts={[
            { label: texts.plan, value: planName },
            { label: texts.amount, value: formatMoney(amountMinor, currency, language) },
          ]}
        />
        <Small>{texts.wait}</Small>
      </>
    ),
  };
};
