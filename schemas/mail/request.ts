/** Asking for one mail. Pure: shared by those who ask and those who send. */
import type { MailContents, SubscriptionMail } from './templates.ts';

/** Small facts that whoever asks for a mail knows and the database does not; never secrets. */
export type MailFacts = Record<string, string | number | null>;

/** One mail to be sent, at most once. */
export interface MailRequest {
  tenantId: string;
  subscriptionId: string;
  /** Business key of the event: one mail per key. */
  key: string;
  template: SubscriptionMail;
  facts: MailFacts;
}

/** One mail to staff about a provider, at most once. */
export interface FleetMailRequest {
  tenantId: string;
  key: string;
  contents: MailContents['staff-fleet'];
}

/** Name of the workflow that sends a mail beside any subscription's story. */
export const MAIL_WORKFLOW = 'oneMail';
