/** Activities that do nothing, under the options of the product's. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { factOptions, hypervisorOptions, mailOptions, moneyOptions } from '../../../workflows/options.ts';

/** Takes what the product's activity of that place takes, and answers with something of the same size. */
export interface EmptyActivities {
  step(request: object): Promise<object>;
}

export const PROVIDER = 'bare';
export const facts = proxyLocalActivities<EmptyActivities>(factOptions);
export const payments = proxyActivities<EmptyActivities>(moneyOptions);
export const mail = proxyActivities<EmptyActivities>(mailOptions);

/** One provider's work, to be done within `deadlineMs`. */
export function hypervisor(deadlineMs: number, summary?: string) {
  const options = hypervisorOptions(PROVIDER, deadlineMs);
  return proxyActivities<EmptyActivities>(summary === undefined ? options : { ...options, summary });
}
