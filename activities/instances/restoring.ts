/** Bringing the data of a lost server onto the one that was made anew in its place. */
import { log } from '@temporalio/activity';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import type { Instance } from '../../schemas/db/entities/instance.ts';
import type { Snapshot } from '../../schemas/db/entities/snapshot.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { CREDENTIALS_REFUSED, NOT_ANSWERING, SESSION_UNUSABLE } from '../access/failures.ts';
import type { probeAccess } from '../access/probe.ts';
import { type Hypervisor, operationOf } from '../hypervisors/port.ts';
import { pause } from '../temporal.ts';
import type { InstanceRows, InstanceTarget } from './rows.ts';
import { refOf, untilInstance } from './watch.ts';

export interface RestoringDependencies {
  rows: InstanceRows;
  hypervisor: Hypervisor;
  secretBox: SecretBox;
  /** Enters a server as its customer would. */
  probe: typeof probeAccess;
  /** Limit of one look at a server, in ms. */
  probeTimeoutMs: number;
}

/** A server that refuses every password that we know at so many looks has one that its owner has set. */
const REFUSALS = 20;

/**
 * Puts the newest snapshot that the provider still has onto the instance, and finds out which password it takes then. Nobody has been
 * given the instance yet, so it may be repeated.
 *
 * @returns when that snapshot was taken, ISO 8601; `null` if there is none that can be put onto another server: it stays empty
 */
export async function restoreNewest(
  deps: RestoringDependencies,
  target: InstanceTarget,
): Promise<{ backupOf: string | null }> {
  const { rows, hypervisor } = deps;
  if (!hypervisor.capabilities.restoresElsewhere) return { backupOf: null };
  const row = await rows.load(target);
  const ref = refOf(row);
  const newest = await findNewest(hypervisor, await rows.snapshotsOf(target));
  if (!newest) return { backupOf: null };
  await operationOf(hypervisor, 'restoreSnapshot')(ref, newest.ref);
  const { address } = await untilInstance(
    hypervisor,
    ref,
    ({ state, address: known }) => state === 'running' && known !== null,
  );
  await rows.save(target, { address: address ?? row.address, fingerprint: null });
  await findPassword(deps, target);
  return { backupOf: newest.takenAt };
}

async function findNewest(
  hypervisor: Hypervisor,
  known: Snapshot[],
): Promise<{ ref: string; takenAt: string } | null> {
  for (const { providerRef, createdAt } of known) {
    const found = providerRef === null ? null : await hypervisor.getSnapshot(providerRef);
    if (found?.state === 'complete') return { ref: found.ref, takenAt: createdAt.toISOString() };
  }
  return null;
}

/**
 * The disk brings the password of its own time along, unless its first boot at a new place has set ours. What works becomes the
 * instance's own; if none does, it is its owner's, and nobody here knows it.
 */
async function findPassword(deps: RestoringDependencies, target: InstanceTarget): Promise<void> {
  const { rows, hypervisor, secretBox } = deps;
  const { row, terms } = await rows.loadWithTerms(target);
  const lost = await rows.predecessorOf(row);
  const own = secretBox.open(row.secret, `instance/${row.id}`);
  const candidates = [own, ...(lost && !lost.credentialsUnknown ? passwordsOf(secretBox, lost) : [])];
  const login = {
    protocol: row.protocol,
    web: terms.image.access.web,
    address: row.address ?? '',
    port: row.port,
    username: row.username,
    timeoutMs: deps.probeTimeoutMs,
  };
  for (let refusals = 0; refusals < REFUSALS;) {
    let isSilent = false;
    for (const password of candidates) {
      try {
        await deps.probe({ ...login, password });
        await rows.save(target, { secret: secretBox.seal(password, `instance/${row.id}`) });
        return;
      } catch (error) {
        isSilent ||= !isRefusal(error);
      }
    }
    if (!isSilent) refusals += 1;
    await pause(hypervisor.pollMs);
  }
  log.warn('No known password fits the restored server.', { key: row.key });
  await rows.save(target, { credentialsUnknown: true });
}

function passwordsOf(secretBox: SecretBox, { id, secret, pendingSecret }: Instance): string[] {
  return [secret, pendingSecret]
    .filter((sealed) => sealed !== null)
    .map((sealed) => secretBox.open(sealed, `instance/${id}`));
}

/** @throws what is neither a refusal nor a server that does not answer yet */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof TenureFailure)) throw error;
  const { reason } = error.details;
  if (reason === CREDENTIALS_REFUSED) return true;
  if (reason === NOT_ANSWERING || reason === SESSION_UNUSABLE) return false;
  throw error;
}
