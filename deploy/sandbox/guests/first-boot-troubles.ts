/** First boots that go wrong on demand. */
import express, { type Router } from 'express';
import { z } from 'zod';

const delayMs = z.int().min(1).max(3_600_000).default(2_000);

/**
 * - `fails` a step fails, and the guest says so;
 * - `silent` the guest never reports;
 * - `twice` it reports twice at once;
 * - `wrong-token` it reports with a token that is not its own;
 * - `late` all of it happens `delayMs` after the boot;
 * - `late-services` it reports at once, but its services come up `delayMs` later.
 */
export const troubleShape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('fails'),
    failure: z.strictObject({ stage: z.string(), log: z.string() }).partial().default({}),
  }),
  z.strictObject({ kind: z.enum(['silent', 'twice', 'wrong-token']) }),
  z.strictObject({ kind: z.enum(['late', 'late-services']), delayMs }),
]);
export type Trouble = z.output<typeof troubleShape>;

const leverShape = z.object({ times: z.int().min(1).default(1) });

/** Troubles ahead of the next installations, in memory: a restarted stand-in is healthy. */
export interface Troubles {
  add(trouble: Trouble, times: number): void;
  /** The next one, which is then spent. */
  take(): Trouble | undefined;
  clear(): void;
}

export function createTroubles(): Troubles {
  let ahead: Trouble[] = [];
  return {
    add: (trouble, times) => {
      ahead.push(...Array.from({ length: times }, () => trouble));
    },
    take: () => ahead.shift(),
    clear: () => {
      ahead = [];
    },
  };
}

/**
 * Mount at `/__sandbox/guests`: `POST /first-boot {kind, times}` puts trouble ahead of that many of the next installations;
 * `DELETE /first-boot` clears what is not spent.
 */
export function troubleRoutes(troubles: Troubles): Router {
  const router = express.Router();
  router.use(express.json());
  router
    .route('/first-boot')
    .post((req, res) => {
      const { times, ...rest } = { times: 1, ...(req.body as object) };
      const trouble = troubleShape.safeParse(rest);
      const lever = leverShape.safeParse({ times });
      if (!trouble.success || !lever.success) {
        const issues = [...(trouble.error?.issues ?? []), ...(lever.error?.issues ?? [])];
        res.status(400).json({ error: issues.map(({ message }) => message).join('; ') });
        return;
      }
      troubles.add(trouble.data, lever.data.times);
      res.status(204).end();
    })
    .delete((_req, res) => {
      troubles.clear();
      res.status(204).end();
    });
  return router;
}
