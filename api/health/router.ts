import type { Router } from 'express';
import { newRoutes, type Server } from '../http/serve.ts';
import * as contract from './contract.ts';

const CHECK_LIMIT_MS = 2_000;

export function healthRouter(server: Server): Router {
  const { db, gatewayPool, messenger, registry, moreMetrics } = server.deps;
  const { router, on } = newRoutes(server);

  on(contract.healthz)(async () => ({ status: 200, body: { status: 'ok' } }));

  on(contract.readyz)(async () => {
    const [database, gateway, temporal] = await Promise.all([
      answers(() => db.query('select 1')),
      answers(() => gatewayPool.query('select 1')),
      answers(async () => {
        if (!(await messenger.isReachable())) throw new Error('Temporal does not answer.');
      }),
    ]);
    const ready = database === 'ok' && gateway === 'ok';
    return { status: ready ? 200 : 503, body: { ready, checks: { database, gateway, temporal } } };
  });

  on(contract.metrics)(async () => {
    const own = await registry.metrics();
    const more = moreMetrics ? await moreMetrics().catch(() => '') : '';
    return { status: 200, headers: { 'Content-Type': registry.contentType }, body: own + more };
  });

  return router;
}

async function answers(ask: () => Promise<unknown>): Promise<'ok' | 'unreachable'> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), CHECK_LIMIT_MS);
  });
  try {
    await Promise.race([ask(), limit]);
    return 'ok';
  } catch {
    return 'unreachable';
  } finally {
    clearTimeout(timer);
  }
}
