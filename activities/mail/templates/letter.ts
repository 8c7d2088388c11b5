/** What a template is: from a mail's contents to a letter for one reader. */
import type { ReactNode } from 'react';
import { DateTime } from 'luxon';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { Language } from '../../../schemas/language.ts';
import type { MailContents, MailTemplate } from '../../../schemas/mail/templates.ts';

/** In whose name a mail is written. */
export interface Brand {
  name: string;
  url: string;
  supportEmail: string;
}

export interface Reader {
  language: Language;
  brand: Brand;
  /** An ISO 8601 instant as the reader writes it, in the reader's zone, which is named: "16 March 2026, 14:30 (CET)". */
  instant(iso: string): string;
}

export interface Letter {
  subject: string;
  /** The line that mail programs show beside the subject. Never anything secret. */
  preview: string;
  heading: string;
  body: ReactNode;
}

export type Template<T extends MailTemplate> = (contents: MailContents[T], reader: Reader) => Letter;

/** Texts in both languages; the German ones must have the keys and parameters of the English ones. */
export function bilingual<Texts>(texts: { en: Texts; de: NoInfer<Texts> }): Record<Language, Texts> {
  return texts;
}

const INSTANT_FORMATS: Record<Language, { locale: string; format: string }> = {
  en: { locale: 'en-GB', format: 'd LLLL yyyy, HH:mm (ZZZZ)' },
  de: { locale: 'de-DE', format: "d. LLLL yyyy, HH:mm 'Uhr' (ZZZZ)" },
};

/** @throws TenureFailure `refused`, reason `bad-instant`, rather than writing a wrong or empty date. */
export function formatInstant(iso: string, language: Language, zone: string): string {
  const { locale, format } = INSTANT_FORMATS[language];
  const instant = DateTime.fromISO(iso, { zone: 'utc' }).setZone(zone).setLocale(locale);
  if (!instant.isValid) {
    throw new TenureFailure(
      'refused',
      `A mail's date or time zone is not valid (${instant.invalidReason}).`,
      {
        reason: 'bad-instant',
        nextStep: 'Give an ISO 8601 instant and an IANA zone (TIME_ZONE).',
      },
    );
  }
  return instant.toFormat(format);
}
