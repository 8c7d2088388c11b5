import { ActionIcon } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyField } from '../components/CopyField.tsx';

/** The password as dots until it is asked for: somebody may look over the shoulder. */
export function PasswordField({ password }: { password: string }) {
  const { t } = useTranslation();
  const [visible, setVisible] = useState(false);
  return (
    <CopyField
      label={t('credentials.password')}
      value={password}
      shown={visible ? password : '•'.repeat(12)}
      extra={
        <ActionIcon
          variant="subtle"
          color="gray"
          size={36}
          aria-label={visible ? t('credentials.hide') : t('credentials.show')}
          onClick={() => setVisible(!visible)}
        >
          {visible ? <IconEyeOff size={18} aria-hidden /> : <IconEye size={18} aria-hidden />}
        </ActionIcon>
      }
    />
  );
}
