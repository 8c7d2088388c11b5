/** Taking over servers that run already: what staff send, and what comes of it. */
import { z } from 'zod';
import {
  CREDENTIALS_TRIED,
  ENTRY_STATES,
  IMPORT_STATES,
  ImportEntry,
  MOST_ENTRIES,
} from '../imports/entry.ts';
import { EdgeId, Instant } from './common.ts';

export const ImportRequest = z.strictObject({
  /** Only look and report; nothing is written. */
  dryRun: z.boolean().default(false),
  /** Tell each customer by mail that their server is looked after here. */
  tellCustomers: z.boolean().default(false),
  entries: z.array(ImportEntry).min(1).max(MOST_ENTRIES),
});
export type ImportRequest = z.infer<typeof ImportRequest>;

export const ImportEntryView = z.object({
  /** Where it stood in the request, from 0. */
  position: z.int(),
  provider: z.string(),
  /** In the provider's own words, as it tells them. */
  providerRef: z.string(),
  state: z.enum(ENTRY_STATES),
  /** Why it cannot be taken over. */
  problems: z.array(z.object({ reason: z.string(), message: z.string() })),
  /** What is not as its plan or the entry says; it is taken over all the same. */
  differences: z.array(z.object({ what: z.string(), expected: z.string(), seen: z.string() })),
  /** What came of trying the password; `null` until then. */
  credentials: z.enum(CREDENTIALS_TRIED).nullable(),
  /** `null` unless it belongs to one, from now or from before. */
  subscriptionId: EdgeId('subscription').nullable(),
});
export type ImportEntryView = z.infer<typeof ImportEntryView>;

export const ImportView = z.object({
  id: EdgeId('import'),
  state: z.enum(IMPORT_STATES),
  dryRun: z.boolean(),
  /** Why it was given up. */
  failure: z.string().nullable(),
  /** How many entries are in which state. */
  counts: z.record(z.enum(ENTRY_STATES), z.int()),
  createdAt: Instant,
  finishedAt: Instant.nullable(),
});
export type ImportView = z.infer<typeof ImportView>;

export const ImportDetails = ImportView.extend({ entries: z.array(ImportEntryView) });
export type ImportDetails = z.infer<typeof ImportDetails>;
