/** The built pages: one application, whose own router reads the address. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Router, static as serveStatic } from 'express';
import { ApiProblem } from '../http/problem.ts';

const BUILT_PAGES = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Addresses that the application shows; others are not found. */
const PAGES = ['/', '/buy/:plan', '/order/:token', '/credentials/:token'];

export function pagesRouter(dir: string = BUILT_PAGES): Router {
  const router = Router();
  const index = path.join(dir, 'index.html');

  router.get(PAGES, (_req, res, next) => {
    res.locals['route'] = 'page';
    if (!existsSync(index)) throw new ApiProblem('pages-not-built');
    // It names the hashed files of its version, so it must be asked for afresh.
    res.set('Cache-Control', 'no-cache');
    res.sendFile(index, { cacheControl: false, dotfiles: 'allow' }, (error) => error && next(error));
  });

  // The build puts a hash of the content into these names.
  router.use(
    '/assets',
    serveStatic(path.join(dir, 'assets'), { index: false, immutable: true, maxAge: '1y', redirect: false }),
  );
  router.use(serveStatic(dir, { index: false, maxAge: '1h', redirect: false }));
  return router;
}
