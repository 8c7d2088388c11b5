import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { MessagePage } from '../app/MessagePage.tsx';
import { describeError } from './describe-error.ts';

/** Stands in a page's place when its data could not be loaded; offers to try again. */
export function ProblemPage({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const { t } = useTranslation();
  const { title, text } = describeError(error, t);
  return (
    <MessagePage title={title} text={text}>
      <Button leftSection={<IconRefresh size={18} aria-hidden />} onClick={onRetry}>
        {t('app.tryAgain')}
      </Button>
    </MessagePage>
  );
}
