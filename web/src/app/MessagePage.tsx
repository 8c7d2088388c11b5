import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { PageTitle } from './PageTitle.tsx';

/** A whole page that says one thing and offers the next step. */
export function MessagePage({
  title,
  text,
  children,
}: {
  title: string;
  text: string;
  children?: ReactNode;
}) {
  return (
    <Stack gap="md" maw="36rem" mx="auto" py={{ base: 'xl', sm: 64 }} align="flex-start">
      <PageTitle title={title} />
      <Text size="lg" c="dimmed">
        {text}
      </Text>
      <Group mt="sm">{children}</Group>
    </Stack>
  );
}
