import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph, QuietAction, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your credentials are waiting for you: ${plan}`,
    preview: 'The link to them expires soon.',
    heading: 'Your credentials are waiting for you',
    intro: (plan: string) => `Your server (${plan}) is running, but you have not opened its credentials yet.`,
    reveal: (ordinal: number, count: number) =>
      count === 1 ? 'Show the credentials' : `Show the credentials of server ${ordinal}`,
    expires:
      'A link works only once and expires soon. If it no longer works, write to us and we send you new credentials.',
    order: 'Open your order',
  },
  de: {
    subject: (plan) => `Ihre Zugangsdaten liegen bereit: ${plan}`,
    preview: 'Der Link dazu läuft bald ab.',
    heading: 'Ihre Zugangsdaten liegen bereit',
    intro: (plan) => `Ihr Server (${plan}) läuft, aber Sie haben die Zugangsdaten noch nicht abgerufen.`,
    reveal: (ordinal, count) =>
      count === 1 ? 'Zugangsdaten anzeigen' : `Zugangsdaten von Server ${ordinal} anzeigen`,
    expires:
      'Ein Link funktioniert nur einmal und läuft bald ab. Wenn er nicht mehr funktioniert, schreiben Sie uns; Sie erhalten dann neue Zugangsdaten.',
    order: 'Bestellung öffnen',
  },
});

export const credentialsReminder: Template<'credentials-reminder'> = (contents, { language }) => {
  const texts = TEXTS[language];
  const { planName, orderUrl, credentialsUrls } = contents;
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        {credentialsUrls.map((url, index) => (
          <Action key={url} href={url} label={texts.reveal(index + 1, credentialsUrls.length)} />
        ))}
        <Small>{texts.expires}</Small>
        <QuietAction href={orderUrl} label={texts.order} />
      </>
    ),
  };
};
