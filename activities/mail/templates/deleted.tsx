import { type Template, bilingual } from './letter.ts';
import { Action, Paragraph } from './parts.tsx';

const TEXTS = bilingual({
  en: {
    subject: (plan: string) => `Your server has been deleted: ${plan}`,
    preview: 'Nothing more is charged.',
    heading: 'Your server has been deleted',
    intro: (plan: string) =>
      `Your server (${plan}) and its data have been deleted. The subscription has ended; nothing more is charged.`,
    snapshotKept: (instant: string) =>
      `We keep a last backup (final snapshot) until ${instant}. If you still need something from it, write to us before then.`,
    partlyKept: (instant: string) =>
      `We keep a last backup (final snapshot) until ${instant}, but not of every server: not all of them were where that is possible. If you still need something from it, write to us before then.`,
    noSnapshot: 'There is no backup of it. There is nothing more you need to do.',
    write: 'Ask for the backup',
    thanks: 'Thank you for having been our customer.',
  },
  de: {
    subject: (plan) => `Ihr Server wurde gelöscht: ${plan}`,
    preview: 'Es wird nichts mehr berechnet.',
    heading: 'Ihr Server wurde gelöscht',
    intro: (plan) =>
      `Ihr Server (${plan}) und seine Daten wurden gelöscht. Der Vertrag ist beendet; es wird nichts mehr berechnet.`,
    snapshotKept: (instant) =>
      `Eine letzte Sicherung (Schlussabbild) bewahren wir bis zum ${instant} auf. Wenn Sie daraus noch etwas brauchen, schreiben Sie uns bitte vorher.`,
    partlyKept: (instant) =>
      `Eine letzte Sicherung (Schlussabbild) bewahren wir bis zum ${instant} auf, aber nicht von jedem Server: Nicht alle liefen dort, wo das möglich ist. Wenn Sie daraus noch etwas brauchen, schreiben Sie uns bitte vorher.`,
    noSnapshot: 'Eine Sicherung gibt es nicht. Sie müssen nichts weiter tun.',
    write: 'Sicherung anfordern',
    thanks: 'Vielen Dank für Ihr Vertrauen.',
  },
});

export const deleted: Template<'deleted'> = (
  { planName, snapshotKeptUntil, partly },
  { language, brand, instant },
) => {
  const texts = TEXTS[language];
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.intro(planName)}</Paragraph>
        {snapshotKeptUntil === null ? (
          <Paragraph>{texts.noSnapshot}</Paragraph>
        ) : (
          <>
            <Paragraph>
              {(partly ? texts.partlyKept : texts.snapshotKept)(instant(snapshotKeptUntil))}
            </Paragraph>
            <Action href={`mailto:${brand.supportEmail}`} label={texts.write} />
          </>
        )}
        <Paragraph>{texts.thanks}</Paragraph>
      </>
    ),
  };
};
