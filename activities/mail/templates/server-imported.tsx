import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph, PlainLink, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your server is looked after by us: ${plan}`,
    preview: 'Nothing changes: it runs on, with its data, address and credentials.',
    heading: 'Your server is looked after by us',
    intro: (plan: string) =>
      `From now on you find your server (${plan}) on an order page of ours: what it is doing, until when it is paid, and how to cancel it.`,
    same: 'Nothing about the server itself changes. It runs on, with its data, its address and your credentials.',
    open: 'Open your order',
    ask: 'Questions? Write to',
  },
  de: {
    subject: (plan) => `Ihr Server ist bei uns in Betreuung: ${plan}`,
    preview: 'Es ändert sich nichts: Er läuft weiter, mit Daten, Adresse und Zugangsdaten.',
    heading: 'Ihr Server ist bei uns in Betreuung',
    intro: (plan) =>
      `Ab jetzt finden Sie Ihren Server (${plan}) auf einer Bestellseite bei uns: was er gerade tut, bis wann er bezahlt ist und wie Sie kündigen.`,
    same: 'Am Server selbst ändert sich nichts. Er läuft weiter, mit seinen Daten, seiner Adresse und Ihren Zugangsdaten.',
    open: 'Bestellung öffnen',
    ask: 'Haben Sie Fragen? Schreiben Sie an',
  },
});

export const serverImported: Template<'server-imported'> = ({ planName, orderUrl }, { language, brand }) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        <Paragraph>{texts.same}</Paragraph>
        <Action href={orderUrl} label={texts.open} />
        <Small>
          {texts.ask} <PlainLink href={`mailto:${brand.supportEmail}`}>{brand.supportEmail}</PlainLink>
        </Small>
      </>
    ),
  };
};
