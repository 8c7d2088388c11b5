import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRequest } from '../../../../schemas/operations/requests.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { type Server, useOperation } from './use-operation.ts';

interface Props {
  token: string;
  server: Server;
  kind: 'rename' | 'take-snapshot';
  /** What is asked for with this text. */
  toRequest: (text: string) => OperationRequest;
  /** What must not be sent. */
  isWrong: (text: string) => boolean;
  initial: string;
}

/** An operation that takes a text: a new name, what a snapshot is called. */
export function TextButton({ token, server, kind, toRequest, isWrong, initial }: Props) {
  const { t } = useTranslation();
  const operation = useOperation(token, server, kind);
  const [text, setText] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  if (!operation.shown) return null;
  const wrong = text !== null && isWrong(text.trim());
  const close = (): void => {
    setText(null);
    setTried(false);
    operation.reset();
  };
  const send = (): void => {
    setTried(true);
    if (text !== null && !wrong) operation.mutate(toRequest(text.trim()), { onSuccess: close });
  };
  return (
    <>
      <Button
        variant="default"
        disabled={operation.lack !== null}
        loading={operation.underWay || operation.isPending}
        onClick={() => setText(initial)}
      >
        {t(`order.server.button.${kind}`)}
      </Button>
      <ConfirmDialog
        opened={text !== null}
        onClose={close}
        title={t(`order.server.ask.${kind}.title`)}
        confirmLabel={t(`order.server.button.${kind}`)}
        action={operation}
        onConfirm={send}
      >
        <TextInput
          data-autofocus
          label={t(`order.server.ask.${kind}.label`)}
          description={t(`order.server.ask.${kind}.text`)}
          value={text ?? ''}
          error={tried && wrong ? t(`order.server.ask.${kind}.wrong`) : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </ConfirmDialog>
    </>
  );
}
