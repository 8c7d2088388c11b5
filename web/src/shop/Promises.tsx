import { IconClockBolt, IconKey, IconShieldCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './Shop.module.css';

const PROMISES = [
  { key: 'fast', Icon: IconClockBolt },
  { key: 'tested', Icon: IconKey },
  { key: 'safe', Icon: IconShieldCheck },
] as const;

/** What the shop promises with every plan. */
export function Promises() {
  const { t } = useTranslation();
  return (
    <ul className={classes['promises']}>
      {PROMISES.map(({ key, Icon }) => (
        <li key={key}>
          <Icon size={22} stroke={1.6} aria-hidden />
          <span>{t(`shop.promise.${key}`)}</span>
        </li>
      ))}
    </ul>
  );
}
