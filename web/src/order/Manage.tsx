import { Paper, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { CancelAction } from './CancelAction.tsx';
import { ChangePlanAction } from './ChangePlanAction.tsx';
import { NewCredentialsAction } from './NewCredentialsAction.tsx';
import classes from './Order.module.css';
import { ResumeAction } from './ResumeAction.tsx';

/** What the customer may do with the order now; retry and refund stand with the problem they solve. */
export function Manage({ token, order }: { token: string; order: OrderView }) {
  const { t } = useTranslation();
  const may = new Set(order.actions);
  const hasPlans = order.canChangePlan || order.pendingChange !== null;
  const isEmpty = !may.has('resume') && !may.has('rotate-credentials') && !may.has('cancel');
  if (isEmpty && !hasPlans) return null;

  return (
    <Paper component="section" aria-labelledby="manage" className={classes['card']}>
      <Title order={2} size="h3" id="manage" mb="md">
        {t('order.manage')}
      </Title>
      <Stack gap="lg">
        {may.has('resume') && <ResumeAction token={token} order={order} />}
        {hasPlans && <ChangePlanAction token={token} order={order} />}
        {may.has('rotate-credentials') && <NewCredentialsAction token={token} order={order} />}
        {may.has('cancel') && <CancelAction token={token} order={order} />}
      </Stack>
    </Paper>
  );
}
