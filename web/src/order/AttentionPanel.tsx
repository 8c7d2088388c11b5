import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { ProblemAlert } from '../components/ProblemAlert.tsx';
import { useLanguage } from '../language/use-language.ts';
import { Accepted } from './Accepted.tsx';
import { useOrderAction } from './use-order-action.ts';

interface Props {
  token: string;
  order: OrderView;
  attention: NonNullable<OrderView['attention']>;
}

/** Something needs a decision: says what happened and offers what can be done. */
export function AttentionPanel({ token, order, attention }: Props) {
  const { t } = useTranslation();
  const { local } = useLanguage();
  const retry = useOrderAction(token, order, 'retry');
  const refund = useOrderAction(token, order, 'refund');
  const [askRefund, setAskRefund] = useState(false);

  return (
    <Stack gap="md">
      <Text size="lg" maw="44rem">
        {local(attention.message)}
      </Text>
      {retry.error && <ProblemAlert error={retry.error} />}
      {(retry.underWay || refund.underWay) && <Accepted />}
      {attention.options.length > 0 && (
        <Group>
          {attention.options.includes('retry') && (
            <Button
              loading={retry.isPending || retry.underWay}
              disabled={refund.underWay}
              onClick={() => retry.mutate({})}
            >
              {t('order.retry')}
            </Button>
          )}
          {attention.options.includes('refund') && (
            <Button
              variant="default"
              disabled={retry.underWay || refund.underWay}
              onClick={() => setAskRefund(true)}
            >
              {t('order.refund')}
            </Button>
          )}
        </Group>
      )}
      <ConfirmDialog
        opened={askRefund}
        onClose={() => setAskRefund(false)}
        title={t('order.refundTitle')}
        confirmLabel={t('order.refundConfirm')}
        action={refund}
        onConfirm={() => refund.mutate({}, { onSuccess: () => setAskRefund(false) })}
      >
        <Text>{t('order.refundText')}</Text>
      </ConfirmDialog>
    </Stack>
  );
}
