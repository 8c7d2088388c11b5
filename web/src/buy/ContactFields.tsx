import { Stack, TextInput, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { OrderForm, WrongFields } from './order-form.ts';

interface Props {
  form: OrderForm;
  wrong: WrongFields;
  onChange: (part: Partial<OrderForm>) => void;
}

/** Who orders, and where the sign-in details go. */
export function ContactFields({ form, wrong, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <Stack gap="lg">
      <Title order={2}>{t('buy.contactHeading')}</Title>
      <TextInput
        name="email"
        type="email"
        label={t('buy.email')}
        description={t('buy.emailHint')}
        autoComplete="email"
        inputMode="email"
        required
        maxLength={254}
        value={form.email}
        onChange={(event) => onChange({ email: event.currentTarget.value })}
        error={wrong.has('email') && t('buy.wrong.email')}
      />
      <TextInput
        name="name"
        label={t('buy.name')}
        autoComplete="name"
        maxLength={200}
        value={form.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={wrong.has('name') && t('buy.wrong.name')}
      />
      <TextInput
        name="promotionCode"
        label={t('buy.promotionCode')}
        description={t('buy.promotionCodeHint')}
        autoComplete="off"
        spellCheck={false}
        maxLength={64}
        value={form.promotionCode}
        onChange={(event) => onChange({ promotionCode: event.currentTarget.value })}
        error={wrong.has('promotionCode') && t('buy.wrong.promotionCode')}
      />
    </Stack>
  );
}
