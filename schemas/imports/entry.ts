/** One server to take over as it runs: what staff know of it and no provider tells. */
import { z } from 'zod';
import { EmailAddress, PersonName, singleLine } from '../api/contact.ts';
import { Instant } from '../api/common.ts';
import { AccessProtocol } from '../catalog/access.ts';
import { BillingInterval, PlanKey } from '../catalog/plan.ts';
import { Language } from '../language.ts';
import { Currency } from '../money.ts';

/** Nobody bills it here: it is billed elsewhere, for now. */
export const BILLED_ELSEWHERE = 'none';

export const ImportBilling = z.strictObject({
  /** The payment provider's name, or `none`: others bill it. */
  kind: z.string().min(1).max(50),
  /** The payment provider's id of its subscription. */
  subscription: z.string().min(1).max(255).optional(),
});

export const ImportEntry = z
  .strictObject({
    provider: z.string().min(1).max(100),
    /** The provider's own id of the server. */
    providerRef: z.string().min(1).max(255),
    customer: z.strictObject({
      email: EmailAddress,
      name: PersonName.optional(),
      language: Language,
    }),
    /** Its terms are those of the plan's newest version. */
    planKey: PlanKey,
    interval: BillingInterval,
    currency: Currency,
    /** Tenure's region key; found by what the provider tells if left out. */
    region: z
      .string()
      .regex(/^[a-z]{3}$/)
      .optional(),
    billing: ImportBilling,
    /** End of the period that is paid for; needed where others bill. */
    paidUntil: Instant.optional(),
    protocol: AccessProtocol,
    username: z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,31}$/),
    /** Where one signs in, if not at the protocol's own port. */
    port: z.int().min(1).max(65_535).optional(),
    /** Needed only where the provider does not tell it. */
    address: z.string().min(1).max(255).refine(singleLine, 'must be one line').optional(),
    /** The password of now. It is tried; what does not work is not kept. */
    password: z.string().min(1).max(256).optional(),
  })
  .superRefine(({ billing, paidUntil }, context) => {
    const isElsewhere = billing.kind === BILLED_ELSEWHERE;
    if (isElsewhere && paidUntil === undefined) {
      context.addIssue({ code: 'custom', path: ['paidUntil'], message: 'is needed where others bill' });
    }
    if (isElsewhere === (billing.subscription !== undefined)) {
      const message = isElsewhere ? 'goes with a payment provider only' : 'is needed';
      context.addIssue({ code: 'custom', path: ['billing', 'subscription'], message });
    }
  });
export type ImportEntry = z.infer<typeof ImportEntry>;

/** As it is kept: the password is sealed, beside it. */
export type KnownEntry = Omit<ImportEntry, 'password'>;

/** `waiting` is being looked at · `ready` can be taken over · `refused` see its problems · `unchanged` was taken over before · `imported`. */
export const ENTRY_STATES = ['waiting', 'ready', 'refused', 'unchanged', 'imported'] as const;
export type EntryState = (typeof ENTRY_STATES)[number];

export const IMPORT_STATES = ['waiting', 'checking', 'writing', 'done', 'failed'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

/** What came of trying the password: `untried` while the server is off. Only one that works is kept. */
export const CREDENTIALS_TRIED = ['work', 'refused', 'silent', 'untried', 'unknown'] as const;
export type CredentialsTried = (typeof CREDENTIALS_TRIED)[number];

/** Why an entry cannot be taken over. */
export interface EntryProblem {
  reason: string;
  message: string;
}

/** What is not as the entry or its plan says; it does not keep it from being taken over. */
export interface EntryDifference {
  what:
    'size' | 'region' | 'address' | 'power' | 'protocol' | 'username' | 'price' | 'payment' | 'credentials';
  expected: string;
  seen: string;
}

/** So many servers go into one import. */
export const MOST_ENTRIES = 500;

/** Workflow type. */
export const IMPORT_WORKFLOW = 'importServers';

/** The workflow's argument. */
export interface ImportInput {
  tenantId: string;
  importId: string;
}
