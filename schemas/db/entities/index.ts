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
import { FirstBoots } from './first-boot.ts';
import { Images } from './image.ts';
import { Operations } from './operation.ts';
import { Snapshots } from './snapshot.ts';
import { ImportEntries, Imports } from './import.ts';
import { InstanceAddresses, InstanceDisks } from './instance-extra.ts';

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
  FirstBoots,
  Images,
  Operations,
  Snapshots,
  InstanceDisks,
  InstanceAddresses,
  Imports,
  ImportEntries,
];
