import { Skeleton, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Stands where a page will be while it or its data loads. */
export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <Stack gap="lg" role="status" aria-label={t('app.loading')}>
      <Skeleton height={36} width="min(26rem, 80%)" />
      <Skeleton height={18} width="min(34rem, 95%)" />
      <Skeleton height={160} radius="lg" />
      <Skeleton height={160} radius="lg" />
    </Stack>
  );
}
