/** The mails customers and staff get, and what each needs. Pure; rendering is in `activities/mail/`. */
import type { AccessProtocol } from '../catalog/access.ts';
import type { BillingInterval } from '../catalog/plan.ts';
import type { Language } from '../language.ts';
import type { Currency } from '../money.ts';

export interface MailContents {
  'order-received': { planName: string; quantity: number; orderUrl: string };
  'server-ready': {
    planName: string;
    orderUrl: string;
    servers: {
      hostname: string;
      /** Of an application on the web: its URL. */
      address: string;
      port: number;
      protocol: AccessProtocol;
      username: string;
      /** One-time page that shows the password; set unless the plan sends it inline. */
      credentialsUrl: string | null;
      credentialsExpireAt: string | null;
      /** Only where the plan says so. */
      password: string | null;
      /** SSH host key, "SHA256:…", to compare at first sign-in; `null` for all others. */
      hostKeyFingerprint: string | null;
    }[];
  };
  'credentials-reminder': { planName: string; orderUrl: string; credentialsUrls: string[] };
  'credentials-rotated': {
    planName: string;
    orderUrl: string;
    credentialsUrls: string[];
    credentialsExpireAt: string;
  };
  'provisioning-delayed': { planName: string; orderUrl: string };
  'provisioning-failed': { planName: string; orderUrl: string };
  'payment-failed': { planName: string; orderUrl: string; suspendAt: string };
  suspended: { planName: string; orderUrl: string; reason: 'payment' | 'staff'; deleteAt: string | null };
  resumed: { planName: string; orderUrl: string };
  cancelled: {
    planName: string;
    orderUrl: string;
    serviceEndsAt: string;
    deleteAt: string;
    /** Ended for want of payment, not because the customer asked: paying brings it back. */
    unpaid: boolean;
  };
  deleted: {
    planName: string;
    snapshotKeptUntil: string | null;
    /** Not every server could be kept a snapshot of. */
    partly: boolean;
  };
  refunded: {
    planName: string;
    amountMinor: number;
    currency: 'eur' | 'usd';
    /** The payment came when all was over; otherwise nothing could be delivered for it. */
    late: boolean;
  };
  /** A server is gone at its provider. */
  'server-missing': { planName: string; orderUrl: string };
  /** A server that was gone was made anew. */
  'server-rebuilt': {
    planName: string;
    orderUrl: string;
    credentialsUrls: string[];
    /** The instant of the backup that its data is from; `null` if it is empty. */
    backupOf: string | null;
  };
  /** A server that ran elsewhere is looked after here from now on. */
  'server-imported': { planName: string; orderUrl: string };
  /** Amounts of all servers together, minor units; `chargedMinor` with taxes. */
  'plan-changed': {
    planName: string;
    orderUrl: string;
    interval: BillingInterval;
    currency: Currency;
    amountMinor: number;
    chargedMinor: number;
  };
  'plan-change-scheduled': {
    newPlanName: string;
    orderUrl: string;
    interval: BillingInterval;
    currency: Currency;
    amountMinor: number;
    effectiveAt: string;
  };
  /** All is as before. */
  'plan-change-failed': {
    planName: string;
    orderUrl: string;
    currency: Currency;
    /** The bank said no; otherwise something of ours failed. */
    isDeclined: boolean;
    refundedMinor: number;
  };
  'checkout-expired': { planName: string; shopUrl: string };
  /** To staff, always in English: what does not fit at a provider. */
  'staff-fleet': {
    provider: string;
    findings: {
      id: string;
      kind: string;
      ref: string;
      expected: string | null;
      seen: string | null;
      detail: string | null;
    }[];
    /** So many are not listed. */
    more: number;
  };
  /** To staff, always in English. */
  'staff-attention': {
    planName: string;
    subscriptionId: string;
    reason: string;
    message: string;
    temporalUrl: string;
    options: string[];
  };
}

export type MailTemplate = keyof MailContents;

/** Those about one subscription. */
export type SubscriptionMail = Exclude<MailTemplate, 'staff-fleet'>;

/** A mail ready to be rendered. `zone` is the IANA zone in which instants are written. */
export interface MailToRender<T extends MailTemplate = MailTemplate> {
  template: T;
  language: Language;
  zone: string;
  contents: MailContents[T];
}
