/**
 * Signed-in calls to Contabo: a token by the OAuth password grant, kept while it is valid, and the `x-request-id` without which
 * the API refuses a call (https://api.contabo.com/, "Authentication").
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, failureOfStatus, parseJson, quote, readJson } from '../../http/answers.ts';
import type { HttpCall, HttpClient } from '../../http/client.ts';
import { createHttpClient } from '../../http/client.ts';
import { ANSWER_LOST, KEY_REFUSED, NO_ANSWER, UNEXPECTED_ANSWER } from '../../http/failures.ts';

export interface ContaboCredentials {
  clientId: string;
  clientSecret: string;
  /** The API user: an e-mail address. */
  username: string;
  password: string;
}

export interface TokenOptions extends ContaboCredentials {
  /** The token endpoint, or the address that it is below; see {@link tokenEndpoint}. */
  authUrl: string;
  timeoutMs: number;
}

export interface Tokens {
  /** A token that is still valid for a while. @throws TenureFailure never `answer-lost`: signing in changes nothing. */
  current(): Promise<string>;
  /** A token other than this one, which was refused. @throws as {@link current} */
  after(refused: string): Promise<string>;
}

const Grant = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const GrantError = z.object({ error: z.string(), error_description: z.string().optional() });

/** How long before its end a token is no longer used, in ms: longer than a call takes to arrive. */
const SPARE_MS = 30_000;
const TOKEN_PATH = '/protocol/openid-connect/token';

/** Creates the source of one account's tokens; however many calls need one, it is fetched once. */
export function createTokens(
  { authUrl, timeoutMs, ...credentials }: TokenOptions,
  nowMs = () => performance.now(),
): Tokens {
  const { origin, pathname } = new URL(tokenEndpoint(authUrl));
  const http = createHttpClient({
    api: 'Contabo’s sign-in',
    baseUrl: origin,
    timeoutMs,
    headers: {},
    requestsPerSecond: 1_000,
  });
  let kept: { token: string; usableUntilMs: number } | null = null;
  let underWay: Promise<string> | null = null;

  const fetchToken = async (): Promise<string> => {
    const askedAtMs = nowMs();
    const call: HttpCall = {
      method: 'POST',
      path: pathname,
      form: {
        grant_type: 'password',
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
        username: credentials.username,
        password: credentials.password,
      },
    };
    const exchange = { api: http.api, call, answer: await http.send(call) };
    const { status } = exchange.answer;
    if (status < 200 || status >= 300) throw refusedGrant(exchange, credentials);
    const { access_token: token, expires_in: seconds } = readJson(Grant, exchange);
    const lifeMs = seconds * 1_000;
    kept = { token, usableUntilMs: askedAtMs + lifeMs - Math.min(SPARE_MS, lifeMs / 2) };
    return token;
  };

  const current = async (): Promise<string> => {
    if (kept && nowMs() < kept.usableUntilMs) return kept.token;
    underWay ??= fetchToken().finally(() => {
      underWay = null;
    });
    return underWay.catch((error: unknown) => {
      throw harmless(error);
    });
  };

  return {
    current,
    after: (refused) => {
      if (kept?.token === refused) kept = null;
      return current();
    },
  };
}

/**
 * Gives every call a token and a request id of its own, unless it brings one. A call that is refused with 401 had no effect and is
 * sent once more with a new token: Contabo may end one before its time.
 */
export function signedIn(http: HttpClient, tokens: Tokens): HttpClient {
  const send = (call: HttpCall, token: string): ReturnType<HttpClient['send']> =>
    http.send({
      ...call,
      headers: { 'x-request-id': randomUUID(), ...call.headers, Authorization: `Bearer ${token}` },
    });
  return {
    api: http.api,
    async send(call) {
      const token = await tokens.current();
      const answer = await send(call, token);
      return answer.status === 401 ? send(call, await tokens.after(token)) : answer;
    },
  };
}

/** The endpoint that gives tokens: as given, or below a server, its `/auth`, or a realm. */
export function tokenEndpoint(authUrl: string): string {
  const given = authUrl.replace(/\/+$/, '');
  const { pathname } = new URL(given);
  if (/\/realms\/[^/]+$/.test(pathname)) return `${given}${TOKEN_PATH}`;
  if (/\/auth$/.test(pathname)) return `${given}/realms/contabo${TOKEN_PATH}`;
  return pathname === '/' ? `${given}/auth/realms/contabo${TOKEN_PATH}` : given;
}

/** A lost answer to a sign-in leaves nothing open: the call that it was for was not sent. */
function harmless(error: unknown): unknown {
  if (!(error instanceof TenureFailure) || error.details.reason !== ANSWER_LOST) return error;
  const { upstream } = error.details;
  return new TenureFailure('retryable', 'Contabo’s sign-in gave no usable answer.', {
    reason: NO_ANSWER,
    nextStep: 'It is tried again by itself; if it stays so, check CONTABO_AUTH_URL.',
    upstream,
  });
}

function refusedGrant(exchange: Exchange, { clientSecret, password }: ContaboCredentials): TenureFailure {
  const { status, body } = exchange.answer;
  const error = GrantError.safeParse(parseJson(body)).data;
  const said = quote(error?.error_description ?? error?.error ?? '', [clientSecret, password]);
  const failure = failureOfStatus(exchange, said);
  const upstream = String(status);
  if (failure.kind === 'throttled' || failure.details.reason === ANSWER_LOST) return failure;
  if (error && [400, 401, 403].includes(status)) {
    return new TenureFailure('needs-a-human', failure.message, {
      reason: KEY_REFUSED,
      nextStep:
        'Check CONTABO_CLIENT_ID, CONTABO_CLIENT_SECRET, CONTABO_USERNAME and CONTABO_PASSWORD (Contabo’s control panel, "API").',
      upstream,
    });
  }
  return new TenureFailure('retryable', failure.message, {
    reason: UNEXPECTED_ANSWER,
    nextStep: 'Check CONTABO_AUTH_URL.',
    upstream,
  });
}
