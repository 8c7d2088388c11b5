/** What is done to instances at their provider. Every activity is idempotent by the instance's key and may be repeated. */
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import type { Instance } from '../../schemas/db/entities/instance.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { CREDENTIALS_REFUSED, NOT_ANSWERING, SESSION_UNUSABLE } from '../access/failures.ts';
import type { probeAccess } from '../access/probe.ts';
import type { Hypervisor, ProviderInstance } from '../hypervisors/port.ts';
import { beating, pause } from '../temporal.ts';
import { createOnce, findSettled, requestOf } from './create.ts';
import { changeCredentials } from './rotate.ts';
import { unlessGone, VANISHED } from './presence.ts';
import type { InstanceRows, InstanceTarget } from './rows.ts';
import { finalSnapshot, removeFinalSnapshot } from './snapshots.ts';

export interface InstanceDependencies {
  rows: InstanceRows;
  hypervisor: Hypervisor;
  secretBox: SecretBox;
  /** Enters a server as its customer would. */
  probe: typeof probeAccess;
  /** Limit of one look at a server, in ms. */
  probeTimeoutMs: number;
}

export type InstanceActivities = ReturnType<typeof createInstanceActivities>;

/** A fresh server refuses logins until its first boot is through. */
const NOT_YET = [NOT_ANSWERING, CREDENTIALS_REFUSED, SESSION_UNUSABLE];

export function createInstanceActivities(deps: InstanceDependencies) {
  const { rows, hypervisor, secretBox, probe, probeTimeoutMs } = deps;

  function refOf({ providerRef }: Instance): string {
    if (providerRef !== null) return providerRef;
    throw new TenureFailure('needs-a-human', 'The instance was never made at the provider.', {
      reason: 'no-provider-reference',
      nextStep: 'Retry the provisioning.',
    });
  }

  /** Polls until the instance is as wanted. A vanished one needs a person: somebody deleted it behind our back. */
  async function until(
    ref: string,
    wanted: (instance: ProviderInstance) => boolean,
    goOn?: () => Promise<void>,
  ): Promise<ProviderInstance> {
    for (;;) {
      await goOn?.();
      const instance = await hypervisor.get(ref);
      if (instance === null) {
        throw new TenureFailure('needs-a-human', 'The instance is gone at the provider.', {
          reason: VANISHED,
          nextStep: 'Find out who deleted it, then retry or cancel.',
        });
      }
      if (instance.state === 'failed') {
        throw new TenureFailure('refused', 'The provider gave up on the instance.', {
          reason: 'provider-gave-up',
        });
      }
      if (wanted(instance)) return instance;
      await pause(hypervisor.pollMs);
    }
  }

  /** What takes the next steps of a making, at a provider where it has several. */
  async function nextSteps(target: InstanceTarget, ref: string): Promise<(() => Promise<void>) | undefined> {
    const { advance } = hypervisor;
    if (!advance) return undefined;
    const request = requestOf(deps, await rows.loadWithTerms(target));
    return () => advance(ref, request);
  }

  /** Deletes all that bears the key and waits until the provider has none of it. */
  async function removeAll(found: ProviderInstance[], key: string): Promise<void> {
    for (const { ref } of found) await hypervisor.delete(ref);
    for (const { ref } of found) while ((await hypervisor.get(ref)) !== null) await pause(hypervisor.pollMs);
    const left = await hypervisor.findByKey(key);
    if (left.length > 0) {
      throw new TenureFailure('retryable', `${left.length} resources still bear ${key}.`, {
        reason: 'not-gone-yet',
      });
    }
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

    /** Waits until the provider says it runs and has an address. */
    async awaitReady(target: InstanceTarget): Promise<{ address: string }> {
      return beating(async () => {
        const row = await rows.load(target);
        const ref = refOf(row);
        const ready = await until(
          ref,
          ({ state, address }) => state === 'running' && address !== null,
          await nextSteps(target, ref),
        );
        const address = ready.address ?? '';
        await rows.save(target, { address, state: 'ready' }, { kind: 'instance-ready', row });
        return { address };
      });
    },

    /** Signs in as the customer would; until that works the instance is not handed over. */
    async verifyCredentials(target: InstanceTarget): Promise<void> {
      await beating(async () => {
        const { row, terms } = await rows.loadWithTerms(target);
        const { identity } = await signInPatiently({
          protocol: row.protocol,
          web: terms.image.access.web,
          address: row.address ?? '',
          port: row.port,
          username: row.username,
          password: secretBox.open(row.secret, `instance/${row.id}`),
          timeoutMs: probeTimeoutMs,
          // Windows renews its certificate by itself; an SSH host key stays.
          ...(row.protocol === 'ssh' && row.fingerprint !== null ? { expectIdentity: row.fingerprint } : {}),
        });
        await rows.save(
          target,
          {
            fingerprint: identity,
            credentialsVerifiedAt: new Date(),
            ...(row.state === 'stopped' ? { state: 'active' } : {}),
          },
          { kind: 'credentials-verified', row },
        );
      });
    },

    /** Powers off and waits until it is off; the disk stays. */
    async stopInstance(target: InstanceTarget): Promise<void> {
      await beating(async () => {
        const row = await rows.load(target);
        const ref = refOf(row);
        await unlessGone(row.key, async () => {
          await hypervisor.stop(ref);
          await until(ref, ({ state }) => state === 'stopped');
        });
        await rows.save(target, { state: 'stopped' });
      });
    },

    /** Powers on and waits until the provider says it runs. */
    async startInstance(target: InstanceTarget): Promise<void> {
      await beating(async () => {
        const ref = refOf(await rows.load(target));
        await hypervisor.start(ref);
        const { address } = await until(ref, ({ state }) => state === 'running');
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
        await removeAll(found, row.key);
        await rows.save(target, { state: 'failed', deletedAt: new Date() });
      });
    },

    /** Deletes the instance and proves that it is gone. */
    async deleteInstance(target: InstanceTarget): Promise<void> {
      await beating(async () => {
        const row = await rows.load(target);
        if (row.deletedAt !== null) return;
        await rows.save(target, { state: 'deleting' });
        await removeAll(await hypervisor.findByKey(row.key), row.key);
        await rows.save(
          target,
          { state: 'deleted', deletedAt: new Date() },
          { kind: 'instance-deleted', row },
        );
      });
    },

    /** The last snapshot before the deletion, at most one; `null` where the provider has none. */
    takeFinalSnapshot: (target: InstanceTarget) => beating(() => finalSnapshot(deps, target)),

    /** Deletes the last snapshot when its time is over. */
    deleteFinalSnapshot: (target: InstanceTarget) => beating(() => removeFinalSnapshot(deps, target)),

    /** New credentials, written before they are set and tried after. `key` names the rotation. */
    rotateCredentials: (target: InstanceTarget & { key: string }) =>
      beating(() => changeCredentials(deps, target)),
  };

  async function signInPatiently(target: Parameters<typeof probe>[0]): Promise<{ identity: string | null }> {
    for (;;) {
      try {
        return await probe(target);
      } catch (error) {
        if (!(error instanceof TenureFailure) || !NOT_YET.includes(error.details.reason)) throw error;
        await pause(hypervisor.pollMs);
      }
    }
  }
}
