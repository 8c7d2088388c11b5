import assert from 'node:assert/strict';
import { z } from 'zod';
import { type Exchange, failureOfStatus, quote, readJson } from '../../../activities/http/answers.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

function exchange(method: 'GET' | 'POST', status: number, body = '', retryAfter?: string): Exchange {
  return {
    api: 'Cloud',
    call: { method, path: '/things' },
    answer: { status, body, retryAfter, headers: {} },
  };
}

describe('HTTP answers', () => {
  for (const [method, status, kind, reason] of [
    ['GET', 400, 'refused', 'bad-request'],
    ['GET', 401, 'needs-a-human', 'key-refused'],
    ['POST', 402, 'needs-a-human', 'payment-needed'],
    ['GET', 403, 'needs-a-human', 'key-refused'],
    ['GET', 404, 'refused', 'not-found'],
    ['GET', 408, 'retryable', 'server-error'],
    ['POST', 408, 'retryable', 'answer-lost'],
    ['POST', 422, 'refused', 'bad-request'],
    ['POST', 429, 'throttled', 'rate-limited'],
    ['GET', 500, 'retryable', 'server-error'],
    ['POST', 502, 'retryable', 'answer-lost'],
    ['POST', 302, 'retryable', 'unexpected-answer'],
  ] as const) {
    it(`takes ${status} to a ${method} as ${kind} (${reason})`, () => {
      const failure = failureOfStatus(exchange(method, status), 'so it is');
      assert.equal(failure.kind, kind);
      assert.equal(failure.details.reason, reason);
      assert.equal(failure.details.upstream, String(status));
      assert.match(failure.message, /Cloud .*so it is/);
    });
  }

  it('spreads the waits of throttled callers, and waits at least as long as asked', () => {
    const waits = Array.from(
      { length: 50 },
      () => failureOfStatus(exchange('GET', 429, '', '7'), '').details.retryAfterMs,
    );
    assert.ok(waits.every((ms) => ms !== undefined && ms >= 7_000 && ms < 8_000));
    assert.ok(new Set(waits).size > 1);
    const unasked = failureOfStatus(exchange('GET', 429, '', 'Wed, 21 Oct 2015 07:28:00 GMT'), '').details
      .retryAfterMs;
    assert.ok(unasked !== undefined && unasked >= 1_000 && unasked < 2_000);
  });

  it('reads what is needed and ignores what else is there', () => {
    const shape = z.object({ id: z.string() });
    assert.deepEqual(readJson(shape, exchange('GET', 200, '{"id":"a","new":1}')), { id: 'a' });
  });

  for (const body of ['', '<html>', '{"id":7}', '[]']) {
    it(`says of ${JSON.stringify(body)} that it is unexpected, and to a mutating call that the outcome is open`, () => {
      const shape = z.object({ id: z.string() });
      const fails = (reason: string) => (error: unknown) =>
        error instanceof TenureFailure && error.kind === 'retryable' && error.details.reason === reason;
      assert.throws(() => readJson(shape, exchange('GET', 200, body)), fails('unexpected-answer'));
      assert.throws(() => readJson(shape, exchange('POST', 202, body)), fails('answer-lost'));
    });
  }

  it('quotes on one line, without secrets and without end', () => {
    assert.equal(quote('no\r\n\tkey \u0000abc123!', ['abc123']), 'no key ***!');
    assert.equal(quote('x'.repeat(500), []).length, 201);
  });
});
