import { type Template, bilingual } from './letter.ts';
import { Action, Facts, Paragraph, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `We have received your order: ${plan}`,
    preview: 'We write to you again when your server is ready.',
    heading: 'Thank you for your order',
    next: (quantity: number) =>
      quantity === 1
        ? 'As soon as the payment is confirmed, we set up your server, and write to you when it is ready.'
        : `As soon as the payment is confirmed, we set up your ${quantity} servers, and write to you when they are ready.`,
    plan: 'Plan',
    quantity: 'Quantity',
    follow: 'Follow your order',
    nothingToDo: 'Until then there is nothing you need to do.',
  },
  de: {
    subject: (plan) => `Ihre Bestellung ist eingegangen: ${plan}`,
    preview: 'Wir melden uns wieder, sobald Ihr Server bereit ist.',
    heading: 'Vielen Dank für Ihre Bestellung',
    next: (quantity) =>
      quantity === 1
        ? 'Sobald die Zahlung bestätigt ist, richten wir Ihren Server ein und schreiben Ihnen, wenn er bereit ist.'
        : `Sobald die Zahlung bestätigt ist, richten wir Ihre ${quantity} Server ein und schreiben Ihnen, wenn sie bereit sind.`,
    plan: 'Tarif',
    quantity: 'Anzahl',
    follow: 'Bestellung verfolgen',
    nothingToDo: 'Bis dahin müssen Sie nichts tun.',
  },
});

export const orderReceived: Template<'order-received'> = ({ planName, quantity, orderUrl }, { language }) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.next(quantity)}</Paragraph>
        <Facts
          facts={[
            { label: texts.plan, value: planName },
            { label: texts.quantity, value: String(quantity) },
          ]}
        />
        <Action href={orderUrl} label={texts.follow} />
        <Small>{texts.nothingToDo}</Small>
      </>
    ),
  };
};
