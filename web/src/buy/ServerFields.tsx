import { Input, NumberInput, Radio, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ShopPlan } from '../../../schemas/api/shop.ts';
import type { BillingInterval } from '../../../schemas/catalog/plan.ts';
import type { Currency } from '../../../schemas/money.ts';
import { useLanguage } from '../language/use-language.ts';
import { BillingSwitches } from '../shop/BillingSwitches.tsx';
import { type Billing, priceOf } from '../shop/offer.ts';
import classes from './Buy.module.css';
import type { OrderForm, WrongFields } from './order-form.ts';

interface Props {
  plan: ShopPlan;
  form: OrderForm;
  wrong: WrongFields;
  onChange: (part: Partial<OrderForm>) => void;
  billing: Billing;
  intervals: BillingInterval[];
  currencies: Currency[];
  onInterval: (interval: BillingInterval) => void;
  onCurrency: (currency: Currency) => void;
}

/** Where the server stands, how many of them, and how they are billed. */
export function ServerFields({ plan, form, wrong, onChange, billing, ...switches }: Props) {
  const { t } = useTranslation();
  const { local } = useLanguage();
  const sold = priceOf(plan, billing) !== undefined;

  return (
    <Stack gap="lg">
      <Title order={2}>{t('buy.serverHeading')}</Title>
      <Radio.Group
        name="region"
        label={t('buy.region')}
        value={form.region}
        onChange={(region) => onChange({ region })}
        error={wrong.has('region') && t('buy.wrong.region')}
      >
        <div className={classes['regions']}>
          {plan.regions.map((region) => (
            <Radio
              key={region.key}
              value={region.key}
              label={local(region.label)}
              classNames={{ root: classes['region'], label: classes['regionLabel'] }}
            />
          ))}
        </div>
      </Radio.Group>
      <NumberInput
        name="quantity"
        label={t('buy.quantity')}
        description={t('buy.quantityHint', { max: plan.maxQuantity })}
        value={form.quantity}
        onChange={(quantity) => onChange({ quantity })}
        min={1}
        max={plan.maxQuantity}
        allowDecimal={false}
        allowNegative={false}
        inputMode="numeric"
        error={wrong.has('quantity') && t('buy.wrong.quantity', { max: plan.maxQuantity })}
        className={classes['quantity']}
      />
      <div>
        <Input.Label labelElement="div" mb={4} aria-hidden>
          {t('buy.billing')}
        </Input.Label>
        <BillingSwitches billing={billing} {...switches} />
        {!sold && (
          <Text size="sm" c="var(--bad)" mt="xs" role="alert">
            {t('buy.notSoldSo')}
          </Text>
        )}
      </div>
    </Stack>
  );
}
