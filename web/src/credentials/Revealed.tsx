import { Alert, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import '@mantine/core/styles/SimpleGrid.layer.css';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { CredentialsView } from '../../../schemas/api/shop.ts';
import { PageTitle } from '../app/PageTitle.tsx';
import { CopyField } from '../components/CopyField.tsx';
import classes from './Credentials.module.css';
import { PasswordField } from './PasswordField.tsx';
import { signInCommand } from '../components/sign-in.ts';

/** After the opening: everything to sign in with, and that it will not be shown again. */
export function Revealed({ credentials }: { credentials: CredentialsView }) {
  const { t } = useTranslation();
  const { protocol, fingerprint } = credentials;
  return (
    <Stack gap="lg" className={classes['page']}>
      <Stack gap="xs">
        <PageTitle title={t('credentials.revealedTitle')} />
        <Text size="lg" c="dimmed">
          {t('credentials.for')} <span className={classes['hostname']}>{credentials.hostname}</span>
        </Text>
      </Stack>
      <Alert
        role="alert"
        color="amber"
        title={t('credentials.saveTitle')}
        icon={<IconAlertTriangle aria-hidden />}
      >
        {t('credentials.saveText')}
      </Alert>
      <Paper className={classes['card']}>
        <Stack gap="md">
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
            <CopyField label={t('credentials.host')} value={credentials.address} />
            {protocol !== 'web' && (
              <CopyField label={t('credentials.port')} value={String(credentials.port)} />
            )}
            <CopyField label={t('credentials.user')} value={credentials.username} />
            <PasswordField password={credentials.password} />
          </SimpleGrid>
          <Title order={2} size="h3" mt="xs">
            {t('credentials.signIn')}
          </Title>
          <CopyField
            label={t(`credentials.command.${protocol}`)}
            value={signInCommand(credentials)}
            hint={t(`credentials.commandHint.${protocol}`)}
          />
          {fingerprint && (
            <CopyField
              label={t(`credentials.fingerprint.${protocol}`)}
              value={fingerprint}
              hint={t('credentials.fingerprintHint')}
            />
          )}
        </Stack>
      </Paper>
    </Stack>
  );
}
