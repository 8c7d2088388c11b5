import { Loader, Text, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { formatClock, formatDay } from '../format/dates.ts';
import { useLanguage } from '../language/use-language.ts';
import classes from './ProgressSteps.module.css';
import type { Step, StepState } from './progress.ts';

/** The steps of the work, done and to come. */
export function ProgressSteps({ steps, order }: { steps: Step[]; order: OrderView }) {
  const { t } = useTranslation();
  const { language } = useLanguage();

  const detailOf = (step: Step): string => {
    if (step.key === 'kept' && step.state === 'current' && order.dueAt) {
      return t('order.step.until', { date: formatDay(order.dueAt, language) });
    }
    if (step.state === 'done' && step.at) return formatClock(step.at, language);
    if (step.state === 'current' && step.through !== null && order.quantity > 1) {
      return t('order.step.through', { through: step.through, count: order.quantity });
    }
    return '';
  };

  return (
    <ol className={classes['steps']} aria-label={t('order.stepsLabel')}>
      {steps.map((step) => (
        <li
          key={step.key}
          data-state={step.state}
          aria-current={step.state === 'current' || step.state === 'failed' ? 'step' : undefined}
        >
          <span className={classes['mark']}>
            <Mark state={step.state} waiting={step.key === 'kept' || step.key === 'paid'} />
          </span>
          <span>
            <Text span fw={step.state === 'current' ? 650 : 500} display="block">
              {t(`order.step.${step.key}`, { count: order.quantity })}
              <VisuallyHidden>: {t(`order.stepState.${step.state}`)}</VisuallyHidden>
            </Text>
            <Text span size="sm" c="dimmed" display="block">
              {detailOf(step)}
            </Text>
          </span>
        </li>
      ))}
    </ol>
  );
}

/** A spinner only where a machine works; waiting for a person or a date stands still. */
function Mark({ state, waiting }: { state: StepState; waiting: boolean }) {
  if (state === 'done') return <IconCheck size={18} stroke={2.5} aria-hidden />;
  if (state === 'failed') return <IconAlertTriangle size={18} aria-hidden />;
  if (state === 'current' && !waiting) return <Loader size={18} aria-hidden />;
  return <span className={classes['dot']} />;
}
