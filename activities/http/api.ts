/** An API's calls as a driver wants them: a good answer, or a typed failure. */
import { TenureFailure } from '../../schemas/failures.ts';
import type { Exchange } from './answers.ts';
import type { HttpCall, HttpClient } from './client.ts';
import { NOT_FOUND } from './failures.ts';

export interface Api {
  /** Sends a request once. @throws TenureFailure unless it is answered with 2xx. */
  call(request: HttpCall): Promise<Exchange>;
  /** As {@link Api.call}, but `null` if there is no such thing: a failure with the reason `not-found`. */
  callUnlessGone(request: HttpCall): Promise<Exchange | null>;
}

/** @param failureOf what an answer other than 2xx means at this API; see `failureOfStatus`. */
export function createApi(http: HttpClient, failureOf: (exchange: Exchange) => TenureFailure): Api {
  const call = async (request: HttpCall): Promise<Exchange> => {
    const answer = await http.send(request);
    const exchange = { api: http.api, call: request, answer };
    if (answer.status >= 200 && answer.status < 300) return exchange;
    throw failureOf(exchange);
  };
  return {
    call,
    async callUnlessGone(request) {
      try {
        return await call(request);
      } catch (error) {
        if (error instanceof TenureFailure && error.details.reason === NOT_FOUND) return null;
        throw error;
      }
    },
  };
}
