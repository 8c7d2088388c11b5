import type { RequestHandler, Router } from 'express';
import { ApiError } from './errors.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Serves a path by its methods; any other method is refused with 405 and the list of those that are served. */
export function methodsOf(
  router: Router,
  path: string,
  handlers: Partial<Record<Method, RequestHandler>>,
): void {
  const route = router.route(path);
  for (const [method, handler] of Object.entries(handlers)) route[method as Method](handler);
  const served = Object.keys(handlers)
    .map((method) => method.toUpperCase())
    .sort()
    .join(', ');
  route.all(() => {
    throw new ApiError(405, `Method not allowed. Must be one of: ${served}`);
  });
}
