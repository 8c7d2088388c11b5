/** Task queues: one per kind of work, and one per provider so that its quota is a queue's rate limit. */

/** Workflows and the quick database facts that run beside them as local activities. */
export const LIFECYCLE_QUEUE = 'tenure-lifecycle';
export const PAYMENTS_QUEUE = 'tenure-payments';
export const MAIL_QUEUE = 'tenure-mail';

/** The queue of one provider's work; `provider` is the name in the catalogue. */
export function hypervisorQueue(provider: string): string {
  return `tenure-hypervisor-${provider}`;
}
