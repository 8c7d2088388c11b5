import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Config } from '../../schemas/config.ts';

/** Headers for every answer: nothing from other origins, no framing, no referrer (order links are secrets). */
export function securityHeaders({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>): RequestHandler {
  const overTls = new URL(PUBLIC_URL).protocol === 'https:';
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // Mantine and Swagger UI set style attributes.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(overTls ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // Over plain HTTP (a development machine) browsers ignore it anyway.
    strictTransportSecurity: overTls && { maxAge: 31_536_000 },
    xFrameOptions: { action: 'deny' },
  });
}
