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
  /** While what is asked is not settled yet. */
  confirmDisabled?: boolean;
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
  confirmDisabled = false,
  danger = false,
  children,
}: Props) {
  const { t } = useTranslation();
  return (
    // Composed by hand: the library's own header would be a second banner landmark.
    <Modal.Root opened={opened} onClose={onClose} centered size="lg">
      <Modal.Overlay />
      <Modal.Content radius="lg">
        <Modal.Body p="lg">
          <Stack gap="lg">
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <Modal.Title fz="h3" fw={650}>
                {title}
              </Modal.Title>
              <Modal.CloseButton aria-label={t('app.close')} />
            </Group>
            {children}
            {action.error && <ProblemAlert error={action.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('app.back')}
              </Button>
              <Button
                color={danger ? 'brick' : undefined}
                loading={action.isPending}
                disabled={confirmDisabled}
                onClick={onConfirm}
              >
                {confirmLabel}
              </Button>
            </Group>
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
