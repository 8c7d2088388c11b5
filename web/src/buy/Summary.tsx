import { Button, Divider, Paper, Stack, Text, Title } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ShopPlan } from '../../../schemas/api/shop.ts';
import { formatMoney } from '../format/money.ts';
import { useLanguage } from '../language/use-language.ts';
import { PlanSpecs } from '../shop/PlanSpecs.tsx';
import { type Billing, paymentsOf, priceOf } from '../shop/offer.ts';
import classes from './Buy.module.css';

interface Props {
  plan: ShopPlan;
  billing: Billing;
  quantity: number;
  busy: boolean;
  /** What stands in the way, right above the button. */
  children?: ReactNode;
}

/** What is ordered and what it costs, now and later, with the button that goes on to the payment. */
export function Summary({ plan, billing, quantity, busy, children }: Props) {
  const { t } = useTranslation();
  const { language, local } = useLanguage();
  const price = priceOf(plan, billing);

  const amount = (minor: number): string => formatMoney(minor, billing.currency, language);
  const payments = price && paymentsOf(price, quantity);

  return (
    <Paper
      component="section"
      aria-labelledby="summary"
      className={`${classes['card']} ${classes['summary']}`}
    >
      <Stack gap="md">
        <div>
          <Title order={2} id="summary">
            {local(plan.name)}
          </Title>
          <Text size="sm" c="dimmed">
            {local(plan.imageName)}
          </Text>
        </div>
        <PlanSpecs plan={plan} />
        <Divider />
        {price && payments && (
          <>
            <dl className={classes['sums']}>
              <Line
                label={t(`buy.line.${billing.interval}`, { count: quantity })}
                value={amount(payments.recurringMinor)}
              />
              {price.setupFeeMinor > 0 && (
                <Line
                  label={t('buy.lineSetup', { count: quantity })}
                  value={amount(price.setupFeeMinor * quantity)}
                />
              )}
              <div className={classes['total']}>
                <dt>{t('buy.total')}</dt>
                <dd aria-live="polite">{amount(payments.firstMinor)}</dd>
              </div>
            </dl>
            <Text size="sm" c="dimmed">
              {t(`buy.renewal.${billing.interval}`, { amount: amount(payments.recurringMinor) })}{' '}
              {t('buy.vat')}
            </Text>
          </>
        )}
        {children}
        <Button
          type="submit"
          size="md"
          fullWidth
          loading={busy}
          disabled={!price}
          leftSection={<IconLock size={18} aria-hidden />}
        >
          {t('buy.continue')}
        </Button>
        <Text size="sm" c="dimmed">
          {t('buy.paymentHint')}
        </Text>
      </Stack>
    </Paper>
  );
}

function Line({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
