import { Button, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRequest } from '../../../../schemas/operations/requests.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { type Server, useOperation } from './use-operation.ts';

/** Those that are only confirmed. */
type Asked = Extract<
  OperationRequest,
  { kind: 'start' | 'stop' | 'reboot' | 'reinstall' | 'restore-snapshot' | 'delete-snapshot' }
>;

interface Props {
  token: string;
  server: Server;
  request: Asked;
  icon?: ReactNode;
  /** Named by itself where several stand together, such as one beside each snapshot. */
  label?: string;
  danger?: boolean;
}

/** Asks once more, then asks for the operation. What the provider lacks is there, too, but cannot be pressed. */
export function OperationButton({ token, server, request, icon, label, danger = false }: Props) {
  const { t } = useTranslation();
  const { kind } = request;
  const operation = useOperation(token, server, kind);
  const [asking, setAsking] = useState(false);
  if (!operation.shown) return null;
  return (
    <>
      <Button
        variant="default"
        {...(danger ? { c: 'var(--bad)' } : {})}
        {...(label === undefined ? {} : { 'aria-label': label })}
        leftSection={icon}
        disabled={operation.lack !== null}
        loading={operation.underWay || operation.isPending}
        onClick={() => setAsking(true)}
      >
        {t(`order.server.button.${kind}`)}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => {
          setAsking(false);
          operation.reset();
        }}
        title={t(`order.server.ask.${kind}.title`)}
        confirmLabel={t(`order.server.button.${kind}`)}
        action={operation}
        onConfirm={() => operation.mutate(request, { onSuccess: () => setAsking(false) })}
        danger={danger}
      >
        <Text>{t(`order.server.ask.${kind}.text`, { name: server.displayName ?? server.hostname })}</Text>
      </ConfirmDialog>
    </>
  );
}
