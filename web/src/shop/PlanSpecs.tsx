import { useTranslation } from 'react-i18next';
import type { ShopPlan } from '../../../schemas/api/shop.ts';
import { formatMemory, formatNumber, formatPercent } from '../format/resources.ts';
import { useLanguage } from '../language/use-language.ts';
import classes from './PlanRow.module.css';

/** The plan's size in numbers, always in the same order, so that plans can be compared. */
export function PlanSpecs({ plan }: { plan: ShopPlan }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const { vcpus, memoryMb, diskGb, gpu } = plan.resources;

  const specs: [label: string, value: string][] = [
    [t('shop.spec.vcpus'), formatNumber(vcpus, language)],
    [t('shop.spec.memory'), formatMemory(memoryMb, language)],
    [t('shop.spec.disk'), `${formatNumber(diskGb, language)} GB`],
    [t('shop.spec.uptime'), formatPercent(plan.uptimePercent, language)],
    [t('shop.spec.gpu'), gpu ? `${gpu.model}, ${formatNumber(gpu.memoryGb, language)} GB` : '–'],
  ];

  return (
    <dl className={classes['specs']}>
      {specs.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
