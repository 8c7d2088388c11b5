import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your server needs a little longer: ${plan}`,
    preview: 'We are on it and write to you when it is ready.',
    heading: 'Your server needs a little longer',
    intro: (plan: string) =>
      `Setting up your server (${plan}) takes longer than usual. We are on it, and write to you as soon as it is ready.`,
    follow: 'Follow your order',
    nothingToDo: 'There is nothing you need to do. You are charged only once, however long it takes.',
  },
  de: {
    subject: (plan) => `Ihr Server braucht noch etwas Zeit: ${plan}`,
    preview: 'Wir sind dran und schreiben Ihnen, wenn er bereit ist.',
    heading: 'Ihr Server braucht noch etwas Zeit',
    intro: (plan) =>
      `Die Einrichtung Ihres Servers (${plan}) dauert länger als üblich. Wir sind dran und schreiben Ihnen, sobald er bereit ist.`,
    follow: 'Bestellung verfolgen',
    nothingToDo: 'Sie müssen nichts tun. Berechnet wird nur einmal, gleich wie lange es dauert.',
  },
});

export const provisioningDelayed: Template<'provisioning-delayed'> = (
  { planName, orderUrl },
  { language },
) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        <Action href={orderUrl} label={texts.follow} />
        <Small>{texts.nothingToDo}</Small>
      </>
    ),
  };
};
