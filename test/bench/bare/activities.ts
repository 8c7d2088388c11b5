/** Activities that do nothing, under the options of the product's. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { factOptions, hypervisorOptions, mailOptions, moneyOptions } from '../../../workflows/options.ts';

/** Takes what the product's activity of that place takes, and answers with something of the same size. */
export interface EmptyActivities {
  step(request: object): Promise<object>;
}

export const PROVIDER = 'bare';
const TENANT = '00000000-0000-4000-8000-000000000000';
export const facts = proxyLocalActivities<EmptyActivities>(factOptions);
export const payments = proxyActivities<EmptyActivities>(moneyOptions);
export const mail = proxyActivities<EmptyActivities>(mailOptions);

/** One provider's work, to be done within `deadlineMs`. */
export function hypervisor(deadlineMs: number, summary?: string) {
  const options = hypervisorOptions(PROVIDER, deadlineMs, { tenantId: TENANT, priority: 'checkout' });
  return proxyActivities<EmptyActivities>(summary === undefined ? options : { ...options, summary });
}
