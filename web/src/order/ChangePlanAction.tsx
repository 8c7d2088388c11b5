import { Button, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { keepPlan } from '../api/client.ts';
import { ProblemAlert } from '../components/ProblemAlert.tsx';
import { formatDay } from '../format/dates.ts';
import { useLanguage } from '../language/use-language.ts';
import { Accepted } from './Accepted.tsx';
import { ChangePlanDialog } from './ChangePlanDialog.tsx';
import { useOrderChange } from './use-order-action.ts';

/** Another plan for the running servers; or what becomes of the change that is under way or planned. */
export function ChangePlanAction({ token, order }: { token: string; order: OrderView }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  if (order.pendingChange) return <PendingChange token={token} order={order} pending={order.pendingChange} />;
  return (
    <Stack gap="xs">
      <Text size="sm">{t('order.planChange.text')}</Text>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t('order.planChange.button')}
      </Button>
      {asking && <ChangePlanDialog token={token} order={order} onClose={() => setAsking(false)} />}
    </Stack>
  );
}

interface PendingProps {
  token: string;
  order: OrderView;
  pending: NonNullable<OrderView['pendingChange']>;
}

function PendingChange({ token, order, pending }: PendingProps) {
  const { t } = useTranslation();
  const { language, local } = useLanguage();
  const keep = useOrderChange(token, order, () => keepPlan(token));
  const plan = local(pending.planName);
  if (pending.effectiveAt === null) {
    return (
      <Text role="status" size="sm">
        {t('order.planChange.pendingNow', { plan })}
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      <Text size="sm">
        {t('order.planChange.pendingLater', { plan, date: formatDay(pending.effectiveAt, language) })}
      </Text>
      {keep.error && <ProblemAlert error={keep.error} />}
      {keep.underWay && <Accepted />}
      <Button
        variant="default"
        loading={keep.isPending || keep.underWay}
        onClick={() => keep.mutate(undefined)}
      >
        {t('order.planChange.keep')}
      </Button>
    </Stack>
  );
}
