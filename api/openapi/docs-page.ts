/** `/docs`: Swagger UI from our own origin, so that it works without the internet and under the content security policy. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { Router, static as serveStatic } from 'express';

const ASSETS = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const SERVED = /^\/(swagger-ui\.css|swagger-ui-bundle\.js|favicon-32x32\.png)$/;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Tenure API</title>
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
    <link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  // No badge from a validator on the internet.
  validatorUrl: null,
});
`;

export function docsRouter(): Router {
  const router = Router();
  router.get('/docs', (_req, res) => {
    res.locals['route'] = '/docs';
    res.set('Cache-Control', 'no-cache').type('html').send(PAGE);
  });
  router.get('/docs/start.js', (_req, res) => void res.type('js').send(START));
  const files = serveStatic(ASSETS, { index: false, maxAge: '1d' });
  router.use('/docs/assets', (req, res, next) => (SERVED.test(req.path) ? files(req, res, next) : next()));
  return router;
}
