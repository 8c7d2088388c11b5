/** The built pages: one application, whose own router reads the address. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NextFunction, type Response, Router, static as serveStatic } from 'express';
import { ApiProblem } from '../http/problem.ts';

const BUILT_PAGES = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Addresses that the application shows; others are not found. */
const PAGES = ['/', '/buy/:plan', '/order/:token', '/credentials/:token'];

export function pagesRouter(dir: string = BUILT_PAGES): Router {
  const router = Router();
  const index = path.join(dir, 'index.html');

  const sendPage = (res: Response, next: NextFunction): void => {
    res.locals['route'] = 'page';
    if (!existsSync(index)) throw new ApiProblem('pages-not-built');
    // It names the hashed files of its version, so it must be asked for afresh.
    res.set('Cache-Control', 'no-cache');
    res.sendFile(index, { cacheControl: false, dotfiles: 'allow' }, (error) => error && next(error));
  };

  router.get(PAGES, (_req, res, next) => sendPage(res, next));

  // The build puts a hash of the content into these names.
  router.use(
    '/assets',
    serveStatic(path.join(dir, 'assets'), { index: false, immutable: true, maxAge: '1y', redirect: false }),
  );
  router.use(serveStatic(dir, { index: false, maxAge: '1h', redirect: false }));
  // A person who mistyped an address sees the application's own page for that; scripts get a problem.
  router.get(/^\/(?!v1\/|webhooks\/|assets\/)/, (req, res, next) => {
    if (!req.headers.accept?.includes('text/html') || !existsSync(index)) return next();
    res.status(404);
    sendPage(res, next);
  });
  return router;
}
