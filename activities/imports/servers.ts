/** Looking at the servers of an import at their provider. Nothing is made or changed there. */
import type { DataSource } from 'typeorm';
import type { AccessProtocol } from '../../schemas/catalog/access.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import {
  entrySecretContext,
  ImportEntries,
  type ImportEntryRow,
  type SeenServer,
} from '../../schemas/db/entities/import.ts';
import type { Plan } from '../../schemas/db/entities/plan.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type {
  CredentialsTried,
  EntryDifference,
  EntryProblem,
  ImportInput,
} from '../../schemas/imports/entry.ts';
import { CREDENTIALS_REFUSED } from '../access/failures.ts';
import type { probeAccess } from '../access/probe.ts';
import type { Hypervisor, ProviderInstance } from '../hypervisors/port.ts';
import { beating, stopIfCancelled } from '../temporal.ts';
import { isRegion, planOf, priceOf, regionOf } from './plans.ts';

export interface ServerDependencies {
  db: DataSource;
  hypervisor: Hypervisor;
  secretBox: SecretBox;
  probe: typeof probeAccess;
  probeTimeoutMs: number;
  ports: Record<AccessProtocol, number>;
}

type Findings = Pick<ImportEntryRow, 'problems' | 'differences' | 'providerRef'> &
  Partial<Pick<ImportEntryRow, 'seen' | 'credentials' | 'fingerprint'>>;

export type ImportServerActivities = ReturnType<typeof createImportServerActivities>;

export function createImportServerActivities(deps: ServerDependencies) {
  return {
    /** Looks at the servers of one provider. */
    lookAtServers: (input: ImportInput): Promise<void> => beating(() => lookAtServers(deps, input)),
  };
}

/** Looks at one after the other and writes down each, so that whoever goes on after a crash begins where it ended. */
async function lookAtServers(deps: ServerDependencies, input: ImportInput): Promise<void> {
  const { db, hypervisor } = deps;
  for (;;) {
    stopIfCancelled();
    const next = await withTenant(db, input.tenantId, async (tx) => {
      const entry = await tx
        .getRepository(ImportEntries)
        .createQueryBuilder('e')
        .where('e.importId = :importId and e.provider = :provider', {
          importId: input.importId,
          provider: hypervisor.name,
        })
        .andWhere(`e.state = 'waiting' and e.seen is null and e.problems = '[]'`)
        .orderBy('e.position')
        .getOne();
      return entry && { entry, plan: await planOf(tx, entry.request.planKey) };
    });
    if (!next) return;
    const found = await examine(deps, next.entry, next.plan);
    await withTenant(db, input.tenantId, (tx) =>
      tx.getRepository(ImportEntries).update({ id: next.entry.id }, found),
    );
  }
}

async function examine(
  deps: ServerDependencies,
  entry: ImportEntryRow,
  plan: Plan | null,
): Promise<Findings> {
  const { hypervisor } = deps;
  const refused = (...problems: EntryProblem[]): Findings => ({
    problems,
    differences: [],
    providerRef: entry.providerRef,
  });
  const { planKey, interval, currency } = entry.request;
  if (!plan) return refused({ reason: 'unknown-plan', message: `There is no plan ${planKey}.` });
  if (!priceOf(plan, entry.request)) {
    const message = `${planKey} is not sold by the ${interval} in ${currency}.`;
    return refused({ reason: 'not-sold-so', message });
  }
  try {
    const found = await hypervisor.get(entry.providerRef);
    if (found === null) {
      const message = `${hypervisor.name} has no ${entry.providerRef}.`;
      return refused({ reason: 'not-there', message });
    }
    const state = restOf(found);
    if (state === null) {
      const message = `${entry.providerRef} is ${found.state}; import it when it is at rest.`;
      return refused({ reason: 'not-at-rest', message });
    }
    return await compare(deps, entry, { plan, found, state });
  } catch (error) {
    // About this server alone; what is wrong with the whole account ends the import.
    if (!(error instanceof TenureFailure) || error.kind !== 'refused') throw error;
    return refused({ reason: error.details.reason, message: error.message });
  }
}

function restOf({ state }: ProviderInstance): SeenServer['state'] | null {
  return state === 'running' || state === 'stopped' ? state : null;
}

async function compare(
  deps: ServerDependencies,
  entry: ImportEntryRow,
  { plan, found, state }: { plan: Plan; found: ProviderInstance; state: SeenServer['state'] },
): Promise<Findings> {
  const { hypervisor } = deps;
  const { request } = entry;
  const { terms } = plan;
  const region = request.region ?? regionOf(hypervisor, plan, found.region);
  const address = found.address ?? request.address ?? null;
  const problems: EntryProblem[] = [];
  if (region === null || !(region in terms.regions)) {
    const message = `The plan ${plan.key} has no region that is ${found.region || 'there'}; name one of ${Object.keys(terms.regions).join(', ')}.`;
    problems.push({ reason: 'unknown-region', message });
  }
  if (address === null) {
    const message = `${hypervisor.name} tells no address of ${entry.providerRef}; name it.`;
    problems.push({ reason: 'unknown-address', message });
  }
  if (region === null || address === null || problems.length > 0) {
    return { problems, differences: [], providerRef: found.ref };
  }
  const size = hypervisor.sizeOf(terms.providers[hypervisor.name] ?? {}, region);
  const tried = await tryCredentials(deps, entry, { address, state, plan });
  const { access } = terms.image;
  const differences = [
    differs('size', size, found.size ?? size),
    isRegion(hypervisor, plan, region, found.region) ? null : differs('region', region, found.region),
    differs('address', request.address ?? address, address),
    differs('power', 'running', state),
    differs('protocol', access.protocol, request.protocol),
    differs('username', access.username, request.username),
    ['refused', 'silent'].includes(tried.credentials)
      ? differs('credentials', 'work', tried.credentials)
      : null,
  ].filter((difference) => difference !== null);
  return {
    problems,
    differences,
    providerRef: found.ref,
    seen: { key: found.key, name: found.name, state, address, region },
    ...tried,
  };
}

function differs(what: EntryDifference['what'], expected: string, seen: string): EntryDifference | null {
  return expected === seen ? null : { what, expected, seen };
}

/** Signs in once, as the customer would. */
async function tryCredentials(
  { secretBox, probe, probeTimeoutMs, ports }: ServerDependencies,
  { id, request, secret }: ImportEntryRow,
  { address, state, plan }: { address: string; state: SeenServer['state']; plan: Plan },
): Promise<{ credentials: CredentialsTried; fingerprint: string | null }> {
  if (secret === null) return { credentials: 'unknown', fingerprint: null };
  if (state === 'stopped') return { credentials: 'untried', fingerprint: null };
  try {
    const { identity } = await probe({
      protocol: request.protocol,
      web: plan.terms.image.access.web,
      address,
      port: request.port ?? ports[request.protocol],
      username: request.username,
      password: secretBox.open(secret, entrySecretContext(id)),
      timeoutMs: probeTimeoutMs,
    });
    return { credentials: 'work', fingerprint: identity };
  } catch (error) {
    if (!(error instanceof TenureFailure)) throw error;
    const isRefusal = error.details.reason === CREDENTIALS_REFUSED;
    return { credentials: isRefusal ? 'refused' : 'silent', fingerprint: null };
  }
}
