import { SegmentedControl, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Language } from '../../../schemas/language.ts';
import { switchLanguage } from '../language/i18n.ts';
import { useLanguage } from '../language/use-language.ts';

/** English or German; the choice sticks, and a `?lang=` that said otherwise leaves the address. */
export function LanguageSwitch() {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const [query, setQuery] = useSearchParams();

  const choose = (wanted: Language): void => {
    void switchLanguage(wanted);
    if (query.has('lang')) {
      query.delete('lang');
      setQuery(query, { replace: true });
    }
  };

  return (
    <SegmentedControl<Language>
      aria-label={t('app.language')}
      size="xs"
      value={language}
      onChange={choose}
      data={[
        { value: 'en', label: <Choice short="EN" long="English" lang="en" /> },
        { value: 'de', label: <Choice short="DE" long="Deutsch" lang="de" /> },
      ]}
    />
  );
}

/** Two letters to see, the whole name to hear. */
function Choice({ short, long, lang }: { short: string; long: string; lang: string }) {
  return (
    <>
      <span aria-hidden>{short}</span>
      <VisuallyHidden lang={lang}>{long}</VisuallyHidden>
    </>
  );
}
