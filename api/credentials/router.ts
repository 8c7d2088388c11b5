import type { Router } from 'express';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { newRoutes, type Server } from '../http/serve.ts';
import { getCredentialsStatus, revealCredentials } from './contract.ts';
import { linkStatus, openLink } from './links.ts';

export function credentialsRouter(server: Server): Router {
  const { db, secretBox } = server.deps;
  const { router, on } = newRoutes(server);

  on(getCredentialsStatus)(async ({ caller }) => ({
    status: 200,
    body: await withTenant(db, caller.tenantId, (tx) => linkStatus(tx, caller.linkId)),
  }));

  on(revealCredentials)(async ({ caller, attempt }) =>
    withTenant(db, caller.tenantId, async (tx) => {
      const answer = { status: 200, body: await openLink(tx, caller.linkId, secretBox) } as const;
      // With the opening: an answer lost on its way can be had again under the same key, and only so.
      await attempt.keep(tx, answer);
      return answer;
    }),
  );

  return router;
}
