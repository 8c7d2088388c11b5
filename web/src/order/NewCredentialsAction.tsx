import { Button, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { Accepted } from './Accepted.tsx';
import { useOrderAction } from './use-order-action.ts';

/** Makes new passwords; the links to them come by mail, as at the hand-over. */
export function NewCredentialsAction({ token, order }: { token: string; order: OrderView }) {
  const { t } = useTranslation();
  const rotate = useOrderAction(token, order, 'rotate-credentials');
  const [asking, setAsking] = useState(false);
  return (
    <Stack gap="xs">
      <Text size="sm">{t('order.rotate.text')}</Text>
      {rotate.underWay && <Accepted />}
      <Button variant="default" loading={rotate.underWay} onClick={() => setAsking(true)}>
        {t('order.rotate.button')}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('order.rotate.title')}
        confirmLabel={t('order.rotate.confirm')}
        action={rotate}
        onConfirm={() => rotate.mutate({}, { onSuccess: () => setAsking(false) })}
      >
        <Text>{t('order.rotate.warning', { count: order.quantity })}</Text>
      </ConfirmDialog>
    </Stack>
  );
}
