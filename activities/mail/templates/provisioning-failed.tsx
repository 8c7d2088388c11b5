import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph, PlainLink, Small } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `We could not set up your server: ${plan}`,
    preview: 'Our staff have been told. We try again or refund your payment.',
    heading: 'We could not set up your server',
    sorry: (plan: string) => `We are sorry: setting up your server (${plan}) has failed.`,
    promise:
      'Our staff have been told. They either try again or refund your payment, and we write to you in both cases.',
    view: 'View your order',
    refund: 'Would you rather have your money back right away? Write to',
  },
  de: {
    subject: (plan) => `Wir konnten Ihren Server nicht einrichten: ${plan}`,
    preview: 'Unser Team ist informiert. Wir versuchen es erneut oder erstatten Ihre Zahlung.',
    heading: 'Wir konnten Ihren Server nicht einrichten',
    sorry: (plan) => `Es tut uns leid: Die Einrichtung Ihres Servers (${plan}) ist fehlgeschlagen.`,
    promise:
      'Unser Team ist informiert. Es versucht die Einrichtung erneut oder erstattet Ihre Zahlung; in beiden Fällen schreiben wir Ihnen.',
    view: 'Bestellung ansehen',
    refund: 'Möchten Sie Ihr Geld lieber gleich zurück? Schreiben Sie an',
  },
});

export const provisioningFailed: Template<'provisioning-failed'> = (contents, { language, brand }) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(contents.planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.sorry(contents.planName)}</Paragraph>
        <Paragraph>{texts.promise}</Paragraph>
        <Action href={contents.orderUrl} label={texts.view} />
        <Small>
          {texts.refund} <PlainLink href={`mailto:${brand.supportEmail}`}>{brand.supportEmail}</PlainLink>
        </Small>
      </>
    ),
  };
};
