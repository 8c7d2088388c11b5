import { Button, List, Paper, Stack, Text } from '@mantine/core';
import '@mantine/core/styles/List.layer.css';
import { IconEye } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { CredentialsStatus } from '../../../schemas/api/shop.ts';
import { PageTitle } from '../app/PageTitle.tsx';
import { ProblemAlert } from '../components/ProblemAlert.tsx';
import { formatMoment } from '../format/dates.ts';
import { useLanguage } from '../language/use-language.ts';
import classes from './Credentials.module.css';

interface Props {
  status: CredentialsStatus;
  opening: boolean;
  error: Error | null;
  onReveal: () => void;
}

/** Before the opening: says that it works once, and what to have at hand. */
export function Sealed({ status, opening, error, onReveal }: Props) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  return (
    <Stack gap="lg" className={classes['page']}>
      <Stack gap="xs">
        <PageTitle title={t('credentials.title')} />
        <Text size="lg" c="dimmed">
          {t('credentials.for')} <span className={classes['hostname']}>{status.hostname}</span>
        </Text>
      </Stack>
      <Paper className={classes['card']}>
        <Stack gap="lg">
          <List spacing="xs">
            <List.Item>{t('credentials.once')}</List.Item>
            <List.Item>{t('credentials.prepare')}</List.Item>
            <List.Item>
              {t('credentials.until', { date: formatMoment(status.expiresAt, language) })}
            </List.Item>
          </List>
          {error && <ProblemAlert error={error} />}
          <Button
            size="md"
            w="fit-content"
            loading={opening}
            onClick={onReveal}
            leftSection={<IconEye size={20} aria-hidden />}
          >
            {t('credentials.reveal')}
          </Button>
        </Stack>
      </Paper>
    </Stack>
  );
}
