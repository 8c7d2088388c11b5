import assert from 'node:assert/strict';
import { type InstanceOperations, type ProviderInstance, operationOf } from '../port.ts';
import { type Exam, newKey, rejects, runningInstance, until, untilState } from './exam.ts';
import type { ChangingOperation } from './provider-under-test.ts';

/** References that must never be sent. */
export const CROOKED_REFS = ['', ' ', '.', '..', 'a/../b', '?x=1'];

/** Restarting. */
export function examineReboot(exam: Exam): void {
  it('restarts a running instance, which keeps its reference and address', async () => {
    const { provider, hypervisor } = exam;
    const { ref, address } = await runningInstance(exam);
    await operationOf(hypervisor, 'reboot')(ref);
    assert.ok((await provider.countDone('reboot', ref)) >= 1);
    assert.equal((await untilState(exam, ref, 'running')).address, address);
  });

  examineRefusals(exam, 'reboot', (reboot, ref) => reboot(ref));
  examineLostAnswer(exam, 'reboot', (reboot, { ref }) => reboot(ref));
}

/** The name for people. */
export function examineRename(exam: Exam): void {
  it('changes the name and nothing else, as often as asked', async () => {
    const { hypervisor } = exam;
    const rename = operationOf(hypervisor, 'rename');
    const key = newKey();
    const { ref } = await runningInstance(exam, key);
    await rename(ref, 'exam-renamed');
    await rename(ref, 'exam-renamed');
    const renamed = await until(
      () => hypervisor.get(ref),
      (instance) => instance?.name === 'exam-renamed',
      'it has its new name',
    );
    assert.equal(renamed.key, key);
    assert.deepEqual(
      (await hypervisor.findByKey(key)).map((instance) => instance.ref),
      [ref],
    );
  });

  examineRefusals(exam, 'rename', (rename, ref) => rename(ref, 'exam-renamed'));
  examineLostAnswer(exam, 'rename', (rename, { ref }) => rename(ref, 'exam-renamed'));
}

/** The way to the screen. */
export function examineConsole(exam: Exam): void {
  it('gives a link that a browser opens, as often as asked', async () => {
    const { hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    const link = operationOf(hypervisor, 'console');
    for (const { url, expiresAt } of [await link(ref), await link(ref)]) {
      assert.match(new URL(url).protocol, /^https?:$/);
      assert.ok(expiresAt === null || Date.parse(expiresAt) > Date.now());
    }
  });

  examineRefusals(exam, 'console', (console, ref) => console(ref));
}

/** That an operation is refused for what is not there and for what cannot be a reference. */
export function examineRefusals<O extends keyof InstanceOperations>(
  exam: Exam,
  operation: O,
  call: (run: InstanceOperations[O], ref: string) => Promise<unknown>,
): void {
  it('is refused for an instance that is not there, and for a crooked reference', async () => {
    const { provider, hypervisor } = exam;
    const run = operationOf(hypervisor, operation);
    await rejects(call(run, provider.unknownRef), 'refused', 'not-found');
    for (const wrong of CROOKED_REFS) await rejects(call(run, wrong), 'refused', 'bad-ref');
  });
}

/**
 * That a driver does not repeat an operation by itself when the answer is lost, and that its caller may.
 *
 * @param timesInEffect how often it is in effect after the repetition; left out where each time has one.
 */
export function examineLostAnswer<O extends ChangingOperation>(
  exam: Exam,
  operation: O,
  call: (run: InstanceOperations[O], instance: ProviderInstance) => Promise<unknown>,
  timesInEffect?: number,
): void {
  for (const disturbance of ['lost-after', 'error-after'] as const) {
    it(`says after "${disturbance}" that the outcome is open, without asking again, and may be repeated`, async () => {
      const { provider, hypervisor } = exam;
      const run = operationOf(hypervisor, operation);
      const instance = await runningInstance(exam);
      const before = await provider.countDone(operation, instance.ref);
      await provider.disturb(operation, disturbance);
      await rejects(call(run, instance), 'retryable', 'answer-lost');
      const once = await provider.countDone(operation, instance.ref);
      assert.ok(once - before <= 1, `it was done ${once - before} times`);
      await untilAtRest(exam, instance.ref);
      await call(run, instance);
      await untilAtRest(exam, instance.ref);
      if (timesInEffect === undefined) return;
      assert.equal((await provider.countDone(operation, instance.ref)) - before, timesInEffect);
    });
  }
}

/** Waits until the provider is done with an instance. */
export function untilAtRest({ hypervisor }: Exam, ref: string): Promise<ProviderInstance> {
  return until(
    () => hypervisor.get(ref),
    (instance) => instance?.state === 'running' || instance?.state === 'stopped',
    `${ref} is at rest`,
  );
}
