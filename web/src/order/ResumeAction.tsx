import { Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { ProblemAlert } from '../components/ProblemAlert.tsx';
import { Accepted } from './Accepted.tsx';
import { useOrderAction } from './use-order-action.ts';

/** Takes a cancellation back, or brings halted servers up again. */
export function ResumeAction({ token, order }: { token: string; order: OrderView }) {
  const { t } = useTranslation();
  const resume = useOrderAction(token, order, 'resume');
  const kind = order.cancelAtPeriodEnd ? 'keep' : 'restart';
  return (
    <Stack gap="xs">
      <Text size="sm">{t(`order.resume.${kind}.text`)}</Text>
      {resume.error && <ProblemAlert error={resume.error} />}
      {resume.underWay && <Accepted />}
      <Button loading={resume.isPending || resume.underWay} onClick={() => resume.mutate({})}>
        {t(`order.resume.${kind}.button`)}
      </Button>
    </Stack>
  );
}
