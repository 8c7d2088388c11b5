import { Button, Text, Title, VisuallyHidden } from '@mantine/core';
import { IconArrowRight, IconCheck, IconMapPin } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ShopPlan } from '../../../schemas/api/shop.ts';
import { useLanguage } from '../language/use-language.ts';
import { type Billing, priceOf } from './offer.ts';
import { PlanPrice } from './PlanPrice.tsx';
import classes from './PlanRow.module.css';
import { PlanSpecs } from './PlanSpecs.tsx';

/** One plan: what it is, what is in it, what it costs. The columns line up over all plans of a group. */
export function PlanRow({ plan, billing }: { plan: ShopPlan; billing: Billing }) {
  const { t } = useTranslation();
  const { local } = useLanguage();
  const headingId = useId();
  const price = priceOf(plan, billing);

  return (
    <li className={classes['row']}>
      <article aria-labelledby={headingId} className={classes['plan']}>
        <div>
          <Title order={3} id={headingId}>
            {local(plan.name)}
          </Title>
          <Text size="sm" fw={550} mt={2}>
            {local(plan.imageName)}
          </Text>
          <Text size="sm" c="dimmed" mt="xs">
            {local(plan.description)}
          </Text>
          <p className={classes['locations']}>
            <IconMapPin size={16} stroke={1.6} aria-hidden />
            <VisuallyHidden>{t('shop.locations')}: </VisuallyHidden>
            <span>{plan.regions.map((region) => cityOf(local(region.label))).join(', ')}</span>
          </p>
        </div>
        <div className={classes['inside']}>
          <PlanSpecs plan={plan} />
          <ul className={classes['highlights']}>
            {plan.highlights.map((highlight) => (
              <li key={highlight.en}>
                <IconCheck size={16} stroke={2.2} aria-hidden />
                <span>{local(highlight)}</span>
              </li>
            ))}
          </ul>
        </div>
        <div className={classes['offer']}>
          <PlanPrice plan={plan} billing={billing} />
          {price && (
            <Button
              component={Link}
              to={`/buy/${plan.key}?interval=${billing.interval}&currency=${billing.currency}`}
              rightSection={<IconArrowRight size={18} aria-hidden />}
              aria-label={t('shop.choosePlan', { plan: local(plan.name) })}
              className={classes['choose']}
            >
              {t('shop.choose')}
            </Button>
          )}
        </div>
      </article>
    </li>
  );
}

/** "Frankfurt" of "Frankfurt, Germany": the order form has the whole label. */
function cityOf(label: string): string {
  return label.split(',')[0] ?? label;
}
