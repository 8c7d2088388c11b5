import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph, QuietAction, Small, Warning } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your server was set up anew: ${plan}`,
    preview: 'It works, and has a new address.',
    heading: 'Your server was set up anew',
    intro: (plan: string) =>
      `A server of yours (${plan}) was lost at our data centre and has been set up anew. It works, and has a new address.`,
    empty: 'The new server is empty: what was on the lost one has to be brought in from a backup of yours.',
    restored: (instant: string) =>
      `What was on it is back from our backup of ${instant}. What was changed after that is lost.`,
    ownPassword: 'Sign in with the password that you had set on it by then.',
    reveal: (ordinal: number, count: number) =>
      count === 1 ? 'Show the new credentials' : `Show the credentials of server ${ordinal}`,
    once: 'A link works only once. If it no longer works, write to us and we send you new credentials.',
    order: 'Open your order',
  },
  de: {
    subject: (plan) => `Ihr Server wurde neu eingerichtet: ${plan}`,
    preview: 'Er funktioniert und hat eine neue Adresse.',
    heading: 'Ihr Server wurde neu eingerichtet',
    intro: (plan) =>
      `Ein Server von Ihnen (${plan}) ging in unserem Rechenzentrum verloren und wurde neu eingerichtet. Er funktioniert und hat eine neue Adresse.`,
    empty:
      'Der neue Server ist leer: Was auf dem verlorenen war, muss aus einer eigenen Sicherung eingespielt werden.',
    restored: (instant) =>
      `Was auf ihm war, ist aus unserer Sicherung vom ${instant} zurück. Was danach geändert wurde, ist verloren.`,
    ownPassword: 'Melden Sie sich mit dem Passwort an, das Sie bis dahin auf ihm gesetzt hatten.',
    reveal: (ordinal, count) =>
      count === 1 ? 'Neue Zugangsdaten anzeigen' : `Zugangsdaten von Server ${ordinal} anzeigen`,
    once: 'Ein Link funktioniert nur einmal. Wenn er nicht mehr funktioniert, schreiben Sie uns; Sie erhalten dann neue Zugangsdaten.',
    order: 'Bestellung öffnen',
  },
});

export const serverRebuilt: Template<'server-rebuilt'> = (contents, { language, instant }) => {
  const texts = TEXTS[language];
  const { planName, orderUrl, credentialsUrls, backupOf } = contents;
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        <Warning>{backupOf === null ? texts.empty : texts.restored(instant(backupOf))}</Warning>
        {credentialsUrls.map((url, index) => (
          <Action key={url} href={url} label={texts.reveal(index + 1, credentialsUrls.length)} />
        ))}
        {credentialsUrls.length === 0 ? (
          <Paragraph>{texts.ownPassword}</Paragraph>
        ) : (
          <Small>{texts.once}</Small>
        )}
        <QuietAction href={orderUrl} label={texts.order} />
      </>
    ),
  };
};
