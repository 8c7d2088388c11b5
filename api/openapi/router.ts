import { Router } from 'express';
import { routesOf, type Server } from '../http/serve.ts';
import { getOpenApi } from './contract.ts';
import { createOpenApiDocument } from './document.ts';

export function openApiRouter(server: Server): Router {
  const router = Router();
  const document = { ...createOpenApiDocument() };
  routesOf(server, router)(getOpenApi)(async () => ({ status: 200, body: document }));
  return router;
}
