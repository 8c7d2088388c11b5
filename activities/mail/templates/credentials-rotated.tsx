import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph, PlainLink, QuietAction, Small, Warning } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your new credentials: ${plan}`,
    preview: 'The previous password no longer works.',
    heading: 'Your new credentials',
    intro: (plan: string) => `Your server (${plan}) has a new password. The previous one no longer works.`,
    reveal: (ordinal: number, count: number) =>
      count === 1 ? 'Show the new credentials' : `Show the new credentials of server ${ordinal}`,
    onceUntil: (instant: string) => `A link works only once, until ${instant}.`,
    notYou: 'You did not ask for this? Then write to us at once:',
    order: 'Open your order',
  },
  de: {
    subject: (plan) => `Ihre neuen Zugangsdaten: ${plan}`,
    preview: 'Das bisherige Passwort gilt nicht mehr.',
    heading: 'Ihre neuen Zugangsdaten',
    intro: (plan) => `Ihr Server (${plan}) hat ein neues Passwort. Das bisherige gilt nicht mehr.`,
    reveal: (ordinal, count) =>
      count === 1 ? 'Neue Zugangsdaten anzeigen' : `Neue Zugangsdaten von Server ${ordinal} anzeigen`,
    onceUntil: (instant) => `Ein Link funktioniert nur einmal, bis ${instant}.`,
    notYou: 'Sie haben das nicht veranlasst? Dann schreiben Sie uns bitte sofort:',
    order: 'Bestellung öffnen',
  },
});

export const credentialsRotated: Template<'credentials-rotated'> = (
  contents,
  { language, brand, instant },
) => {
  const texts = TEXTS[language];
  const { planName, orderUrl, credentialsUrls, credentialsExpireAt } = contents;
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
        <Small>{texts.onceUntil(instant(credentialsExpireAt))}</Small>
        <Warning>
          {texts.notYou} <PlainLink href={`mailto:${brand.supportEmail}`}>{brand.supportEmail}</PlainLink>
        </Warning>
        <QuietAction href={orderUrl} label={texts.order} />
      </>
    ),
  };
};
