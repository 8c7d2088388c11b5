import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ShopPlan } from '../../../schemas/api/shop.ts';
import { formatMoney } from '../format/money.ts';
import { useLanguage } from '../language/use-language.ts';
import { type Billing, paymentsOf, priceOf } from '../shop/offer.ts';
import classes from './Buy.module.css';

interface Props {
  shown: ShopPlan;
  offered: ShopPlan;
  billing: Billing;
  quantity: number;
  onAccept: () => void;
}

/** The plan changed between page and order: shows what it was and what it is; nothing is ordered without a yes. */
export function PlanChanged({ shown, offered, billing, quantity, onAccept }: Props) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const before = priceOf(shown, billing);
  const now = priceOf(offered, billing);
  const first = (price: typeof now): string =>
    price ? formatMoney(paymentsOf(price, quantity).firstMinor, price.currency, language) : '–';
  const priceChanged = first(before) !== first(now);

  return (
    <Alert
      role="alert"
      color="amber"
      title={priceChanged ? t('buy.priceChangedTitle') : t('buy.planChangedTitle')}
      icon={<IconAlertTriangle aria-hidden />}
    >
      <Stack gap="sm">
        <Text size="sm">{priceChanged ? t('buy.priceChangedText') : t('buy.planChangedText')}</Text>
        {priceChanged && (
          <dl className={classes['sums']}>
            <div>
              <dt>{t('buy.before')}</dt>
              <dd>
                <s>{first(before)}</s>
              </dd>
            </div>
            <div>
              <dt>{t('buy.now')}</dt>
              <dd className={classes['newPrice']}>{first(now)}</dd>
            </div>
          </dl>
        )}
        <Button variant="default" onClick={onAccept}>
          {now ? t('buy.accept') : t('buy.showNewPlan')}
        </Button>
      </Stack>
    </Alert>
  );
}
