import { Anchor, Badge, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { CopyField } from '../components/CopyField.tsx';
import classes from './Order.module.css';
import { ServerControls } from './server/ServerControls.tsx';
import { signInCommand } from '../components/sign-in.ts';

type Server = OrderView['instances'][number];

const STATE_COLORS: Record<Server['state'], string> = {
  reserved: 'gray',
  creating: 'amber',
  ready: 'amber',
  active: 'pine',
  stopped: 'gray',
  deleting: 'gray',
  deleted: 'gray',
  failed: 'brick',
};

/** States in which a server has an address, but nobody can sign in. */
const WITH_ADDRESS = new Set<Server['state']>(['creating', 'ready', 'stopped']);

/** The servers of the order, each with its address and how to sign in. */
export function Servers({ token, order }: { token: string; order: OrderView }) {
  const { t } = useTranslation();
  if (order.instances.length === 0) return null;
  return (
    <section aria-labelledby="servers">
      <Title order={2} id="servers" mb="sm">
        {t('order.servers', { count: order.instances.length })}
      </Title>
      <Stack component="ul" gap="sm" className={classes['list']}>
        {order.instances.map((server) => (
          <ServerCard key={server.id} token={token} server={server} />
        ))}
      </Stack>
      {order.instances.some(({ state }) => state === 'active') && (
        <Text size="sm" c="dimmed" mt="sm">
          {t(
            order.actions.includes('rotate-credentials')
              ? 'order.passwordHint'
              : 'order.passwordHintNoRotation',
          )}
        </Text>
      )}
    </section>
  );
}

function ServerCard({ token, server }: { token: string; server: Server }) {
  const { t } = useTranslation();
  return (
    <Paper component="li" className={classes['card']}>
      <Group justify="space-between" gap="xs">
        <Title order={3} className={classes['hostname']}>
          {server.displayName ?? server.hostname}
        </Title>
        <Badge variant="light" color={STATE_COLORS[server.state]} tt="none" size="lg">
          {t(`order.serverState.${server.state}`)}
        </Badge>
      </Group>
      {server.address && server.state === 'active' && <SignIn server={server} address={server.address} />}
      {server.address && WITH_ADDRESS.has(server.state) && (
        <Text size="sm" c="dimmed" mt="xs">
          {t('order.address')}: {server.address}
        </Text>
      )}
      <ServerControls token={token} server={server} />
    </Paper>
  );
}

function SignIn({ server, address }: { server: Server; address: string }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" mt="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <CopyField label={t('order.address')} value={address} />
        <CopyField label={t('order.user')} value={server.username} />
      </SimpleGrid>
      {server.protocol === 'ssh' && (
        <CopyField label={t('order.signInSsh')} value={signInCommand({ ...server, address })} />
      )}
      {server.protocol === 'rdp' && (
        <CopyField
          label={t('order.signInRdp')}
          value={signInCommand({ ...server, address })}
          hint={t('order.rdpHint')}
        />
      )}
      {server.protocol === 'web' && (
        <Anchor href={address} target="_blank" rel="noreferrer">
          {t('order.openWeb')}
        </Anchor>
      )}
    </Stack>
  );
}
