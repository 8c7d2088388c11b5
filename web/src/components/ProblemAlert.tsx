import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { describeError } from './describe-error.ts';

/** Says beside the thing that was tried why it did not work, and what to do now. */
export function ProblemAlert({ error }: { error: Error }) {
  const { t } = useTranslation();
  const { title, text } = describeError(error, t);
  return (
    <Alert role="alert" color="brick" title={title} icon={<IconAlertTriangle aria-hidden />}>
      {text}
    </Alert>
  );
}
