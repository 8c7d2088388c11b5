import { apology, type ApologyTexts } from './apology.tsx';
import { type Template, bilingual } from './letter.ts';

const TEXTS = bilingual<ApologyTexts>({
  en: {
    subject: (plan) => `We could not set up your server: ${plan}`,
    preview: 'Our staff have been told. We try again or refund your payment.',
    heading: 'We could not set up your server',
    sorry: (plan) => `We are sorry: setting up your server (${plan}) has failed.`,
    promise:
      'Our staff have been told. They either try again or refund your payment, and we write to you in both cases.',
    view: 'View your order',
    ask: 'Would you rather have your money back right away? Write to',
  },
  de: {
    subject: (plan) => `Wir konnten Ihren Server nicht einrichten: ${plan}`,
    preview: 'Unser Team ist informiert. Wir versuchen es erneut oder erstatten Ihre Zahlung.',
    heading: 'Wir konnten Ihren Server nicht einrichten',
    sorry: (plan) => `Es tut uns leid: Die Einrichtung Ihres Servers (${plan}) ist fehlgeschlagen.`,
    promise:
      'Unser Team ist informiert. Es versucht die Einrichtung erneut oder erstattet Ihre Zahlung; in beiden Fällen schreiben wir Ihnen.',
    view: 'Bestellung ansehen',
    ask: 'Möchten Sie Ihr Geld lieber gleich zurück? Schreiben Sie an',
  },
});

export const provisioningFailed: Template<'provisioning-failed'> = (contents, reader) =>
  apology(TEXTS[reader.language], contents, reader);
