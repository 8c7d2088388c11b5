import { timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { slidingLimit } from '../../shared/rate.ts';
import { API_VERSION } from '../objects/event.ts';
import { rateLimited, type ErrorFields } from './errors.ts';
import { newId } from './ids.ts';

export interface AccessOptions {
  /** The only key that is let in. */
  secretKey: string;
  /** Requests per second and key; beyond, 429. */
  requestsPerSecond: number;
}

/** Numbers every request, checks its key and version, and keeps it within the rate. */
export function identify({ secretKey, requestsPerSecond }: AccessOptions): RequestHandler {
  const allows = slidingLimit(requestsPerSecond);
  return (req, res, next) => {
    const refuse = (status: number, error: ErrorFields): void => void res.status(status).json({ error });
    res.set({ 'request-id': newId('req_'), 'stripe-version': req.get('stripe-version') ?? API_VERSION });
    const key = keyOf(req);
    if (key === null) return refuse(401, noKey());
    if (!same(key, secretKey)) return refuse(401, wrongKey(key));
    const version = String(res.getHeader('stripe-version'));
    if (!/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(version)) {
      return refuse(400, {
        type: 'invalid_request_error',
        message: `Invalid Stripe API version: ${version}`,
      });
    }
    if (!allows(key)) return refuse(429, rateLimited().error);
    next();
  };
}

/** The key of `Authorization: Bearer key`, or of Basic with the key as user name. */
function keyOf(req: Request): string | null {
  const [scheme = '', value = ''] = (req.get('authorization') ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer' && value !== '') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  return Buffer.from(value, 'base64').toString().split(':')[0] || null;
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function noKey(): ErrorFields {
  return {
    type: 'invalid_request_error',
    message:
      "You did not provide an API key. Provide it in the Authorization header, using Bearer auth ('Bearer YOUR_SECRET_KEY').",
  };
}

function wrongKey(key: string): ErrorFields {
  const masked = `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`;
  return {
    type: 'invalid_request_error',
    message: `Invalid API Key provided: ${key.length > 16 ? masked : '****'}`,
  };
}
