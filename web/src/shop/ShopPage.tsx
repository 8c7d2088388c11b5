import { Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CatalogView, ShopPlan } from '../../../schemas/api/shop.ts';
import { useCatalog } from '../api/use-catalog.ts';
import { PageSkeleton } from '../app/PageSkeleton.tsx';
import { PageTitle } from '../app/PageTitle.tsx';
import { ProblemPage } from '../components/ProblemPage.tsx';
import { BillingSwitches } from './BillingSwitches.tsx';
import { choicesOf, type Billing } from './offer.ts';
import { PlanRow } from './PlanRow.tsx';
import { Promises } from './Promises.tsx';
import classes from './Shop.module.css';
import { useBilling } from './use-billing.ts';

/** `/`: the plans, side by side, with their prices. */
export function ShopPage() {
  const catalog = useCatalog();
  if (catalog.data) return <Shop catalog={catalog.data} />;
  if (catalog.error) return <ProblemPage error={catalog.error} onRetry={() => void catalog.refetch()} />;
  return <PageSkeleton />;
}

function Shop({ catalog }: { catalog: CatalogView }) {
  const { t } = useTranslation();
  const { billing, setInterval, setCurrency } = useBilling();

  return (
    <Stack gap="xl">
      <div className={classes['hero']}>
        <Stack gap="sm">
          <PageTitle title={t('shop.title')} tabTitle={t('shop.tabTitle')} />
          <Text size="lg" c="dimmed">
            {t('shop.lead')}
          </Text>
        </Stack>
        <Promises />
      </div>
      <Group justify="space-between" align="center" gap="md" className={classes['toolbar']}>
        <BillingSwitches
          billing={billing}
          {...choicesOf(catalog)}
          onInterval={setInterval}
          onCurrency={setCurrency}
        />
        <Text size="sm" c="dimmed">
          {t('shop.netNote')}
        </Text>
      </Group>
      {catalog.plans.length === 0 && <Text>{t('shop.nothingOnSale')}</Text>}
      {[...new Set(catalog.plans.map(({ protocol }) => protocol))].map((protocol) => (
        <PlanGroup
          key={protocol}
          protocol={protocol}
          plans={catalog.plans.filter((plan) => plan.protocol === protocol)}
          billing={billing}
        />
      ))}
    </Stack>
  );
}

interface PlanGroupProps {
  protocol: ShopPlan['protocol'];
  plans: ShopPlan[];
  billing: Billing;
}

function PlanGroup({ protocol, plans, billing }: PlanGroupProps) {
  const { t } = useTranslation();
  if (plans.length === 0) return null;
  return (
    <section aria-labelledby={`plans-${protocol}`}>
      <Title order={2} id={`plans-${protocol}`} mb="sm">
        {t(`shop.group.${protocol}`)}
      </Title>
      <ul className={classes['plans']}>
        {plans.map((plan) => (
          <PlanRow key={plan.key} plan={plan} billing={billing} />
        ))}
      </ul>
    </section>
  );
}
