import type { TFunction } from 'i18next';
import type { TimelineEntry } from '../../../schemas/api/shop.ts';
import type { MailTemplate } from '../../../schemas/mail/templates.ts';
import type { OperationKind } from '../../../schemas/operations/operations.ts';

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
  'plan-changed',
  'plan-change-scheduled',
  'plan-change-failed',
  'server-imported',
  'server-missing',
  'server-rebuilt',
] as const satisfies MailTemplate[];

const OPERATIONS = [
  'start',
  'stop',
  'reboot',
  'reinstall',
  'rename',
  'open-console',
  'rotate-credentials',
  'take-snapshot',
  'restore-snapshot',
  'delete-snapshot',
  'add-disk',
  'remove-disk',
  'add-address',
  'remove-address',
  'set-firewall',
] as const satisfies OperationKind[];

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
  const text =
    operationText({ kind, data }, t) ?? rebuiltText({ kind, data }, t) ?? t(`order.timeline.${kind}`);
  const { ordinal } = data;
  return quantity > 1 && typeof ordinal === 'number' ? t('order.ofServer', { ordinal, text }) : text;
}

/** What was done to a server, or could not be; `null` for everything else, and for kinds of a later release. */
function operationText({ kind, data }: Pick<TimelineEntry, 'kind' | 'data'>, t: TFunction): string | null {
  if (kind !== 'operation-done' && kind !== 'operation-failed') return null;
  const operation = OPERATIONS.find((each) => each === data['operation']);
  if (!operation) return null;
  return t(`order.server.${kind === 'operation-done' ? 'done' : 'failed'}.${operation}`);
}

/** A server that was made anew with the data of the lost one. */
function rebuiltText({ kind, data }: Pick<TimelineEntry, 'kind' | 'data'>, t: TFunction): string | null {
  const isRestored = kind === 'server-rebuilt' && typeof data['backupOf'] === 'string';
  return isRestored ? t('order.rebuiltFromBackup') : null;
}
