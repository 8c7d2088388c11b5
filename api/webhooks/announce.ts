/** Wakes the relay after webhooks were stored, apart from their statements: a NOTIFY in each would make their commits queue. */
import type { Pool } from 'pg';
import { OUTBOX_CHANNEL } from '../../schemas/db/outbox.ts';

/** Many webhooks at once are announced by one notification. */
const GATHER_MS = 5;

/** A function that announces soon. A notification that fails is no loss: the relay also looks by itself. */
export function createAnnouncer(pool: Pool): () => void {
  let due = false;
  const announce = (): void => {
    due = false;
    pool.query(`select pg_notify('${OUTBOX_CHANNEL}', '')`).catch(() => undefined);
  };
  return () => {
    if (due) return;
    due = true;
    setTimeout(announce, GATHER_MS);
  };
}
