import type { TFunction } from 'i18next';
import type { TimelineEntry } from '../../../schemas/api/shop.ts';
import type { MailTemplate } from '../../../schemas/mail/templates.ts';

/** The mails that customers get; those to staff are no part of their history. */
const CUSTOMER_MAILS = [
  'order-received',
  'server-ready',
  'credentials-reminder',
  'credentials-rotated',
  'provisioning-delayed',
  'provisioning-failed',
  'payment-failed',
  'suspended',
  'resumed',
  'cancelled',
  'deleted',
  'refunded',
  'checkout-expired',
  'server-missing',
  'server-rebuilt',
] as const satisfies MailTemplate[];

/** What happened, in a sentence; with several servers it says which one. */
export function historyText({ kind, data }: TimelineEntry, quantity: number, t: TFunction): string {
  if (kind === 'mail-sent') {
    const template = CUSTOMER_MAILS.find((each) => each === data['template']);
    return template
      ? t('order.mailSent', { mail: t(`order.mails.${template}`) })
      : t('order.timeline.mail-sent');
  }
  if (kind === 'cancel-requested' && data['when'] === 'period-end')
    return t('order.cancelRequestedForPeriodEnd');
  const text = t(`order.timeline.${kind}`);
  const { ordinal } = data;
  return quantity > 1 && typeof ordinal === 'number' ? t('order.ofServer', { ordinal, text }) : text;
}
