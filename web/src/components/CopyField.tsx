import { ActionIcon, CopyButton, Text, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './CopyField.module.css';

interface Props {
  label: string;
  value: string;
  hint?: string;
  /** What to show in place of the value, e.g. dots. Copying copies the value all the same. */
  shown?: string;
  /** Further buttons, left of the copy button. */
  extra?: ReactNode;
}

/** A value to copy, e.g. into a terminal. It can always be selected by hand, where the clipboard is blocked. */
export function CopyField({ label, value, hint, shown = value, extra }: Props) {
  const { t } = useTranslation();
  const labelId = useId();
  return (
    <div>
      <Text size="sm" fw={550} mb={4} id={labelId}>
        {label}
      </Text>
      <div className={classes['box']} role="group" aria-labelledby={labelId}>
        <code className={classes['value']}>{shown}</code>
        {extra}
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <>
              <ActionIcon
                variant="subtle"
                size={36}
                color={copied ? 'pine' : 'gray'}
                aria-label={t('app.copy', { what: label })}
                onClick={copy}
              >
                {copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
              </ActionIcon>
              <VisuallyHidden role="status">{copied && t('app.copied')}</VisuallyHidden>
            </>
          )}
        </CopyButton>
      </div>
      {hint && (
        <Text size="sm" c="dimmed" mt={4}>
          {hint}
        </Text>
      )}
    </div>
  );
}
