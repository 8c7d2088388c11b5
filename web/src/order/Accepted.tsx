import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** An action was accepted and is being carried out; the page shows the outcome by itself. */
export function Accepted() {
  const { t } = useTranslation();
  return (
    <Text role="status" size="sm" c="var(--good)" fw={550}>
      {t('order.accepted')}
    </Text>
  );
}
