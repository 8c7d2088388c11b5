import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CredentialsStatus } from '../../../schemas/api/shop.ts';
import { MessagePage } from '../app/MessagePage.tsx';

interface Props {
  state: Exclude<CredentialsStatus['state'], 'available'> | 'unknown';
}

/** The link shows nothing (any more): says why, and how to get a new one. */
export function Spent({ state }: Props) {
  const { t } = useTranslation();
  return (
    <MessagePage title={t(`credentials.${state}.title`)} text={t(`credentials.${state}.text`)}>
      <Text>{t(`credentials.${state}.next`)}</Text>
    </MessagePage>
  );
}
