import { Button, Group, Paper, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { PageTitle } from '../app/PageTitle.tsx';
import { formatDay, formatMoment } from '../format/dates.ts';
import { useLanguage } from '../language/use-language.ts';
import { AttentionPanel } from './AttentionPanel.tsx';
import { historyText } from './history-text.ts';
import { LatePayment } from './LatePayment.tsx';
import classes from './Order.module.css';
import { PayButton } from './PayButton.tsx';
import { visitedPayment } from './payment-visit.ts';
import { setupSteps, teardownSteps } from './progress.ts';
import { ProgressSteps } from './ProgressSteps.tsx';
import { standingOf, toneOf } from './standing.ts';

/** Where the order stands: one plain headline, what it means, the next step, and how far the work has come. */
export function StandingPanel({ token, order }: { token: string; order: OrderView }) {
  const { t } = useTranslation();
  const { language, local } = useLanguage();
  const standing = standingOf(order, visitedPayment(token));
  const due = order.dueAt ?? order.periodEnd;
  const words = {
    count: order.quantity,
    date: due ? formatDay(due, language) : '',
    moment: due ? formatMoment(due, language) : '',
  };
  const headline = t(`order.standing.${standing}.title`, words);
  const steps = setupSteps(order) ?? teardownSteps(order);
  const latest = order.timeline.at(-1);
  const over = standing === 'expired' || standing === 'refunded' || standing === 'deleted';

  return (
    <Paper
      component="section"
      aria-label={t('order.standingLabel')}
      className={classes['standing']}
      data-tone={toneOf(standing)}
    >
      <Stack gap="md">
        <Text size="sm" fw={600} c="dimmed">
          {t('order.of', { plan: local(order.planName), count: order.quantity })}
        </Text>
        <PageTitle title={headline} tabTitle={`${headline} · ${local(order.planName)}`} />
        {order.attention && <AttentionPanel token={token} order={order} attention={order.attention} />}
        {standing !== 'decision' && standing !== 'helpComing' && (
          <Text size="lg" maw="44rem">
            {t(`order.standing.${standing}.text`, words)}
            {standing === 'suspended' &&
              ` ${t(`order.standing.suspended.${order.dueAt ? 'byPayment' : 'byStaff'}`, { date: words.date })}`}
          </Text>
        )}
        {order.paymentUrl && (standing === 'unpaid' || standing === 'confirming') && (
          <PayButton token={token} paymentUrl={order.paymentUrl} again={standing === 'confirming'} />
        )}
        {order.canPay && <LatePayment token={token} order={order} />}
        {over && (
          <Group>
            <Button component={Link} to={`/buy/${order.planKey}`} variant="default">
              {t('order.orderAgain')}
            </Button>
          </Group>
        )}
        {steps && <ProgressSteps steps={steps} order={order} />}
      </Stack>
      <VisuallyHidden role="status">
        {headline}. {latest && historyText(latest, order.quantity, t)}
      </VisuallyHidden>
    </Paper>
  );
}
