import { Button, Collapse, Group, Stack, Text } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconPlayerPlay, IconPower, IconRefresh } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../language/use-language.ts';
import { ConsoleButton, ConsoleLink } from './ConsoleButton.tsx';
import { OperationButton } from './OperationButton.tsx';
import { OperationNews } from './OperationNews.tsx';
import { Snapshots } from './Snapshots.tsx';
import { TextButton } from './TextButton.tsx';
import type { Kind, Server } from './use-operation.ts';

/** What this page offers; programs have more. */
const OFFERED: Kind[] = [
  'start',
  'stop',
  'reboot',
  'open-console',
  'take-snapshot',
  'restore-snapshot',
  'rename',
  'reinstall',
];
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What can be done with one server, out of the way until somebody wants it. */
export function ServerControls({ token, server }: { token: string; server: Server }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const id = useId();
  const isOffered = server.possibleOperations.some(
    ({ kind, possible }) => possible && OFFERED.includes(kind),
  );
  const isSettled = server.state === 'active' || server.state === 'stopped';
  if (!isSettled || (!isOffered && server.operations.length === 0)) return null;
  return (
    <Stack gap="sm" mt="md">
      <OperationNews server={server} />
      <ConsoleLink token={token} server={server} />
      <Group>
        <Button
          variant="subtle"
          aria-expanded={opened}
          aria-controls={id}
          rightSection={
            opened ? <IconChevronUp aria-hidden size={18} /> : <IconChevronDown aria-hidden size={18} />
          }
          onClick={() => setOpened(!opened)}
        >
          {t('order.server.manage')}
        </Button>
      </Group>
      <Collapse expanded={opened} id={id}>
        <Stack gap="lg">
          <Group gap="xs">
            <OperationButton
              {...{ token, server }}
              request={{ kind: 'start' }}
              icon={<IconPlayerPlay size={18} aria-hidden />}
            />
            <OperationButton
              {...{ token, server }}
              request={{ kind: 'stop' }}
              icon={<IconPower size={18} aria-hidden />}
            />
            <OperationButton
              {...{ token, server }}
              request={{ kind: 'reboot' }}
              icon={<IconRefresh size={18} aria-hidden />}
            />
            <ConsoleButton token={token} server={server} />
          </Group>
          <Snapshots token={token} server={server} />
          <Group gap="xs">
            <TextButton
              {...{ token, server }}
              kind="rename"
              initial={server.displayName ?? server.hostname}
              isWrong={(text) => !NAME.test(text)}
              toRequest={(name) => ({ kind: 'rename', name })}
            />
            <OperationButton {...{ token, server }} request={{ kind: 'reinstall' }} danger />
          </Group>
          <Lacks server={server} />
        </Stack>
      </Collapse>
    </Stack>
  );
}

/** The driver's own words for what cannot be pressed. */
function Lacks({ server }: { server: Server }) {
  const { t } = useTranslation();
  const { local } = useLanguage();
  const lacks = server.possibleOperations.filter(({ kind, lack }) => lack !== null && OFFERED.includes(kind));
  if (lacks.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" c="dimmed">
        {t('order.server.lacks')}
      </Text>
      {lacks.map(({ kind, lack }) => (
        <Text key={kind} size="sm" c="dimmed">
          {t(`order.server.button.${kind}`)}: {lack && local(lack)}
        </Text>
      ))}
    </Stack>
  );
}
