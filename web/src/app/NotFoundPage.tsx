import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { MessagePage } from './MessagePage.tsx';

/** No page stands at this address. */
export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <MessagePage title={t('app.notFoundTitle')} text={t('app.notFoundText')}>
      <Button component={Link} to="/">
        {t('app.toShop')}
      </Button>
    </MessagePage>
  );
}
