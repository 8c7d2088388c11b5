import type { Language } from '../../../schemas/language.ts';

/** The browser's own flavour of the page's language ("en-GB" writes days first), else the plain language. */
function localeOf(language: Language): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
}

/** "3 December 2026" in the reader's zone; takes an ISO 8601 instant. */
export function formatDay(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long' }).format(new Date(instant));
}

/** "3 December 2026 at 14:05" in the reader's zone; takes an ISO 8601 instant. */
export function formatMoment(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeStyle: 'short' }).format(
    new Date(instant),
  );
}

/** "3 Dec 2026, 14:05:09": for entries of a history. */
export function formatStamp(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'medium' }).format(
    new Date(instant),
  );
}

/** "14:05:09": for steps of one day. */
export function formatClock(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), { timeStyle: 'medium' }).format(new Date(instant));
}
