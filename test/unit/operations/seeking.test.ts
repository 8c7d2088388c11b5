import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { ANSWER_LOST } from '../../../activities/http/failures.ts';
import { seek, send } from '../../../activities/operations/seeking.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

const run = <T>(work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work);

describe('what must not be ordered twice', () => {
  const pace = { createSettleMs: 40, pollMs: 5 };

  it('is looked for once if it was never ordered, and until it cannot come any more if it was', async () => {
    let looks = 0;
    const look = async (): Promise<undefined> => void (looks += 1);
    await run(() => seek(pace, null, look));
    assert.equal(looks, 1);
    await run(() => seek(pace, new Date(), look));
    assert.ok(looks > 2, `${looks} looks`);
    const late = async (): Promise<string | undefined> => ((looks += 1) > 6 ? 'there' : undefined);
    assert.equal(await run(() => seek({ ...pace, createSettleMs: 60_000 }, new Date(), late)), 'there');
  });

  for (const [reason, remembered] of [
    [ANSWER_LOST, true],
    ['server-error', false],
  ] as const) {
    it(`is ${remembered ? '' : 'not '}remembered as sent after "${reason}"`, async () => {
      const noted: (Date | null)[] = [];
      const order = () => Promise.reject(new TenureFailure('retryable', 'No.', { reason }));
      await assert.rejects(run(() => send(async (at) => void noted.push(at), order)));
      assert.equal(noted[0] instanceof Date, true);
      assert.equal(noted.at(-1) !== null, remembered);
    });
  }
});
