import { Alert, Group, Loader, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isUnderWay, type Server } from './use-operation.ts';

/** Failures that the page explains in its own words; of the others it says that the team looks. */
const EXPLAINED = [
  'superseded',
  'not-fitting',
  'vanished',
  'deadline',
  'older-password',
  'shut-out',
  'unsupported',
  'snapshot-failed',
] as const;

/** What is under way on a server, and why the newest thing came to nothing. */
export function OperationNews({ server }: { server: Server }) {
  const { t } = useTranslation();
  const { operations } = server;
  const underWay = operations.filter(isUnderWay).reverse();
  const [newest] = operations;
  return (
    <div aria-live="polite">
      {underWay.map(({ id, kind, state }) => (
        <Group key={id} gap="xs" mt="xs">
          <Loader size="xs" aria-hidden />
          <Text size="sm" fw={550}>
            {t(`order.server.doing.${kind}`)} {state === 'accepted' && t('order.server.waiting')}
          </Text>
        </Group>
      ))}
      {newest?.failure && (
        <Alert
          mt="sm"
          color="brick"
          title={t(`order.server.failed.${newest.kind}`)}
          icon={<IconAlertTriangle aria-hidden />}
        >
          {t(`order.server.failure.${explained(newest.failure.reason)}`)}
        </Alert>
      )}
    </div>
  );
}

function explained(reason: string): (typeof EXPLAINED)[number] | 'other' {
  return EXPLAINED.find((each) => each === reason) ?? 'other';
}
