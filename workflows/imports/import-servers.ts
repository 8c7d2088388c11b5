/**
 * `import/<id>`: takes over servers that run already. Every entry is looked at where it runs and where it is billed, and only then written
 * down; nothing is made, changed or deleted at a provider. What a crash leaves is gone on with, entry by entry.
 */
import { proxyActivities, proxyLocalActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ImportBillingActivities } from '../../activities/imports/billing.ts';
import type { ImportFacts } from '../../activities/imports/facts.ts';
import type { ImportServerActivities } from '../../activities/imports/servers.ts';
import type { ImportInput } from '../../schemas/imports/entry.ts';
import { HOUR_MS } from '../durations.ts';
import { comparisonOptions, hypervisorOptions, moneyOptions } from '../options.ts';
import { explain } from '../subscriptions/steps.ts';

/** How long a provider may be unreachable before the import is given up; nothing is written by then. */
const LOOK_WITHIN_MS = 6 * HOUR_MS;
/** Looking at hundreds of entries, one by one. */
const BILLING_LOOK = '30 minutes';

const facts = proxyLocalActivities<ImportFacts>(comparisonOptions);
const billing = proxyActivities<ImportBillingActivities>({
  ...moneyOptions,
  startToCloseTimeout: BILLING_LOOK,
});

export async function importServers(input: ImportInput): Promise<void> {
  try {
    const { providers, bills, dryRun, count } = await facts.beginImport(input);
    setCurrentDetails(`Looking at ${count} servers at ${providers.join(', ')}.`);
    await Promise.all(providers.map((provider) => lookAt(provider, input)));
    if (bills) await billing.lookAtBilling(input);
    await facts.judgeEntries(input);
    if (!dryRun) await takeOverAll(input, bills);
    await facts.endImport({ ...input, failure: null });
    setCurrentDetails(dryRun ? 'Looked at everything; nothing was written.' : 'Everything is taken over.');
  } catch (error) {
    const failure = explain(error).message;
    setCurrentDetails(`Given up: ${failure}`);
    await facts.endImport({ ...input, failure });
    throw error;
  }
}

async function lookAt(provider: string, input: ImportInput): Promise<void> {
  const { tenantId } = input;
  await proxyActivities<ImportServerActivities>(
    hypervisorOptions(provider, LOOK_WITHIN_MS, { tenantId, priority: 'bulk' }),
  ).lookAtServers(input);
}

async function takeOverAll(input: ImportInput, bills: boolean): Promise<void> {
  for (;;) {
    const left = await facts.takeOverSome(input);
    if (left === 0) break;
    setCurrentDetails(`${left} servers are still to be taken over.`);
  }
  if (bills) await billing.adoptBilling(input);
}
