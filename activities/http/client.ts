/**
 * One HTTP call to a provider's API, with everything that can go wrong on the wire told apart: whether the request
 * surely did nothing, or whether it may have had its effect although no answer came back.
 */
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosError } from 'axios';
import { TenureFailure } from '../../schemas/failures.ts';
import { NO_ANSWER, UNREACHABLE, answerLost } from './failures.ts';
import { createPace, type Pace } from './pace.ts';

export interface HttpCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the base URL, with its variable parts encoded. */
  path: string;
  query?: Record<string, string | number>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as `application/x-www-form-urlencoded`, in place of a body. */
  form?: Record<string, string>;
  /** For this call alone, beside the client's own; never into a failure. A body is JSON of the `Content-Type` given here. */
  headers?: Record<string, string>;
}

export interface HttpAnswer {
  status: number;
  /** The `Retry-After` header as it came (RFC 9110, section 10.2.3), if any. */
  retryAfter: string | undefined;
  /** All headers, by their names in lower case. */
  headers: Readonly<Record<string, unknown>>;
  body: string;
}

export interface HttpClient {
  /** The API's name, for messages. */
  readonly api: string;
  /**
   * Sends one request once and returns whatever was answered, also 4xx and 5xx.
   *
   * @throws TenureFailure `retryable`: `unreachable` if it surely had no effect, `answer-lost` if a mutating call may
   * have had one, `no-answer` for a reading call.
   */
  send(call: HttpCall): Promise<HttpAnswer>;
}

export interface HttpClientOptions {
  api: string;
  baseUrl: string;
  /** Time limit of one call from its first byte out to its last byte in. */
  timeoutMs: number;
  headers: Record<string, string>;
  /** Calls that this process may make per second; see {@link createPace}. Waiting does not count as part of the call. */
  requestsPerSecond: number;
  /** In place of a pace of this process's own. */
  pace?: Pace | undefined;
  /** PEM of the authority that signed the server's certificate; default: the system's. */
  ca?: string;
}

/** Refuses answers beyond this, so that a broken server cannot fill the worker's memory. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Kept connections rest no longer than this: one whose link has died looks like any other, and costs a time-out. */
const IDLE_MS = 5_000;

/** Errors of connecting: no byte of the request can have arrived. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Creates a client of one API; `headers` go with every call and never into a failure. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { api, baseUrl, timeoutMs, headers, requestsPerSecond, ca } = options;
  const untilMyTurn = options.pace ?? createPace(requestsPerSecond);
  const kept = {
    httpAgent: new HttpAgent({ keepAlive: true, timeout: IDLE_MS }),
    httpsAgent: new HttpsAgent({ keepAlive: true, timeout: IDLE_MS, ca }),
  };
  const fresh = { httpAgent: new HttpAgent(), httpsAgent: new HttpsAgent({ ca }) };
  const http = axios.create({
    baseURL: baseUrl,
    headers: { Accept: 'application/json', 'User-Agent': 'tenure', ...headers },
    maxContentLength: MAX_ANSWER_BYTES,
    // Following would hand the key to wherever the answer points.
    maxRedirects: 0,
    responseType: 'text',
    transformResponse: (text: string) => text,
    validateStatus: () => true,
  });
  const request = (call: HttpCall, connection: typeof kept, signal: AbortSignal) =>
    http.request<string>({
      method: call.method,
      url: call.path,
      params: call.query,
      data: call.form ? new URLSearchParams(call.form).toString() : call.body,
      headers: { ...call.headers, 'Content-Type': contentTypeOf(call) },
      signal,
      ...connection,
    });

  /** A kept connection may have died unnoticed: reading is then done once more, and nothing else goes over one. */
  const attempt = async (call: HttpCall, signal: AbortSignal): ReturnType<typeof request> => {
    if (call.method !== 'GET') return request(call, fresh, signal);
    try {
      return await request(call, kept, signal);
    } catch (error) {
      if (!diedUnnoticed(error as AxiosError)) throw error;
      return request(call, fresh, signal);
    }
  };

  return {
    api,
    async send(call) {
      await untilMyTurn();
      try {
        // Covers the whole call; axios' own time-out starts anew with every byte.
        const answer = await attempt(call, AbortSignal.timeout(timeoutMs));
        const retryAfter: unknown = answer.headers['retry-after'];
        return {
          status: answer.status,
          retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
          headers: answer.headers,
          body: answer.data ?? '',
        };
      } catch (error) {
        throw failureOfWire(error, { api, ...call });
      }
    },
  };
}

/** Without a body axios would say that an empty form is sent; `false` says nothing. */
function contentTypeOf({ body, form, headers }: HttpCall): string | false {
  if (form) return 'application/x-www-form-urlencoded';
  return body === undefined ? false : (headers?.['Content-Type'] ?? 'application/json');
}

/** Whether the connection was an earlier one that the server had closed (`http.ClientRequest.reusedSocket`). */
function diedUnnoticed({ code, request }: AxiosError): boolean {
  const { reusedSocket } = (request ?? {}) as Partial<ClientRequest>;
  return reusedSocket === true && (code === 'ECONNRESET' || code === 'EPIPE');
}

/** The original error is not kept as the cause: it carries the request with its key and body. */
function failureOfWire(error: unknown, { api, method, path }: { api: string } & HttpCall): TenureFailure {
  const { code } = error as AxiosError;
  const upstream = code === 'ERR_CANCELED' ? 'timeout' : (code ?? 'connection');
  if (NEVER_CONNECTED.has(upstream)) {
    return new TenureFailure('retryable', `${api} cannot be reached (${upstream}).`, {
      reason: UNREACHABLE,
      nextStep: `Check the network and the address of ${api}; it is tried again by itself.`,
      upstream,
    });
  }
  return method === 'GET'
    ? new TenureFailure('retryable', `${api} gave no answer to GET ${path} (${upstream}).`, {
        reason: NO_ANSWER,
        upstream,
      })
    : answerLost(`${api} took ${method} ${path}, but its answer was lost (${upstream}).`, upstream);
}
