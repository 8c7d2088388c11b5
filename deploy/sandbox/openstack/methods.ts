import type { RequestHandler, Router } from 'express';
import { ApiError } from './errors.ts';

type Method = 'get' | 'post' | 'put' | 'delete';

/** Serves a path by its methods; any other method is refused with 405. */
export function methodsOf(
  router: Router,
  path: string,
  handlers: Partial<Record<Method, RequestHandler>>,
): void {
  const route = router.route(path);
  for (const [method, handler] of Object.entries(handlers)) route[method as Method](handler);
  route.all(() => {
    throw new ApiError(405, 'The method is not allowed for this resource.');
  });
}
