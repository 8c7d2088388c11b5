import { type Template, bilingual } from './letter.ts';
import { Action, Facts, Paragraph, QuietAction, Warning } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your server is suspended: ${plan}`,
    preview: 'Your data is still there. See what to do next.',
    heading: 'Your server is suspended',
    because: {
      payment: (plan: string) => `We have stopped your server (${plan}) because a payment is outstanding.`,
      staff: (plan: string) => `Our staff have stopped your server (${plan}).`,
    },
    dataKept: 'Your data is still there.',
    plan: 'Plan',
    deletion: 'Will be deleted',
    deadline: {
      payment: (instant: string) =>
        `Please pay before ${instant}. After that we delete the server and its data.`,
      staff: (instant: string) =>
        `Please write to us before ${instant}. After that we delete the server and its data.`,
    },
    pay: 'Pay and continue',
    write: 'Write to us',
    order: 'Open your order',
  },
  de: {
    subject: (plan) => `Ihr Server ist gesperrt: ${plan}`,
    preview: 'Ihre Daten sind noch da. So geht es weiter.',
    heading: 'Ihr Server ist gesperrt',
    because: {
      payment: (plan) => `Wir haben Ihren Server (${plan}) angehalten, weil eine Zahlung offen ist.`,
      staff: (plan) => `Unser Team hat Ihren Server (${plan}) angehalten.`,
    },
    dataKept: 'Ihre Daten sind noch vorhanden.',
    plan: 'Tarif',
    deletion: 'Löschung am',
    deadline: {
      payment: (instant) =>
        `Bitte zahlen Sie vor dem ${instant}. Danach löschen wir den Server mit allen Daten.`,
      staff: (instant) =>
        `Bitte schreiben Sie uns vor dem ${instant}. Danach löschen wir den Server mit allen Daten.`,
    },
    pay: 'Bezahlen und fortsetzen',
    write: 'Schreiben Sie uns',
    order: 'Bestellung öffnen',
  },
});

export const suspended: Template<'suspended'> = (contents, { language, brand, instant }) => {
  const texts = TEXTS[language];
  const { planName, orderUrl, reason } = contents;
  const deletion = contents.deleteAt === null ? null : instant(contents.deleteAt);
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>
          {texts.because[reason](planName)} {texts.dataKept}
        </Paragraph>
        {deletion && (
          <>
            <Facts
              facts={[
                { label: texts.plan, value: planName },
                { label: texts.deletion, value: deletion },
              ]}
            />
            <Warning>{texts.deadline[reason](deletion)}</Warning>
          </>
        )}
        {reason === 'payment' ? (
          <Action href={orderUrl} label={texts.pay} />
        ) : (
          <>
            <Action href={`mailto:${brand.supportEmail}`} label={texts.write} />
            <QuietAction href={orderUrl} label={texts.order} />
          </>
        )}
      </>
    ),
  };
};
