import { apology, type ApologyTexts } from './apology.tsx';
import { type Template, bilingual } from './letter.ts';

const TEXTS = bilingual<ApologyTexts>({
  en: {
    subject: (plan) => `Your server is not available: ${plan}`,
    preview: 'It is gone at our data centre; our staff are looking for it.',
    heading: 'Your server is not available',
    sorry: (plan) =>
      `We are sorry: a server of yours (${plan}) is no longer there at our data centre. That should not happen.`,
    promise:
      'Our staff have been told and look for it and its data. If it cannot be brought back, it is set up anew, from the newest backup that we have or else empty, and we write to you.',
    view: 'View your order',
    ask: 'Questions, or a backup that you want to bring in? Write to',
  },
  de: {
    subject: (plan) => `Ihr Server ist nicht verfügbar: ${plan}`,
    preview: 'Er ist in unserem Rechenzentrum nicht mehr vorhanden; unser Team sucht ihn.',
    heading: 'Ihr Server ist nicht verfügbar',
    sorry: (plan) =>
      `Es tut uns leid: Ein Server von Ihnen (${plan}) ist in unserem Rechenzentrum nicht mehr vorhanden. Das sollte nicht geschehen.`,
    promise:
      'Unser Team ist informiert und sucht ihn und seine Daten. Lässt er sich nicht zurückholen, wird er neu eingerichtet, aus unserer neuesten Sicherung oder sonst leer, und wir schreiben Ihnen.',
    view: 'Bestellung ansehen',
    ask: 'Haben Sie Fragen oder eine eigene Sicherung, die eingespielt werden soll? Schreiben Sie an',
  },
});

export const serverMissing: Template<'server-missing'> = (contents, reader) =>
  apology(TEXTS[reader.language], contents, reader);
