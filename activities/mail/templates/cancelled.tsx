import { type Template, bilingual } from './letter.ts';
import { Action, Facts, Paragraph, PlainLink, Small, Warning } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your cancellation is confirmed: ${plan}`,
    preview: 'Please save your data in time.',
    heading: 'Your cancellation is confirmed',
    intro: (plan: string) =>
      `We have received your cancellation. These dates apply to your server (${plan}):`,
    serviceEnds: 'Service ends',
    deletion: 'Data will be deleted',
    save: 'Please save everything you still need while the server is running. When the service has ended, it is stopped; we keep its data until the second date.',
    open: 'Open your order',
    changedMind: 'You need your data after the end, or want to stay? Write to us before it is deleted:',
    unpaid: {
      subject: (plan: string) => `Your service has ended: ${plan}`,
      preview: 'Pay to have everything back before the data is deleted.',
      heading: 'Your service has ended',
      intro: (plan: string) =>
        `The payment for your server (${plan}) is still outstanding, so we have ended the service. Your data is still there.`,
      warning: (instant: string) =>
        `Pay before ${instant}, and we switch everything on again. After that we delete the server and its data.`,
      pay: 'Pay and continue',
    },
  },
  de: {
    subject: (plan) => `Ihre Kündigung ist bestätigt: ${plan}`,
    preview: 'Bitte sichern Sie rechtzeitig Ihre Daten.',
    heading: 'Ihre Kündigung ist bestätigt',
    intro: (plan) => `Wir haben Ihre Kündigung erhalten. Für Ihren Server (${plan}) gelten diese Termine:`,
    serviceEnds: 'Leistungsende',
    deletion: 'Löschung der Daten',
    save: 'Bitte sichern Sie alles, was Sie noch brauchen, solange der Server läuft. Mit dem Leistungsende wird er angehalten; seine Daten bewahren wir bis zum zweiten Termin auf.',
    open: 'Bestellung öffnen',
    changedMind:
      'Sie brauchen Ihre Daten nach dem Leistungsende oder möchten doch bleiben? Schreiben Sie uns vor der Löschung:',
    unpaid: {
      subject: (plan) => `Ihr Dienst ist beendet: ${plan}`,
      preview: 'Mit der Zahlung bekommen Sie alles zurück, solange die Daten da sind.',
      heading: 'Ihr Dienst ist beendet',
      intro: (plan) =>
        `Die Zahlung für Ihren Server (${plan}) ist noch offen, daher haben wir den Dienst beendet. Ihre Daten sind noch vorhanden.`,
      warning: (instant) =>
        `Bezahlen Sie vor dem ${instant}, dann schalten wir alles wieder ein. Danach löschen wir den Server mit allen Daten.`,
      pay: 'Bezahlen und fortsetzen',
    },
  },
});

export const cancelled: Template<'cancelled'> = (contents, { language, brand, instant }) => {
  const texts = TEXTS[language];
  const { planName, orderUrl, serviceEndsAt, deleteAt, unpaid } = contents;
  const dates = (
    <Facts
      facts={[
        { label: texts.serviceEnds, value: instant(serviceEndsAt) },
        { label: texts.deletion, value: instant(deleteAt) },
      ]}
    />
  );
  if (unpaid) {
    return {
      subject: texts.unpaid.subject(planName),
      preview: texts.unpaid.preview,
      heading: texts.unpaid.heading,
      body: (
        <>
          <Paragraph>{texts.unpaid.intro(planName)}</Paragraph>
          {dates}
          <Warning>{texts.unpaid.warning(instant(deleteAt))}</Warning>
          <Action href={orderUrl} label={texts.unpaid.pay} />
        </>
      ),
    };
  }
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        {dates}
        <Paragraph>{texts.save}</Paragraph>
        <Action href={orderUrl} label={texts.open} />
        <Small>
          {texts.changedMind}{' '}
          <PlainLink href={`mailto:${brand.supportEmail}`}>{brand.supportEmail}</PlainLink>
        </Small>
      </>
    ),
  };
};
