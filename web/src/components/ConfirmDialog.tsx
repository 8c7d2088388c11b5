import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from './ProblemAlert.tsx';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  confirmLabel: string;
  /** The mutation that the yes starts. */
  action: { isPending: boolean; error: Error | null };
  onConfirm: () => void;
  danger?: boolean;
  children: ReactNode;
}

/** Asks before something that cannot simply be taken back; says what will happen. */
export function ConfirmDialog({
  opened,
  onClose,
  title,
  confirmLabel,
  action,
  onConfirm,
  danger = false,
  children,
}: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      centered
      size="lg"
      radius="lg"
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <Stack gap="lg">
        {children}
        {action.error && <ProblemAlert error={action.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('app.back')}
          </Button>
          <Button color={danger ? 'brick' : undefined} loading={action.isPending} onClick={onConfirm}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
