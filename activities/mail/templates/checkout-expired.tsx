import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your order was not completed: ${plan}`,
    preview: 'Nothing has been charged.',
    heading: 'Your order was not completed',
    intro: (plan: string) =>
      `You ordered ${plan}, but the payment did not go through, so we have closed the order.`,
    again: 'Order again',
    noCharge: 'Nothing has been charged and no server was set up.',
  },
  de: {
    subject: (plan) => `Ihre Bestellung wurde nicht abgeschlossen: ${plan}`,
    preview: 'Es wurde nichts berechnet.',
    heading: 'Ihre Bestellung wurde nicht abgeschlossen',
    intro: (plan) =>
      `Sie haben ${plan} bestellt. Die Zahlung ist nicht zustande gekommen, daher haben wir die Bestellung geschlossen.`,
    again: 'Erneut bestellen',
    noCharge: 'Es wurde nichts berechnet und kein Server eingerichtet.',
  },
});

export const checkoutExpired: Template<'checkout-expired'> = ({ planName, shopUrl }, { language }) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        <Action href={shopUrl} label={texts.again} />
        <Small>{texts.noCharge}</Small>
      </>
    ),
  };
};
