import { Anchor, Button, Text } from '@mantine/core';
import { IconScreenShare } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getOrderOperation } from '../../api/client.ts';
import { formatMoment } from '../../format/dates.ts';
import { useLanguage } from '../../language/use-language.ts';
import { type Server, useOperation } from './use-operation.ts';

/** Orders a link to the screen; it works for a few minutes, and only here. */
export function ConsoleButton({ token, server }: { token: string; server: Server }) {
  const { t } = useTranslation();
  const operation = useOperation(token, server, 'open-console');
  if (!operation.shown) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconScreenShare size={18} aria-hidden />}
      disabled={operation.lack !== null}
      loading={operation.underWay || operation.isPending}
      onClick={() => operation.mutate({ kind: 'open-console' })}
    >
      {t('order.server.button.open-console')}
    </Button>
  );
}

/** The newest link, for as long as it holds. */
export function ConsoleLink({ token, server }: { token: string; server: Server }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const newest = server.operations.find(({ kind }) => kind === 'open-console');
  const id = newest?.state === 'done' ? newest.id : null;
  const details = useQuery({
    queryKey: ['operation', token, id],
    queryFn: ({ signal }) => getOrderOperation(token, id ?? '', signal),
    enabled: id !== null,
  });
  const link = details.data?.link;
  if (!link) return null;
  return (
    <Text size="sm" role="status">
      <Anchor href={link.url} target="_blank" rel="noreferrer" fw={550}>
        {t('order.server.toScreen')}
      </Anchor>{' '}
      {t('order.server.screenUntil', { moment: formatMoment(link.expiresAt, language) })}
    </Text>
  );
}
