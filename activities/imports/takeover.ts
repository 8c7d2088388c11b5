/** Writing down a server that is taken over: customer, subscription and instance, with the reference that it has already. */
import type { EntityManager } from 'typeorm';
import type { AccessProtocol } from '../../schemas/catalog/access.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { Customers } from '../../schemas/db/entities/customer.ts';
import {
  entrySecretContext,
  ImportEntries,
  type Import,
  type ImportEntryRow,
  type SeenServer,
} from '../../schemas/db/entities/import.ts';
import { type Instance, Instances } from '../../schemas/db/entities/instance.ts';
import type { Plan } from '../../schemas/db/entities/plan.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import { appendToOutbox } from '../../schemas/db/outbox.ts';
import { writeAudit, writeTimeline } from '../../schemas/db/trail.ts';
import { businessKey, instanceKey, toEdgeId } from '../../schemas/ids.ts';
import { instanceHostname } from '../../schemas/instances.ts';
import { v7 as uuidv7 } from 'uuid';
import { generatePassword } from '../access/passwords.ts';
import { holdResource } from '../instances/hold.ts';
import { judge } from './judging.ts';
import { planOf, priceOf } from './plans.ts';

export interface TakeoverDependencies {
  secretBox: SecretBox;
  ports: Record<AccessProtocol, number>;
}

/** Takes one over, or says once more why not. All in the caller's transaction. */
export async function takeOver(
  tx: EntityManager,
  deps: TakeoverDependencies,
  { batch, entry }: { batch: Import; entry: ImportEntryRow },
): Promise<void> {
  const { id, provider, providerRef, seen } = entry;
  const entries = tx.getRepository(ImportEntries);
  await holdResource(tx, provider, providerRef);
  const { problems, earlier } = await judge(tx, entry);
  const plan = await planOf(tx, entry.request.planKey);
  if (problems.length > 0 || !plan || !seen) {
    await entries.update({ id }, { state: 'refused', problems });
    return;
  }
  if (earlier) await completeCredentials(tx, deps, entry, earlier);
  else await writeFacts(tx, deps, { batch, entry, plan, seen });
  await entries.update({ id }, { state: earlier ? 'unchanged' : 'imported' });
}

interface Takeover {
  batch: Import;
  entry: ImportEntryRow;
  plan: Plan;
  seen: SeenServer;
}

async function writeFacts(tx: EntityManager, deps: TakeoverDependencies, takeover: Takeover): Promise<void> {
  const { batch, entry, plan } = takeover;
  const { tenantId, subscriptionId, provider, providerRef } = entry;
  await writePurchase(tx, takeover);
  await writeInstance(tx, deps, takeover);
  const edgeId = toEdgeId('subscription', subscriptionId);
  const known = entry.credentials === 'work';
  await writeTimeline(tx, {
    tenantId,
    subscriptionId,
    kind: 'imported',
    data: { quantity: 1 },
    dedupeKey: businessKey(edgeId, 'imported'),
  });
  await writeAudit(tx, {
    tenantId,
    by: { kind: 'staff', id: batch.askedBy },
    action: 'subscription.imported',
    subject: { kind: 'subscription', id: edgeId },
    data: {
      import: toEdgeId('import', batch.id),
      plan: plan.key,
      version: plan.version,
      provider,
      providerRef,
      credentials: known ? 'known' : 'unknown',
    },
    dedupeKey: businessKey(edgeId, 'imported'),
  });
  await closeFindings(tx, entry);
  await appendToOutbox(tx, {
    tenantId,
    kind: 'subscription-created',
    subjectId: subscriptionId,
    payload: {},
  });
}

async function writePurchase(tx: EntityManager, { batch, entry, plan, seen }: Takeover): Promise<void> {
  const { tenantId, subscriptionId, request, billed, billingRef, provider } = entry;
  const { customer, interval, currency, planKey, paidUntil } = request;
  const customerId = uuidv7();
  await tx.getRepository(Customers).insert({
    id: customerId,
    tenantId,
    email: customer.email,
    name: customer.name ?? null,
    language: customer.language,
    paymentRef: billed?.customerRef ?? null,
  });
  // What is paid now goes on being paid, also where the plan costs something else by now.
  const amountMinor = billed?.price?.amountMinor || priceOf(plan, request)?.amountMinor;
  const periodEnd = billed ? billed.periodEnd : (paidUntil ?? null);
  const now = new Date();
  await tx.getRepository(Subscriptions).insert({
    id: subscriptionId,
    tenantId,
    customerId,
    planId: plan.id,
    planKey,
    planVersion: plan.version,
    interval,
    currency,
    amountMinor: amountMinor ?? 0,
    setupFeeMinor: 0,
    quantity: 1,
    region: seen.region,
    provider,
    language: customer.language,
    stage: 'active',
    summary: 'Running; taken over as it was.',
    // There is no checkout; the column belongs to all orders.
    checkoutExpiresAt: now,
    billingRef,
    billingStanding: billed?.standing ?? 'paid',
    billingVersion: 1,
    periodEnd: periodEnd === null ? null : new Date(periodEnd),
    endsAtPeriodEnd: billed?.endsAtPeriodEnd ?? false,
    cancelAtPeriodEnd: billed?.endsAtPeriodEnd ?? false,
    paidMinor: billed?.paidMinor ?? 0,
    billedElsewhere: billed ? null : 'running',
    billedPrice: billed?.price ?? null,
    imported: { importId: batch.id, at: now.toISOString(), tellCustomer: batch.tellCustomers },
  });
}

async function writeInstance(
  tx: EntityManager,
  { secretBox, ports }: TakeoverDependencies,
  { entry, plan, seen }: Takeover,
): Promise<void> {
  const { tenantId, subscriptionId, instanceId, provider, providerRef, request } = entry;
  await tx.getRepository(Instances).insert({
    id: instanceId,
    tenantId,
    subscriptionId,
    ordinal: 1,
    generation: 1,
    key: instanceKey(subscriptionId, 1, 1),
    state: seen.state === 'running' ? 'active' : 'stopped',
    provider,
    providerRef,
    adoptedRef: providerRef,
    adoptedName: seen.name,
    placementReason: 'It was there already, and was taken over.',
    hostname: instanceHostname(plan.key, subscriptionId, 1),
    region: seen.region,
    address: seen.address,
    protocol: request.protocol,
    port: request.port ?? ports[request.protocol],
    username: request.username,
    ...credentialsOf(secretBox, entry, instanceId),
  });
}

/** Only a password that works is kept; where there is none, one that nothing has stands in its place. */
function credentialsOf(
  secretBox: SecretBox,
  { id, secret, credentials, fingerprint }: ImportEntryRow,
  instanceId: string,
): Pick<Instance, 'secret' | 'credentialsUnknown' | 'fingerprint' | 'credentialsVerifiedAt'> {
  const isKnown = credentials === 'work' && secret !== null;
  const password = isKnown ? secretBox.open(secret, entrySecretContext(id)) : generatePassword();
  return {
    secret: secretBox.seal(password, `instance/${instanceId}`),
    credentialsUnknown: !isKnown,
    fingerprint: isKnown ? fingerprint : null,
    credentialsVerifiedAt: isKnown ? new Date() : null,
  };
}

/** Of one that was taken over before nothing changes, but that a password is known by now. */
async function completeCredentials(
  tx: EntityManager,
  { secretBox }: TakeoverDependencies,
  entry: ImportEntryRow,
  { id, subscriptionId, tenantId, credentialsUnknown, ordinal, hostname }: Instance,
): Promise<void> {
  const facts = credentialsOf(secretBox, entry, id);
  if (!credentialsUnknown || facts.credentialsUnknown) return;
  await tx.getRepository(Instances).update({ id }, { ...facts, updatedAt: new Date() });
  await writeTimeline(tx, {
    tenantId,
    subscriptionId,
    kind: 'credentials-verified',
    data: { ordinal, hostname },
    dedupeKey: businessKey(id, 'credentials-verified', entry.id),
  });
}

/** The reconciler may have reported it as nobody's. */
async function closeFindings(tx: EntityManager, entry: ImportEntryRow): Promise<void> {
  const { tenantId, provider, providerRef, subscriptionId, instanceId } = entry;
  const whose = toEdgeId('subscription', subscriptionId);
  const [closed]: [{ id: string }[], number] = await tx.query(
    `update findings set state = 'mended', closed_at = now(), instance_id = $3, detail = $4
     where provider = $1 and ref = $2 and kind = 'unknown' and state in ('open', 'ignored') returning id`,
    [provider, providerRef, instanceId, `Taken over: it belongs to ${whose}.`],
  );
  for (const { id } of closed) {
    await writeAudit(tx, {
      tenantId,
      by: { kind: 'system', id: 'import' },
      action: 'finding.adopted',
      subject: { kind: 'finding', id: toEdgeId('finding', id) },
      data: { provider, kind: 'unknown', ref: providerRef },
    });
  }
}
