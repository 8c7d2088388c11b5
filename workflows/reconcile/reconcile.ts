/**
 * One pass over one provider, by the schedule `reconcile/<provider>`: what it has is read once and compared with the database. Whatever
 * does not fit becomes a finding; what can be mended is mended, and who has to know is told.
 */
import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  uuid4,
} from '@temporalio/workflow';
import type { MailActivities } from '../../activities/mail/activities.ts';
import type { ReconcileActivities } from '../../activities/reconcile/activities.ts';
import type { ComparisonFacts, News } from '../../activities/reconcile/comparison.ts';
import type { Inventory, Pass, PassReport, ReconcileInput } from '../../schemas/fleet/findings.ts';
import { businessKey, subscriptionWorkflowId } from '../../schemas/ids.ts';
import { HOUR_MS } from '../durations.ts';
import { comparisonOptions, hypervisorOptions, mailOptions } from '../options.ts';
import { PATCHES } from '../patches.ts';
import { instanceDrifted } from '../subscriptions/messages.ts';
import { explain } from '../subscriptions/steps.ts';

/** A provider that cannot be read for so long is left to the next pass. */
const READ_WITHIN_MS = HOUR_MS;

const mail = proxyActivities<MailActivities>({ ...mailOptions, scheduleToCloseTimeout: '2 minutes' });
const facts = proxyLocalActivities<ComparisonFacts>(comparisonOptions);

export async function reconcile({ tenantId, provider }: ReconcileInput): Promise<PassReport> {
  const pass: Pass = { tenantId, provider, passId: uuid4() };
  try {
    const done = await compareAccount(pass);
    const open = await facts.endPass({ ...pass, report: done, failure: null });
    const report = { ...done, open };
    setCurrentDetails(inWords(provider, report));
    return report;
  } catch (error) {
    const failure = explain(error).message;
    setCurrentDetails(`${provider} could not be compared, and nothing was decided: ${failure}`);
    await CancellationScope.nonCancellable(() => facts.endPass({ ...pass, report: null, failure }));
    throw error;
  }
}

/** Whoever waits for a server goes first. */
function inventoryOf({ tenantId, provider }: Pass, deadlineMs: number) {
  return proxyActivities<ReconcileActivities>(
    hypervisorOptions(provider, deadlineMs, { tenantId, priority: 'bulk' }),
  );
}

type Done = Omit<PassReport, 'open'>;

/** Reads the account once, and compares it with what its owner has, and then with what others have there. */
async function compareAccount(pass: Pass): Promise<Done> {
  const { provider } = pass;
  const at = inventoryOf(pass, READ_WITHIN_MS);

  setCurrentDetails(`Reading everything that ${provider} has.`);
  const inventory = await at.readInventory(pass);
  const done = await compareTenant(pass, inventory);
  await lookAtCapacity(pass, inventory);
  await tellStaff(pass);
  if (patched(PATCHES.everyTenant)) await compareOthers(pass, inventory);
  return done;
}

/** The others who have something in this account, each inside its own wall. What goes wrong with one is that one's alone. */
async function compareOthers({ tenantId, provider, passId }: Pass, inventory: Inventory): Promise<void> {
  const { reading } = inventory;
  const { tenants, began } = await facts.shareInventory({ tenantId, provider, passId, inventory });
  for (const other of tenants) {
    const pass: Pass = { tenantId: other, provider, passId: uuid4() };
    try {
      const own = await facts.openSharedPass({ ...pass, reading, began });
      const sizes = await inventoryOf(pass, READ_WITHIN_MS).readSizes(pass);
      const done = await compareTenant(pass, { ...inventory, ...own, sizes });
      await tellStaff(pass);
      await facts.endPass({ ...pass, report: done, failure: null });
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = explain(error).message;
      log.warn('A tenant’s part could not be compared.', { tenantId: other, cause: failure });
      await facts.endPass({ ...pass, report: null, failure });
    }
  }
}

async function compareTenant(pass: Pass, inventory: Inventory): Promise<Done> {
  const { provider } = pass;
  const { instances, snapshots } = inventory;
  const at = inventoryOf(pass, READ_WITHIN_MS);

  setCurrentDetails(
    `Comparing ${instances} instances and ${snapshots} snapshots of ${provider} with the database.`,
  );
  const { adopted, mended } = await facts.compareInventory({ ...pass, inventory });
  const { missing, braked } = await at.confirmMissing({ ...pass, inventory });
  await tellSubscriptions(pass);

  setCurrentDetails(`Clearing away what belongs to nobody at ${provider}.`);
  const { removed, wouldRemove } = await at.removeLeftovers({ ...pass, inventory });
  return { instances, snapshots, adopted, mended, missing, braked, removed, wouldRemove };
}

/** Each subscription decides by itself what to do about its instance, when nothing else is under way there. */
async function tellSubscriptions(pass: Pass): Promise<void> {
  const news = await facts.newsOfPass(pass);
  const told = (await Promise.all(news.map(tell))).filter((findingId) => findingId !== null);
  if (told.length > 0) await facts.noteTold({ tenantId: pass.tenantId, findingIds: told });
}

async function tell({ findingId, subscriptionId, instanceId, finding }: News): Promise<string | null> {
  try {
    const subscription = getExternalWorkflowHandle(subscriptionWorkflowId(subscriptionId));
    await subscription.signal(instanceDrifted, { instanceId, finding });
    return findingId;
  } catch (error) {
    // Its workflow is over or not there: the finding stays open, and the next pass tries again.
    log.warn('A subscription could not be told of a finding.', { findingId, cause: explain(error).message });
    return null;
  }
}

/** A provider that does not tell how full it is spoils nothing else. */
async function lookAtCapacity(pass: Pass, inventory: Inventory): Promise<void> {
  const at = inventoryOf(pass, READ_WITHIN_MS / 12);
  try {
    await at.measureCapacity({ ...pass, inventory });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('The capacity could not be read.', { cause: explain(error).message });
    return;
  }
  await facts.judgeCapacity(pass);
}

/** By mail, once for each finding. While there is no mail server the next passes try again; this one must not wait for days. */
async function tellStaff(pass: Pass): Promise<void> {
  const contents = await facts.newsForStaff(pass);
  if (contents.findings.length === 0) return;
  const { tenantId, passId } = pass;
  try {
    await mail.sendFleetMail({ tenantId, key: businessKey('pass', passId, 'findings'), contents });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('Staff could not be told of findings.', { cause: explain(error).message });
    return;
  }
  await facts.noteStaffTold(pass);
}

function inWords(provider: string, report: PassReport): string {
  const { instances, adopted, mended, missing, braked, removed, wouldRemove, open } = report;
  const left = Object.entries(open).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${provider} has ${instances} instances.`,
    braked
      ? `${missing} of ours seem to be missing, far too many at once: look at the account and its key. Nobody was told.`
      : `${missing} of ours are missing.`,
    `${adopted} adopted, ${mended} mended, ${removed} removed; ${wouldRemove} would be removed if that were on.`,
    left.length > 0 ? `Open findings: ${left.join(', ')}.` : 'No finding is open.',
  ].join(' ');
}
