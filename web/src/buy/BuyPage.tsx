import './styles.ts';
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { ShopPlan } from '../../../schemas/api/shop.ts';
import { useCatalog } from '../api/use-catalog.ts';
import { MessagePage } from '../app/MessagePage.tsx';
import { PageSkeleton } from '../app/PageSkeleton.tsx';
import { PageTitle } from '../app/PageTitle.tsx';
import { ProblemPage } from '../components/ProblemPage.tsx';
import { useLanguage } from '../language/use-language.ts';
import { Checkout } from './Checkout.tsx';

/** `/buy/:planKey`: the order form of one plan. */
export function BuyPage() {
  const { planKey } = useParams();
  const catalog = useCatalog();
  if (catalog.data) {
    const plan = catalog.data.plans.find(({ key }) => key === planKey);
    return plan ? <Buy key={plan.key} plan={plan} /> : <PlanNotSold />;
  }
  if (catalog.error) return <ProblemPage error={catalog.error} onRetry={() => void catalog.refetch()} />;
  return <PageSkeleton />;
}

function Buy({ plan }: { plan: ShopPlan }) {
  const { t } = useTranslation();
  const { local } = useLanguage();
  return (
    <Stack gap="lg">
      <Anchor component={Link} to="/" size="sm" w="fit-content">
        <IconArrowLeft size={16} aria-hidden style={{ verticalAlign: '-3px' }} /> {t('app.allPlans')}
      </Anchor>
      <Stack gap="xs" maw="46rem">
        <PageTitle title={t('buy.title', { plan: local(plan.name) })} />
        <Text c="dimmed">{local(plan.description)}</Text>
      </Stack>
      <Checkout loadedPlan={plan} />
    </Stack>
  );
}

function PlanNotSold() {
  const { t } = useTranslation();
  return (
    <MessagePage title={t('buy.notSoldTitle')} text={t('buy.notSoldText')}>
      <Button component={Link} to="/">
        {t('app.allPlans')}
      </Button>
    </MessagePage>
  );
}
