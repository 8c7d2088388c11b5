import { Button, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { formatDay } from '../format/dates.ts';
import { useLanguage } from '../language/use-language.ts';
import { Accepted } from './Accepted.tsx';
import { CancelConsequence } from './CancelConsequence.tsx';
import { momentsOf, type When } from './cancelling.ts';
import { useOrderAction } from './use-order-action.ts';

/** Cancels the order: at the end of the paid period or now, after saying what that means. */
export function CancelAction({ token, order }: { token: string; order: OrderView }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const cancel = useOrderAction(token, order, 'cancel');
  const [asking, setAsking] = useState(false);
  const moments = momentsOf(order);
  const [chosen, setChosen] = useState<When>('period-end');
  const when: When = moments.includes(chosen) ? chosen : 'now';

  const labelOf = (moment: When): string =>
    moment === 'period-end' && order.periodEnd
      ? t('order.cancel.atPeriodEndOn', { date: formatDay(order.periodEnd, language) })
      : t(`order.cancel.${moment}`);

  return (
    <Stack gap="xs">
      {cancel.underWay && <Accepted />}
      <Button variant="default" c="var(--bad)" loading={cancel.underWay} onClick={() => setAsking(true)}>
        {order.cancelAtPeriodEnd ? t('order.cancel.soonerButton') : t('order.cancel.button')}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('order.cancel.title')}
        confirmLabel={when === 'now' ? t('order.cancel.confirmNow') : t('order.cancel.confirm')}
        action={cancel}
        onConfirm={() => cancel.mutate({ when }, { onSuccess: () => setAsking(false) })}
        danger
      >
        {moments.length > 1 && (
          <Radio.Group
            label={t('order.cancel.whenLabel')}
            value={when}
            onChange={(value) => setChosen(value === 'now' ? 'now' : 'period-end')}
          >
            <Stack gap="xs" mt="xs">
              {moments.map((moment) => (
                <Radio key={moment} value={moment} label={labelOf(moment)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        <div aria-live="polite">
          <Text fw={600} mb={4}>
            {t('order.cancel.meaning')}
          </Text>
          <CancelConsequence order={order} when={when} />
        </div>
      </ConfirmDialog>
    </Stack>
  );
}
