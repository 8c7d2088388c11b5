import type { RequestHandler } from 'express';

const ALLOWED_HEADERS = 'Authorization, Content-Type, X-Namespace';
const PREFLIGHT_SECONDS = 600;

/** Lets pages of the Temporal UI, and of no other origin, ask with the session's cookie. */
export function allowTemporalUi(temporalUiUrl: string): RequestHandler {
  const allowed = new URL(temporalUiUrl).origin;
  return (req, res, next) => {
    res.vary('Origin');
    const fromUi = req.headers.origin === allowed;
    if (fromUi) {
      res.set('Access-Control-Allow-Origin', allowed).set('Access-Control-Allow-Credentials', 'true');
      res.set('Cross-Origin-Resource-Policy', 'cross-origin');
    }
    if (!fromUi || req.method !== 'OPTIONS') return next();
    res.set('Access-Control-Allow-Methods', 'POST').set('Access-Control-Allow-Headers', ALLOWED_HEADERS);
    res.set('Access-Control-Max-Age', String(PREFLIGHT_SECONDS)).status(204).end();
  };
}
