/** A few SMTP sessions, kept open for the next mail and never more than the server should see at once. */
import { TenureFailure } from '../../../schemas/failures.ts';
import type { SmtpSession } from './session.ts';

export interface SmtpPool {
  /**
   * An idle session, or a new one when there is none. Hand it back with `giveBack`.
   * @throws TenureFailure `retryable`, reason `mail-server-busy`, when none got free in time; and what `open` throws.
   */
  take(): Promise<{ session: SmtpSession; fresh: boolean }>;
  /** `keep` false closes the session: after any failure, as its state is unknown. */
  giveBack(session: SmtpSession, keep: boolean): void;
  /** Says goodbye on the idle sessions; those in use end when they are given back. */
  close(): Promise<void>;
}

export interface SmtpPoolOptions {
  open: () => Promise<SmtpSession>;
  /** Most sessions at a time. */
  maxSessions: number;
  /** How long a session rests before it is closed. */
  idleMs: number;
  /** How long to wait for a session when all are in use. */
  waitMs: number;
}

export function createSmtpPool({ open, maxSessions, idleMs, waitMs }: SmtpPoolOptions): SmtpPool {
  const idle: { session: SmtpSession; timer: NodeJS.Timeout }[] = [];
  const waiting: (() => void)[] = [];
  let inUse = 0;
  let closed = false;

  async function waitForTurn(): Promise<void> {
    if (inUse < maxSessions) {
      inUse += 1;
      return;
    }
    // Whoever frees a place leaves it to the first in line, so `inUse` stays as it is.
    await new Promise<void>((resolve, reject) => {
      const myTurn = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(myTurn), 1);
        reject(busy());
      }, waitMs);
      waiting.push(myTurn);
    });
  }

  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else inUse -= 1;
  }

  function takeIdle(): SmtpSession | null {
    for (let rested = idle.pop(); rested; rested = idle.pop()) {
      clearTimeout(rested.timer);
      if (rested.session.isUsable()) return rested.session;
      rested.session.drop();
    }
    return null;
  }

  function rest(session: SmtpSession): void {
    const entry = {
      session,
      timer: setTimeout(() => {
        idle.splice(idle.indexOf(entry), 1);
        void session.quit();
      }, idleMs),
    };
    idle.push(entry);
  }

  return {
    async take() {
      await waitForTurn();
      const session = takeIdle();
      if (session) return { session, fresh: false };
      try {
        return { session: await open(), fresh: true };
      } catch (error) {
        leave();
        throw error;
      }
    },

    giveBack(session, keep) {
      if (!keep) session.drop();
      else if (closed || !session.isUsable()) void session.quit();
      else rest(session);
      leave();
    },

    async close() {
      closed = true;
      const goodbyes = idle.splice(0).map(({ session, timer }) => {
        clearTimeout(timer);
        return session.quit();
      });
      await Promise.all(goodbyes);
    },
  };
}

function busy(): TenureFailure {
  return new TenureFailure('retryable', 'All connections to the mail server are in use.', {
    reason: 'mail-server-busy',
  });
}
