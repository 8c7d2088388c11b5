import { useTranslation } from 'react-i18next';
import type { Language, LocalizedText } from '../../../schemas/language.ts';

/** The language in use, and the reader of texts that the catalogue and the API bring in all languages. */
export function useLanguage(): { language: Language; local: (text: LocalizedText) => string } {
  const { i18n } = useTranslation();
  const language: Language = i18n.language === 'de' ? 'de' : 'en';
  return { language, local: (text) => text[language] };
}
