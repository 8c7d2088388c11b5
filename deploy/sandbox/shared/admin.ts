import express, { type Router } from 'express';
import type { Faults } from './faults.ts';
import { faultRuleShape } from './faults.ts';
import type { Ledger } from './ledger.ts';

/**
 * The levers of a stand-in, for tests and demonstrations; mount at `/__sandbox`, in front of authentication:
 * - `POST /faults` adds a rule (201), `GET /faults` lists them with their counts, `DELETE /faults` clears them (204);
 * - `GET /ledger` gives `{ entries }`, oldest first, narrowed by `?effect=` and `?key=`.
 */
export function sandboxRouter(faults: Faults, ledger: Ledger): Router {
  const router = express.Router();
  router.use(express.json());
  router
    .route('/faults')
    .get((_req, res) => {
      res.json({ faults: faults.list() });
    })
    .post((req, res) => {
      const rule = faultRuleShape.safeParse(req.body);
      if (!rule.success) {
        res.status(400).json({ error: rule.error.issues.map((issue) => issue.message).join('; ') });
        return;
      }
      res.status(201).json(faults.add(rule.data));
    })
    .delete((_req, res) => {
      faults.clear();
      res.status(204).end();
    });
  router.get('/ledger', (req, res) => {
    const { effect, key } = req.query;
    const entries = ledger
      .read()
      .filter((entry) => effect === undefined || entry.effect === effect)
      .filter((entry) => key === undefined || entry.key === key);
    res.json({ entries });
  });
  return router;
}
