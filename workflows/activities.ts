/** The activities by their types, with the options of `options.ts`. Workflows know nothing more of them. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { InstanceActivities } from '../activities/instances/activities.ts';
import type { OperationActivities } from '../activities/operations/perform.ts';
import type { MailActivities } from '../activities/mail/activities.ts';
import type { PaymentActivities } from '../activities/payments/activities.ts';
import type { SubscriptionFacts } from '../activities/subscriptions/facts.ts';
import { factOptions, hypervisorOptions, mailOptions, moneyOptions, type Turn } from './options.ts';

/** Local activities: idempotent by the `key` of each step. */
export const facts = proxyLocalActivities<SubscriptionFacts>(factOptions);

/** Idempotent by subscription and business key. */
export const payments = proxyActivities<PaymentActivities>(moneyOptions);

/** Idempotent by the mail's key. */
export const mail = proxyActivities<MailActivities>(mailOptions);

/** One provider's work, idempotent by the instance's key, to be done within `deadlineMs`. */
export function hypervisor(
  provider: string,
  deadlineMs: number,
  { summary, ...turn }: Turn & { summary?: string },
) {
  const options = hypervisorOptions(provider, deadlineMs, turn);
  return proxyActivities<InstanceActivities & OperationActivities>(
    summary === undefined ? options : { ...options, summary },
  );
}
