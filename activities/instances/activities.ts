/** What is done to instances at their provider. Every activity is idempotent by the instance's key and may be repeated. */
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import type { probeAccess } from '../access/probe.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import { beating } from '../temporal.ts';
import { createOnce, findSettled, requestOf } from './create.ts';
import { type ExtraRows, removeExtras } from './extras.ts';
import { awaitFirstBoot, type FirstBootRecords } from './first-boot.ts';
import { type ResizeTarget, resizeOnce } from './resize.ts';
import { restoreNewest } from './restoring.ts';
import { changeCredentials } from './rotate.ts';
import { unlessGone } from './presence.ts';
import { removeResources } from './removing.ts';
import type { InstanceRows, InstanceTarget } from './rows.ts';
import { finalSnapshot, removeFinalSnapshot } from './snapshots.ts';
import { verify } from './verify.ts';
import { refOf, untilInstance } from './watch.ts';

export interface InstanceDependencies {
  rows: InstanceRows;
  hypervisor: Hypervisor;
  secretBox: SecretBox;
  firstBoots: FirstBootRecords;
  /** What a server has beside itself. */
  extras: ExtraRows;
  /** Enters a server as its customer would. */
  probe: typeof probeAccess;
  /** Limit of one look at a server, in ms. */
  probeTimeoutMs: number;
}

export type InstanceActivities = ReturnType<typeof createInstanceActivities>;

export function createInstanceActivities(deps: InstanceDependencies) {
  const { rows, hypervisor } = deps;

  /** What takes the next steps of a making, at a provider where it has several. */
  async function nextSteps(target: InstanceTarget, ref: string): Promise<(() => Promise<void>) | undefined> {
    const { advance } = hypervisor;
    if (!advance) return undefined;
    const request = await requestOf(deps, await rows.loadWithTerms(target));
    return () => advance(ref, request);
  }

  return {
    /** Orders the instance, at most one per key. */
    createInstance: (target: InstanceTarget) => beating(() => createOnce(deps, target)),

    /** Whether the provider has it. */
    isPresent: (target: InstanceTarget): Promise<boolean> =>
      beating(async () => {
        const { providerRef } = await rows.load(target);
        return providerRef !== null && (await hypervisor.get(providerRef)) !== null;
      }),

    /** Waits until the provider says it runs and has an address, and its first boot has reported where the image asks for it. */
    async awaitReady(target: InstanceTarget): Promise<{ address: string }> {
      return beating(async () => {
        const loaded = await rows.loadWithTerms(target);
        const { row } = loaded;
        const ref = refOf(row);
        const ready = await untilInstance(
          hypervisor,
          ref,
          ({ state, address }) => state === 'running' && address !== null,
          await nextSteps(target, ref),
        );
        const address = ready.address ?? '';
        await rows.save(target, { address, state: 'ready' }, { kind: 'instance-ready', row });
        await awaitFirstBoot(deps, loaded);
        return { address };
      });
    },

    /** Brings the newest snapshot of the lost server onto one that was made in its place; `null`: it stays empty. */
    restoreNewest: (target: InstanceTarget): Promise<{ backupOf: string | null }> =>
      beating(() => restoreNewest(deps, target)),

    /** Signs in as the customer would, and after a first boot asks the image's services; until that works it is not handed over. */
    verifyCredentials: (target: InstanceTarget): Promise<void> => beating(() => verify(deps, target)),

    /** Powers off and waits until it is off; the disk stays. */
    async stopInstance(target: InstanceTarget): Promise<void> {
      await beating(async () => {
        const row = await rows.load(target);
        const ref = refOf(row);
        await unlessGone(row.key, async () => {
          await hypervisor.stop(ref);
          await untilInstance(hypervisor, ref, ({ state }) => state === 'stopped');
        });
        await rows.save(target, { state: 'stopped' });
      });
    },

    /** Powers on and waits until the provider says it runs. */
    async startInstance(target: InstanceTarget): Promise<void> {
      await beating(async () => {
        const ref = refOf(await rows.load(target));
        await hypervisor.start(ref);
        const { address } = await untilInstance(hypervisor, ref, ({ state }) => state === 'running');
        await rows.save(target, address === null ? {} : { address });
      });
    },

    /** Undoes a making that failed: removes whatever bears its key, also what a lost answer may still bring. */
    async releaseInstance(target: InstanceTarget): Promise<void> {
      await beating(async () => {
        const row = await rows.load(target);
        if (row.deletedAt !== null) return;
        const found =
          row.createStartedAt === null ? [] : await findSettled(hypervisor, row.key, row.createStartedAt);
        await removeResources(hypervisor, row, found);
        await rows.save(target, { state: 'failed', deletedAt: new Date() });
      });
    },

    /** Deletes the instance with all that was added to it, and proves that it is gone. */
    async deleteInstance(target: InstanceTarget): Promise<void> {
      await beating(async () => {
        const row = await rows.load(target);
        if (row.deletedAt !== null) return;
        await rows.save(target, { state: 'deleting' });
        await removeExtras(deps, row);
        await removeResources(hypervisor, row, await hypervisor.findByKey(row.key));
        await rows.save(
          target,
          { state: 'deleted', deletedAt: new Date() },
          { kind: 'instance-deleted', row },
        );
      });
    },

    /** The last snapshot before the deletion, at most one; `null` where the provider keeps none beyond it. */
    takeFinalSnapshot: (target: InstanceTarget) => beating(() => finalSnapshot(deps, target)),

    /** Deletes the last snapshot when its time is over. */
    deleteFinalSnapshot: (target: InstanceTarget) => beating(() => removeFinalSnapshot(deps, target)),

    /** The size of a plan, disk and address kept; running as before. */
    resizeInstance: (target: ResizeTarget): Promise<void> => beating(() => resizeOnce(deps, target)),

    /** New credentials, written before they are set and tried after. `key` names the rotation. */
    rotateCredentials: (target: InstanceTarget & { key: string }) =>
      beating(() => changeCredentials(deps, target)),
  };
}
