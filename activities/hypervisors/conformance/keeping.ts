import assert from 'node:assert/strict';
import { type Exam, newKey, rejects, runningInstance, untilState } from './exam.ts';

/** Switching off and on: as often as asked, once in effect. */
export function examineSwitching(exam: Exam): void {
  it('stops and starts, and does nothing where nothing is to do', async () => {
    const { provider, hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    await hypervisor.start(ref);
    await hypervisor.stop(ref);
    await untilState(exam, ref, 'stopped');
    await hypervisor.stop(ref);
    await hypervisor.start(ref);
    await untilState(exam, ref, 'running');
    await hypervisor.start(ref);
    assert.equal(await provider.countDone('stop', ref), 1);
    assert.equal(await provider.countDone('start', ref), 1);
  });

  it('says that the outcome is open when the answer is lost, and may be repeated', async () => {
    const { provider, hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    await provider.disturb('stop', 'lost-after');
    await rejects(hypervisor.stop(ref), 'retryable', 'answer-lost');
    await hypervisor.stop(ref);
    await provider.disturb('start', 'error-after');
    await rejects(hypervisor.start(ref), 'retryable', 'answer-lost');
    await hypervisor.start(ref);
    await untilState(exam, ref, 'running');
    assert.equal(await provider.countDone('stop', ref), 1);
    assert.equal(await provider.countDone('start', ref), 1);
  });

  it('is refused for what is not there', async () => {
    const { provider, hypervisor } = exam;
    await rejects(hypervisor.stop(provider.unknownRef), 'refused', 'not-found');
    await rejects(hypervisor.start(provider.unknownRef), 'refused', 'not-found');
  });
}

/** Deleting: never more than meant, and no error over what is gone anyway. */
export function examineDeleting(exam: Exam): void {
  it('deletes once, succeeds again, and leaves nothing to be found', async () => {
    const { provider, hypervisor } = exam;
    const key = newKey();
    const { ref } = await runningInstance(exam, key);
    await hypervisor.delete(ref);
    await hypervisor.delete(ref);
    assert.equal(await hypervisor.get(ref), null);
    assert.deepEqual(await hypervisor.findByKey(key), []);
    assert.equal(await provider.countDone('delete', ref), 1);
  });

  it('says that the outcome is open when the answer is lost, and may be repeated', async () => {
    const { provider, hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    await provider.disturb('delete', 'lost-after');
    await rejects(hypervisor.delete(ref), 'retryable', 'answer-lost');
    await hypervisor.delete(ref);
    assert.equal(await provider.countDone('delete', ref), 1);
  });

  it('sees what was deleted behind our back, and succeeds in deleting it', async () => {
    const { provider, hypervisor } = exam;
    const key = newKey();
    const { ref } = await runningInstance(exam, key);
    await provider.deleteBehindOurBack(ref);
    assert.equal(await hypervisor.get(ref), null);
    assert.deepEqual(await hypervisor.findByKey(key), []);
    await rejects(hypervisor.stop(ref), 'refused', 'not-found');
    await hypervisor.delete(ref);
  });

  it('refuses an empty or crooked reference everywhere, and touches nothing', async () => {
    const { hypervisor } = exam;
    const { ref } = await runningInstance(exam);
    for (const wrong of ['', ' ', '.', '..', `${ref}/../${ref}`, '?x=1']) {
      await rejects(hypervisor.delete(wrong), 'refused', 'bad-ref');
      await rejects(hypervisor.get(wrong), 'refused', 'bad-ref');
      await rejects(hypervisor.stop(wrong), 'refused', 'bad-ref');
      await rejects(hypervisor.start(wrong), 'refused', 'bad-ref');
    }
    assert.equal((await hypervisor.get(ref))?.state, 'running');
  });
}
