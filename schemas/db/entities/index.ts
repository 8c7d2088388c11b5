/** Every table, for the data source. */
import { Tenants } from './tenant.ts';
import { Customers } from './customer.ts';
import { Plans } from './plan.ts';
import { Subscriptions } from './subscription.ts';
import { Instances } from './instance.ts';
import { CredentialLinks } from './credential-link.ts';
import { TimelineEntries } from './timeline-entry.ts';
import { AuditEvents } from './audit-event.ts';
import { PaymentEvents } from './payment-event.ts';
import { Mails } from './mail.ts';
import { ApiKeys } from './api-key.ts';
import { IdempotencyKeys } from './idempotency-key.ts';

export const ENTITIES = [
  Tenants,
  Customers,
  Plans,
  Subscriptions,
  Instances,
  CredentialLinks,
  TimelineEntries,
  AuditEvents,
  PaymentEvents,
  Mails,
  ApiKeys,
  IdempotencyKeys,
];
