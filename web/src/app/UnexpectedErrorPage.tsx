import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { MessagePage } from './MessagePage.tsx';

/** A page broke. Nothing was ordered or changed by that; loading anew usually helps. */
export function UnexpectedErrorPage() {
  const { t } = useTranslation();
  return (
    <MessagePage title={t('app.brokenTitle')} text={t('app.brokenText')}>
      <Button leftSection={<IconRefresh size={18} aria-hidden />} onClick={() => window.location.reload()}>
        {t('app.reload')}
      </Button>
      <Button component="a" href="/" variant="default">
        {t('app.toShop')}
      </Button>
    </MessagePage>
  );
}
