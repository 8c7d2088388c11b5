/** An import's facts: local activities, each in transactions of its own and safe to repeat. */
import { type DataSource, In } from 'typeorm';
import { type Import, ImportEntries, Imports } from '../../schemas/db/entities/import.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { ImportInput } from '../../schemas/imports/entry.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import { judge } from './judging.ts';
import { takeOver, type TakeoverDependencies } from './takeover.ts';

export interface ImportFactsDependencies extends TakeoverDependencies {
  db: DataSource;
  drivers: ReadonlyMap<string, Pick<Hypervisor, 'name'>>;
}

export type ImportFacts = ReturnType<typeof createImportFacts>;

/** So many are written in one go: well within the time of a local activity. */
const AT_ONCE = 20;

export function createImportFacts(deps: ImportFactsDependencies) {
  const { db, drivers } = deps;

  return {
    /** What there is to look at. Entries at a provider that is not connected are refused here: nobody would ever look at them. */
    async beginImport({
      tenantId,
      importId,
    }: ImportInput): Promise<{ providers: string[]; bills: boolean; dryRun: boolean; count: number }> {
      return withTenant(db, tenantId, async (tx) => {
        await tx.getRepository(Imports).update({ id: importId, state: 'waiting' }, { state: 'checking' });
        const { dryRun } = await tx.getRepository(Imports).findOneByOrFail({ id: importId });
        const entries = await tx.getRepository(ImportEntries).findBy({ importId });
        const named = [...new Set(entries.map(({ provider }) => provider))].sort();
        for (const provider of named.filter((name) => !drivers.has(name))) {
          const problems = [{ reason: 'unknown-provider', message: `${provider} is not connected.` }];
          await tx.getRepository(ImportEntries).update({ importId, provider }, { problems });
        }
        return {
          providers: named.filter((name) => drivers.has(name)),
          bills: entries.some(({ billingRef }) => billingRef !== null),
          dryRun,
          count: entries.length,
        };
      });
    },

    /** Decides on every entry by all that is known of it. */
    async judgeEntries({ tenantId, importId }: ImportInput): Promise<void> {
      await withTenant(db, tenantId, async (tx) => {
        const entries = tx.getRepository(ImportEntries);
        for (const entry of await entries.findBy({ importId, state: 'waiting' })) {
          const { problems: more, earlier } = await judge(tx, entry);
          const problems = earlier ? [] : [...entry.problems, ...more];
          const isNews = earlier?.credentialsUnknown === true && entry.credentials === 'work';
          const state =
            problems.length > 0
              ? ('refused' as const)
              : earlier && !isNews
                ? 'unchanged'
                : ('ready' as const);
          const { subscriptionId, id: instanceId } = earlier
            ? { subscriptionId: earlier.subscriptionId, id: earlier.id }
            : { subscriptionId: entry.subscriptionId, id: entry.instanceId };
          await entries.update({ id: entry.id }, { state, problems, subscriptionId, instanceId });
        }
        await tx.getRepository(Imports).update({ id: importId, dryRun: false }, { state: 'writing' });
      });
    },

    /** Takes over some of those that are ready; how many are left. */
    async takeOverSome({ tenantId, importId }: ImportInput): Promise<number> {
      const { batch, ready, left } = await withTenant(db, tenantId, async (tx) => {
        const found = await tx
          .getRepository(ImportEntries)
          .findAndCount({ where: { importId, state: 'ready' }, order: { position: 'ASC' }, take: AT_ONCE });
        const importing: Import = await tx.getRepository(Imports).findOneByOrFail({ id: importId });
        return { batch: importing, ready: found[0], left: found[1] - found[0].length };
      });
      // One by one: whoever dies in between has taken over all before.
      for (const entry of ready) {
        await withTenant(db, tenantId, (tx) => takeOver(tx, deps, { batch, entry }));
      }
      return left;
    },

    /** Closes the books; passwords are kept no longer than they are needed. */
    async endImport({
      tenantId,
      importId,
      failure,
    }: ImportInput & { failure: string | null }): Promise<void> {
      await withTenant(db, tenantId, async (tx) => {
        await tx.getRepository(ImportEntries).update({ importId }, { secret: null });
        await tx
          .getRepository(Imports)
          .update(
            { id: importId, state: In(['waiting', 'checking', 'writing']) },
            { state: failure === null ? 'done' : 'failed', failure, finishedAt: new Date() },
          );
      });
    },
  };
}
