import type { Router } from 'express';
import { newRoutes, type Server } from '../http/serve.ts';
import { getOpenApi } from './contract.ts';
import { createOpenApiDocument } from './document.ts';

export function openApiRouter(server: Server): Router {
  const { router, on } = newRoutes(server);
  const document = { ...createOpenApiDocument() };
  on(getOpenApi)(async () => ({ status: 200, body: document }));
  return router;
}
