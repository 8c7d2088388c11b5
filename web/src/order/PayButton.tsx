import { Anchor, Button, Group } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { rememberPaymentVisit } from './payment-visit.ts';

interface Props {
  token: string;
  paymentUrl: string;
  /** The reader comes from there and has probably paid: only a quiet way back. */
  again: boolean;
}

/** The way to the payment page. */
export function PayButton({ token, paymentUrl, again }: Props) {
  const { t } = useTranslation();
  const leave = (): void => rememberPaymentVisit(token);
  if (again) {
    return (
      <Anchor href={paymentUrl} onClick={leave} w="fit-content">
        {t('order.payAfterAll')}
      </Anchor>
    );
  }
  return (
    <Group>
      <Button
        component="a"
        href={paymentUrl}
        onClick={leave}
        size="md"
        rightSection={<IconArrowRight size={18} aria-hidden />}
      >
        {t('order.pay')}
      </Button>
    </Group>
  );
}
