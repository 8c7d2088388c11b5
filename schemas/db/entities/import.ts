import { EntitySchema } from 'typeorm';
import type {
  CredentialsTried,
  EntryDifference,
  EntryProblem,
  EntryState,
  ImportState,
  KnownEntry,
} from '../../imports/entry.ts';
import type { PeriodicPrice } from '../../subscriptions/billed.ts';
import type { BillingStanding } from '../../subscriptions/lifecycle.ts';
import { flag, id, instant, integer, json, named, optional, tenantId, text, uuid } from './columns.ts';

/** A batch of servers to take over as they run. */
export interface Import {
  id: string;
  tenantId: string;
  /** Only looks and reports. */
  dryRun: boolean;
  /** Whether those who are taken over get a mail about it. */
  tellCustomers: boolean;
  state: ImportState;
  failure: string | null;
  /** Edge id of the API key. */
  askedBy: string;
  createdAt: Date;
  finishedAt: Date | null;
}

/** What the provider has of a server, as far as taking it over needs it. */
export interface SeenServer {
  key: string | null;
  name: string | null;
  state: 'running' | 'stopped';
  address: string | null;
  /** Tenure's region key. */
  region: string;
}

/** What the payment provider has of its billing. */
export interface SeenBilling {
  standing: BillingStanding;
  customerRef: string;
  periodEnd: string | null;
  endsAtPeriodEnd: boolean;
  paidMinor: number;
  price: PeriodicPrice | null;
}

/** One server of an import, with what was found about it. */
export interface ImportEntryRow {
  id: string;
  tenantId: string;
  importId: string;
  position: number;
  provider: string;
  providerRef: string;
  billingRef: string | null;
  request: KnownEntry;
  /** Encrypted password, until the entry is through. */
  secret: string | null;
  state: EntryState;
  seen: SeenServer | null;
  billed: SeenBilling | null;
  credentials: CredentialsTried | null;
  fingerprint: string | null;
  problems: EntryProblem[];
  differences: EntryDifference[];
  /** Decided beforehand, so that a repetition writes the same. */
  subscriptionId: string;
  instanceId: string;
}

export const Imports = new EntitySchema<Import>({
  name: 'Import',
  tableName: 'imports',
  columns: {
    id,
    tenantId,
    dryRun: named('dry_run', flag),
    tellCustomers: named('tell_customers', flag),
    state: text,
    failure: optional('failure', text),
    askedBy: named('asked_by', text),
    createdAt: named('created_at', instant),
    finishedAt: optional('finished_at', instant),
  },
});

export const ImportEntries = new EntitySchema<ImportEntryRow>({
  name: 'ImportEntry',
  tableName: 'import_entries',
  columns: {
    id,
    tenantId,
    importId: named('import_id', uuid),
    position: integer,
    provider: text,
    providerRef: named('provider_ref', text),
    billingRef: optional('billing_ref', text),
    request: json,
    secret: optional('secret', text),
    state: text,
    seen: optional('seen', json),
    billed: optional('billed', json),
    credentials: optional('credentials', text),
    fingerprint: optional('fingerprint', text),
    problems: json,
    differences: json,
    subscriptionId: named('subscription_id', uuid),
    instanceId: named('instance_id', uuid),
  },
});

/** What seals an entry's password. */
export function entrySecretContext(entryId: string): string {
  return `import-entry/${entryId}`;
}
