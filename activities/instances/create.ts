/** Making one instance exactly once at a provider that has no idempotency of its own. */
import { TenureFailure } from '../../schemas/failures.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { ANSWER_LOST } from '../http/failures.ts';
import { buildUserData } from '../access/user-data.ts';
import type { CreateInstanceRequest, Hypervisor, ProviderInstance } from '../hypervisors/port.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { pause, stopIfCancelled } from '../temporal.ts';
import type { FirstBootRecords } from './first-boot.ts';
import type { InstanceRows, InstanceTarget, LoadedInstance } from './rows.ts';

export interface CreateDependencies {
  rows: InstanceRows;
  hypervisor: Hypervisor;
  secretBox: SecretBox;
  firstBoots: FirstBootRecords;
}

/**
 * Orders the instance unless it exists. The time of each create is written before it is sent; a create that may have been sent is
 * repeated only after its answer can no longer be on the way and the provider's inventory does not have it.
 */
export async function createOnce(
  deps: CreateDependencies,
  target: InstanceTarget,
): Promise<{ providerRef: string }> {
  const { rows, hypervisor } = deps;
  const loaded = await rows.loadWithTerms(target);
  const { row } = loaded;
  if (row.providerRef !== null) return { providerRef: row.providerRef };

  const found =
    row.createStartedAt === null ? [] : await findSettled(hypervisor, row.key, row.createStartedAt);
  const [existing] = found;
  const made = existing ? await keepOne(hypervisor, existing, found) : await order(deps, target, loaded);
  await rows.save(target, { providerRef: made.ref, state: 'creating' }, { kind: 'instance-ordered', row });
  return { providerRef: made.ref };
}

/** Looks until the resource is found or a lost create can no longer bring it. */
export async function findSettled(
  hypervisor: Hypervisor,
  key: string,
  sentAt: Date,
): Promise<ProviderInstance[]> {
  const settledAt = sentAt.getTime() + hypervisor.createSettleMs;
  for (;;) {
    const askedAt = Date.now();
    const found = await hypervisor.findByKey(key);
    if (found.length > 0 || askedAt >= settledAt) return found;
    await pause(Math.min(hypervisor.pollMs, Math.max(1, settledAt - Date.now())));
  }
}

/**
 * What the instance is ordered with: the same each time, so that a making of several steps goes on with it.
 *
 * @param occasion the business key of a reinstallation, which has a first boot and a token of its own; else the newest one's, or a creation.
 */
export async function requestOf(
  { hypervisor, secretBox, firstBoots }: Omit<CreateDependencies, 'rows'>,
  loaded: LoadedInstance,
  occasion?: string,
): Promise<CreateInstanceRequest> {
  const { row, terms } = loaded;
  const password = secretBox.open(row.secret, `instance/${row.id}`);
  const reportUrl = await firstBoots.begin(loaded, occasion);
  return {
    key: row.key,
    hostname: row.hostname,
    region: row.region,
    plan: terms.providers[hypervisor.name] ?? {},
    userData: buildUserData({
      image: terms.image,
      password,
      // Who gets no first-boot data cannot be told where to report.
      reportUrl: hypervisor.capabilities.userData ? reportUrl : null,
    }),
    labels: {
      tenant: toEdgeId('tenant', row.tenantId),
      subscription: toEdgeId('subscription', row.subscriptionId),
    },
  };
}

async function order(
  deps: CreateDependencies,
  target: InstanceTarget,
  loaded: LoadedInstance,
): Promise<ProviderInstance> {
  const { rows, hypervisor } = deps;
  stopIfCancelled();
  const request = await requestOf(deps, loaded);
  await rows.save(target, { createStartedAt: new Date() });
  try {
    return await hypervisor.create(request);
  } catch (error) {
    // Only a lost answer may hide a machine; after any other the next try need not wait for it to settle.
    if (error instanceof TenureFailure && error.details.reason !== ANSWER_LOST) {
      await rows.save(target, { createStartedAt: null });
    }
    throw error;
  }
}

/** Two under one key: a create that was repeated too early. Nobody was given the younger ones yet, so they go. */
async function keepOne(
  hypervisor: Hypervisor,
  kept: ProviderInstance,
  found: ProviderInstance[],
): Promise<ProviderInstance> {
  for (const extra of found) if (extra.ref !== kept.ref) await hypervisor.delete(extra.ref);
  return kept;
}
