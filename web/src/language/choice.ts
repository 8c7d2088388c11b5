import type { Language } from '../../../schemas/language.ts';

const STORAGE_KEY = 'tenure-language';

function asLanguage(text: string | null): Language | null {
  return text === 'en' || text === 'de' ? text : null;
}

/** Keeps the reader's choice for the next visit; a browser that blocks storage only forgets it. */
export function rememberLanguage(language: Language): void {
  try {
    window.localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage is blocked: the address or the browser's languages decide next time.
  }
}

function rememberedLanguage(): Language | null {
  try {
    return asLanguage(window.localStorage.getItem(STORAGE_KEY));
  } catch {
    return null;
  }
}

/**
 * The language to start with: `?lang=` of the address (mails link so), else the last choice, else the first of the
 * browser's languages that we speak, else English.
 */
export function startLanguage(): Language {
  const wanted = asLanguage(new URLSearchParams(window.location.search).get('lang'));
  if (wanted) {
    rememberLanguage(wanted);
    return wanted;
  }
  const spoken = navigator.languages.map((tag) => asLanguage(tag.slice(0, 2).toLowerCase()));
  return rememberedLanguage() ?? spoken.find((language) => language !== null) ?? 'en';
}
