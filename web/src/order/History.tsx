import { Button, Paper, Text, Timeline, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { formatStamp } from '../format/dates.ts';
import { useLanguage } from '../language/use-language.ts';
import { historyText } from './history-text.ts';
import classes from './Order.module.css';

const SHOWN = 8;

/** What happened so far, newest first. */
export function History({ order }: { order: OrderView }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const [all, setAll] = useState(false);
  const entries = order.timeline.toReversed();
  const shown = all ? entries : entries.slice(0, SHOWN);

  return (
    <Paper component="section" aria-labelledby="history" className={classes['card']}>
      <Title order={2} size="h3" id="history" mb="md">
        {t('order.history')}
      </Title>
      <Timeline
        role="list"
        classNames={{ root: classes['history'], itemBullet: classes['bullet'] }}
        active={shown.length - 1}
        bulletSize={14}
        lineWidth={2}
      >
        {shown.map((entry) => (
          <Timeline.Item key={entry.seq} role="listitem">
            <Text size="sm">{historyText(entry, order.quantity, t)}</Text>
            <Text size="sm" c="dimmed" component="time" display="block" dateTime={entry.at}>
              {formatStamp(entry.at, language)}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
      {!all && entries.length > SHOWN && (
        <Button variant="subtle" c="var(--good)" size="compact-sm" mt="sm" onClick={() => setAll(true)}>
          {t('order.showAll', { count: entries.length })}
        </Button>
      )}
    </Paper>
  );
}
