import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your server is running again: ${plan}`,
    preview: 'You can sign in as before.',
    heading: 'Your server is running again',
    intro: (plan: string) => `We have started your server (${plan}) again. Your data is unchanged.`,
    open: 'Open your order',
    signIn: 'You can sign in as before, with the same credentials.',
  },
  de: {
    subject: (plan) => `Ihr Server läuft wieder: ${plan}`,
    preview: 'Sie können sich wie gewohnt anmelden.',
    heading: 'Ihr Server läuft wieder',
    intro: (plan) => `Wir haben Ihren Server (${plan}) wieder gestartet. Ihre Daten sind unverändert.`,
    open: 'Bestellung öffnen',
    signIn: 'Sie können sich wie gewohnt mit Ihren bisherigen Zugangsdaten anmelden.',
  },
});

export const resumed: Template<'resumed'> = ({ planName, orderUrl }, { language }) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        <Paragraph>{texts.signIn}</Paragraph>
        <Action href={orderUrl} label={texts.open} />
      </>
    ),
  };
};
