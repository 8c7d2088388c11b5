import assert from 'node:assert/strict';
import { createSmtpPool } from '../../../activities/mail/smtp/pool.ts';
import type { SmtpSession } from '../../../activities/mail/smtp/session.ts';

/** A session that only knows whether it was ended, and how. */
function idleSession(): SmtpSession & { ended: string | null } {
  return {
    ended: null,
    send: () => Promise.reject(new Error('not for sending')),
    isUsable() {
      return this.ended === null;
    },
    quit() {
      this.ended = 'quit';
      return Promise.resolve();
    },
    drop() {
      this.ended = 'dropped';
    },
  };
}

const PLENTY_MS = 60_000;
const ONE_PLACE = { maxSessions: 1, idleMs: PLENTY_MS, waitMs: PLENTY_MS };

describe('the pool of SMTP sessions', () => {
  it('hands a session to those who wait, in their order', async () => {
    const pool = createSmtpPool({ ...ONE_PLACE, open: () => Promise.resolve(idleSession()) });
    const first = await pool.take();
    const order: string[] = [];
    const waiting = ['second', 'third'].map(async (name) => {
      const { session, fresh } = await pool.take();
      order.push(name);
      assert.deepEqual([session, fresh], [first.session, false]);
      pool.giveBack(session, true);
    });
    pool.giveBack(first.session, true);
    await Promise.all(waiting);
    assert.deepEqual(order, ['second', 'third']);
    await pool.close();
  });

  it('says that it is busy when nothing gets free in time, and forgets who gave up', async () => {
    const pool = createSmtpPool({ ...ONE_PLACE, waitMs: 1, open: () => Promise.resolve(idleSession()) });
    const { session } = await pool.take();
    await assert.rejects(pool.take(), { kind: 'retryable', details: { reason: 'mail-server-busy' } });
    pool.giveBack(session, true);
    assert.equal((await pool.take()).session, session);
  });

  it('gives the place on when opening fails', async () => {
    let attempts = 0;
    const pool = createSmtpPool({
      ...ONE_PLACE,
      open() {
        attempts += 1;
        return attempts === 1 ? Promise.reject(new Error('refused')) : Promise.resolve(idleSession());
      },
    });
    const outcomes = await Promise.allSettled([pool.take(), pool.take()]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
  });

  it('drops a session that failed, skips one that has ended, and says goodbye to the rest', async () => {
    const sessions = [idleSession(), idleSession(), idleSession()];
    const [failed, ended, resting] = sessions;
    let opened = 0;
    const pool = createSmtpPool({
      ...ONE_PLACE,
      open: () => Promise.resolve(sessions[opened++] ?? assert.fail('opened one too many')),
    });
    pool.giveBack((await pool.take()).session, false);
    assert.equal(failed?.ended, 'dropped');

    pool.giveBack((await pool.take()).session, true);
    ended?.drop();
    const third = await pool.take();
    assert.deepEqual([third.session, third.fresh], [resting, true]);
    pool.giveBack(third.session, true);
    await pool.close();
    assert.equal(resting?.ended, 'quit');
  });
});
