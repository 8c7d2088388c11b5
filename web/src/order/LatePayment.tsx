import { Button, Group, Stack, Text } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { payOrder } from '../api/client.ts';
import { ProblemAlert } from '../components/ProblemAlert.tsx';
import { latePaymentOf, rememberPaymentVisit, visitedPayment } from './payment-visit.ts';
import { orderKey } from './use-order.ts';

/** The way to pay what is overdue, on the payment provider's page. */
export function LatePayment({ token, order }: { token: string; order: OrderView }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const purpose = latePaymentOf(token, order);
  const again = visitedPayment(purpose);
  const pay = useMutation({
    mutationFn: () => payOrder(token),
    onSuccess: ({ url }) => {
      rememberPaymentVisit(purpose);
      window.location.assign(url);
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: orderKey(token) }),
  });

  return (
    <Stack gap="sm">
      {again && <Text fw={550}>{t('order.latePayment.confirming')}</Text>}
      {pay.error && <ProblemAlert error={pay.error} />}
      <Group>
        <Button
          size="md"
          variant={again ? 'default' : 'filled'}
          rightSection={<IconArrowRight size={18} aria-hidden />}
          loading={pay.isPending}
          onClick={() => pay.mutate()}
        >
          {again ? t('order.latePayment.again') : t('order.latePayment.button')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" maw="44rem">
        {t('order.latePayment.hint')}
      </Text>
    </Stack>
  );
}
