import { Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlanChangePreview, PlanChoice, PlanChoices } from '../../../schemas/api/plan-changes.ts';
import type { OrderView } from '../../../schemas/api/shop.ts';
import type { Language } from '../../../schemas/language.ts';
import { changePlan, getPlanChoices, previewPlanChange } from '../api/client.ts';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { ProblemAlert } from '../components/ProblemAlert.tsx';
import { formatDay } from '../format/dates.ts';
import { formatMoney } from '../format/money.ts';
import { formatMemory } from '../format/resources.ts';
import { useLanguage } from '../language/use-language.ts';
import { PlanChangeCost } from './PlanChangeCost.tsx';
import { isShown, reasonOf } from './plan-choices.ts';
import { useOrderChange } from './use-order-action.ts';

interface Props {
  token: string;
  order: OrderView;
  onClose: () => void;
}

/** Shows the other plans, and what the chosen one costs by the payment provider's own sum, before anything is asked for. */
export function ChangePlanDialog({ token, order, onClose }: Props) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const [chosenKey, setChosenKey] = useState<string | null>(null);
  const choices = useQuery({
    queryKey: ['plan-choices', token],
    queryFn: ({ signal }) => getPlanChoices(token, signal),
  });
  const chosen = choices.data?.choices.find(({ planKey }) => planKey === chosenKey);
  const preview = useQuery({
    queryKey: ['plan-preview', token, chosen?.planKey, chosen?.planVersion],
    queryFn: ({ signal }) => (chosen ? previewPlanChange(token, wishOf(chosen), signal) : null),
    enabled: chosen !== undefined,
    // The sum becomes less by the second; one from a moment ago is near enough, an older one is not.
    gcTime: 0,
  });
  const change = useOrderChange(token, order, (wish: PlanChoice) => changePlan(token, wishOf(wish)));

  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t('order.planChange.title')}
      confirmLabel={confirmLabel(preview.data, t, language)}
      confirmDisabled={!chosen || !preview.data}
      action={change}
      onConfirm={() => chosen && change.mutate(chosen, { onSuccess: onClose })}
    >
      <Text>{t('order.planChange.intro')}</Text>
      {choices.error && <ProblemAlert error={choices.error} />}
      {choices.isPending && <Text role="status">{t('order.planChange.loading')}</Text>}
      {choices.data && <Choices choices={choices.data} value={chosenKey} onChange={setChosenKey} />}
      <div aria-live="polite">
        {preview.error && <ProblemAlert error={preview.error} />}
        {chosen && preview.isPending && <Text>{t('order.planChange.loading')}</Text>}
        {preview.data && <PlanChangeCost preview={preview.data} />}
      </div>
    </ConfirmDialog>
  );
}

interface ChoicesProps {
  choices: PlanChoices;
  value: string | null;
  onChange: (planKey: string) => void;
}

function Choices({ choices, value, onChange }: ChoicesProps) {
  const { t } = useTranslation();
  const { local } = useLanguage();
  const shown = choices.choices.filter(isShown);
  if (shown.length === 0) return <Text>{t('order.planChange.none')}</Text>;
  return (
    <Radio.Group label={t('order.planChange.choose')} value={value} onChange={onChange}>
      <Stack gap="sm" mt="xs">
        {shown.map((choice) => (
          <Radio
            key={choice.planKey}
            value={choice.planKey}
            label={local(choice.name)}
            disabled={choice.refusal !== null}
            description={<Description choice={choice} choices={choices} />}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function Description({ choice, choices }: { choice: PlanChoice; choices: PlanChoices }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const { vcpus, memoryMb, diskGb } = choice.resources;
  const memory = formatMemory(memoryMb, language);
  const specs = t('order.planChange.specs', { count: vcpus, memory, disk: diskGb });
  const reason = reasonOf(choice);
  const { interval, currency, quantity } = choices;
  const amount = choice.amountMinor === null ? '' : formatMoney(choice.amountMinor, currency, language);
  const price = t(`order.planChange.price.${interval}`, { amount });
  return (
    <>
      {quantity > 1 ? t('order.planChange.each', { price }) : price}
      <br />
      {reason === null ? specs : t(`order.planChange.impossible.${reason}`)}
    </>
  );
}

function wishOf({ planKey, planVersion }: PlanChoice): { planKey: string; planVersion: number } {
  return { planKey, planVersion };
}

function confirmLabel(
  preview: PlanChangePreview | null | undefined,
  t: TFunction,
  language: Language,
): string {
  if (!preview) return t('order.planChange.pick');
  const { effectiveAt, dueNowMinor, currency } = preview;
  if (effectiveAt !== null) {
    return t('order.planChange.confirmLater', { date: formatDay(effectiveAt, language) });
  }
  if (dueNowMinor <= 0) return t('order.planChange.confirmFree');
  return t('order.planChange.confirmNow', { amount: formatMoney(dueNowMinor, currency, language) });
}
