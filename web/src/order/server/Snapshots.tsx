import { Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { formatMoment } from '../../format/dates.ts';
import { formatBytes } from '../../format/resources.ts';
import { useLanguage } from '../../language/use-language.ts';
import classes from '../Order.module.css';
import { OperationButton } from './OperationButton.tsx';
import { TextButton } from './TextButton.tsx';
import type { Server } from './use-operation.ts';

type Snapshot = Server['snapshots'][number];

/** The snapshots of a server, each to be restored or deleted. */
export function Snapshots({ token, server }: { token: string; server: Server }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <Title order={4} size="h5">
        {t('order.server.snapshots')}
      </Title>
      {server.snapshots.length > 0 && (
        <Stack component="ul" gap="sm" className={classes['list']}>
          {server.snapshots.map((snapshot) => (
            <OneSnapshot key={snapshot.id} token={token} server={server} snapshot={snapshot} />
          ))}
        </Stack>
      )}
      <Group>
        <TextButton
          token={token}
          server={server}
          kind="take-snapshot"
          initial=""
          isWrong={(text) => text.length > 100}
          toRequest={(label) => ({ kind: 'take-snapshot', ...(label === '' ? {} : { label }) })}
        />
      </Group>
    </Stack>
  );
}

function OneSnapshot({ token, server, snapshot }: { token: string; server: Server; snapshot: Snapshot }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const { id: snapshotId, label, state, sizeBytes, createdAt, origin } = snapshot;
  const moment = formatMoment(createdAt, language);
  const name = label ?? t(`order.server.snapshotOf.${origin}`);
  const facts = [moment, sizeBytes === null ? null : formatBytes(sizeBytes, language)].filter(Boolean);
  const labelOf = (what: 'restore-snapshot' | 'delete-snapshot'): string =>
    t('order.server.snapshotButton', { what: t(`order.server.button.${what}`), name, moment });
  return (
    <Group component="li" justify="space-between" gap="xs">
      <div>
        <Text fw={550}>{name}</Text>
        <Text size="sm" c="dimmed">
          {state === 'complete' ? facts.join(' · ') : t(`order.server.snapshotState.${state}`)}
        </Text>
      </div>
      <Group gap="xs">
        {state === 'complete' && (
          <OperationButton
            token={token}
            server={server}
            request={{ kind: 'restore-snapshot', snapshotId }}
            label={labelOf('restore-snapshot')}
            danger
          />
        )}
        {state !== 'pending' && (
          <OperationButton
            token={token}
            server={server}
            request={{ kind: 'delete-snapshot', snapshotId }}
            label={labelOf('delete-snapshot')}
          />
        )}
      </Group>
    </Group>
  );
}
