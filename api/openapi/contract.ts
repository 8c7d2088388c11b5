import { z } from 'zod';
import { defineRoute } from '../http/contract.ts';

export const getOpenApi = defineRoute({
  method: 'get',
  path: '/openapi.json',
  operationId: 'getOpenApi',
  tag: 'Operation',
  summary: 'This document',
  access: 'public',
  offline: true,
  answers: {
    200: {
      description: 'OpenAPI 3.1.',
      body: z.looseObject({ openapi: z.string() }),
      example: { openapi: '3.1.0' },
    },
  },
});
