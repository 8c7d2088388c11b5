import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '../../../schemas/language.ts';
import { rememberLanguage, startLanguage } from './choice.ts';
import type { Dictionary } from './dictionary.ts';

/** Each dictionary is a chunk of its own: a reader loads one. */
async function loadDictionary(language: Language): Promise<Dictionary> {
  return language === 'de' ? (await import('./de/index.ts')).de : (await import('./en/index.ts')).en;
}

/** Loads the reader's language; resolves when texts can be shown. */
export async function startLanguages(): Promise<void> {
  const language = startLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await loadDictionary(language) } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
  document.documentElement.lang = language;
}

/** Switches all texts, `<html lang>` and the remembered choice. */
export async function switchLanguage(language: Language): Promise<void> {
  rememberLanguage(language);
  if (!i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', await loadDictionary(language));
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
