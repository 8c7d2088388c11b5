import assert from 'node:assert/strict';
import { z } from 'zod';
import { canonicalJson } from '../../../api/http/canonical-json.ts';
import { isDatabaseDown, toProblem } from '../../../api/http/errors.ts';
import { readSeqCursor, readUuidCursor, seqCursor, toPage, uuidCursor } from '../../../api/http/paging.ts';
import { ApiProblem } from '../../../api/http/problem.ts';
import { createRateLimiter } from '../../../api/http/rate-limit.ts';
import { withoutSecrets } from '../../../api/http/request-log.ts';
import { check } from '../../../api/http/validate.ts';

const reasonOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiProblem) return error.kind;
    throw error;
  }
  return 'none';
};

describe('rate limit', () => {
  const limiter = () => createRateLimiter({ burst: 2, perSecond: 1 });

  it('lets a burst pass, then what the rate allows', () => {
    const { take } = limiter();
    take('a', 0);
    take('a', 0);
    assert.equal(
      reasonOf(() => take('a', 0)),
      'too-many-requests',
    );
    assert.equal(
      reasonOf(() => take('a', 999)),
      'too-many-requests',
    );
    take('a', 1_000);
    assert.equal(
      reasonOf(() => take('a', 1_001)),
      'too-many-requests',
    );
  });

  it('counts each sender alone, and a clock that goes back changes nothing', () => {
    const { take } = limiter();
    take('a', 5_000);
    take('a', 5_000);
    take('b', 5_000);
    assert.equal(
      reasonOf(() => take('a', 4_000)),
      'too-many-requests',
    );
  });

  it('forgets the senders that it has not seen for longest', () => {
    const { take } = createRateLimiter({ burst: 1, perSecond: 0.000_1 });
    take('first', 0);
    for (let sender = 0; sender < 20_000; sender += 1) take(`s${sender}`, 0);
    take('first', 0);
    assert.equal(
      reasonOf(() => take('s19999', 0)),
      'too-many-requests',
    );
  });

  it('says when to come back', () => {
    const { take } = createRateLimiter({ burst: 1, perSecond: 0.1 });
    take('a', 0);
    try {
      take('a', 0);
      assert.fail('not limited');
    } catch (error) {
      assert.ok(error instanceof ApiProblem);
      assert.deepEqual(error.toHeaders(), { 'Retry-After': '10' });
    }
  });
});

describe('paging', () => {
  const id = '019a9f0c-5e7b-7c3c-8a4d-0e1f2a3b4c5d';

  it('reads its own cursors', () => {
    assert.equal(readUuidCursor(uuidCursor({ id })), id.replaceAll('-', ''));
    assert.equal(readSeqCursor(seqCursor({ seq: '4711' })), '4711');
    assert.equal(readUuidCursor(undefined), null);
    assert.equal(readSeqCursor(undefined), null);
  });

  it('takes any 32 hex digits, and nothing else', () => {
    assert.equal(readSeqCursor('f'.repeat(32)), '9223372036854775807');
    for (const cursor of ['', 'x', 'F'.repeat(32), `${'0'.repeat(32)}0`, id]) {
      assert.equal(
        reasonOf(() => readUuidCursor(cursor)),
        'invalid-request',
        cursor,
      );
    }
  });

  it('has a next page exactly if there is more', () => {
    const rows = [{ id: '3' }, { id: '2' }, { id: '1' }];
    assert.deepEqual(toPage(rows, 3, uuidCursor).nextCursor, null);
    assert.deepEqual(toPage(rows, 2, uuidCursor), { data: rows.slice(0, 2), nextCursor: '2' });
    assert.deepEqual(toPage([], 2, uuidCursor), { data: [], nextCursor: null });
  });
});

describe('validation', () => {
  const shape = z.strictObject({
    texts: z.array(z.string()),
    any: z.record(z.string(), z.string()).optional(),
  });

  it('names every wrong field at once', () => {
    try {
      check(z.strictObject({ a: z.int(), b: z.string() }), { a: 'x', b: 1 }, 'body');
      assert.fail('accepted');
    } catch (error) {
      assert.ok(error instanceof ApiProblem);
      assert.deepEqual(
        error.toBody().errors?.map(({ path }) => path),
        ['body.a', 'body.b'],
      );
    }
  });

  it('refuses texts that Postgres cannot store, wherever they are', () => {
    for (const text of ['\0', 'a\0b', '\ud800', 'x\udc00']) {
      assert.equal(
        reasonOf(() => check(shape, { texts: ['ok', text] }, 'body')),
        'invalid-request',
      );
      assert.equal(
        reasonOf(() => check(shape, { texts: [], any: { [text]: 'ok' } }, 'body')),
        'invalid-request',
      );
      assert.equal(
        reasonOf(() => check(shape, { texts: [text] }, 'body', { passing: true })),
        'none',
      );
    }
    assert.equal(
      reasonOf(() => check(shape, { texts: ['😀 Grüße'] }, 'body')),
      'none',
    );
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of members, but on that of lists', () => {
    assert.equal(canonicalJson({ b: 1, a: { d: 2, c: [1, 2] } }), '{"a":{"c":[1,2],"d":2},"b":1}');
    assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
    assert.equal(canonicalJson({ a: undefined }), '{}');
  });
});

describe('logged addresses', () => {
  const cases: [string, string][] = [
    ['/v1/orders/abc', '/v1/orders/***'],
    ['/v1/orders/abc/actions/cancel?x=1', '/v1/orders/***/actions/cancel'],
    ['/v1/credentials/abc/reveal', '/v1/credentials/***/reveal'],
    ['/order/abc#x', '/order/***#x'],
    ['/credentials/abc', '/credentials/***'],
    ['/v1/subscriptions/sub_1?cursor=abc', '/v1/subscriptions/sub_1'],
  ];
  for (const [address, logged] of cases) {
    it(`${address} → ${logged}`, () => assert.equal(withoutSecrets(address), logged));
  }
});

describe('errors', () => {
  const coded = (code: string): Error => Object.assign(new Error('x'), { code });

  it('tell a database that is away from a statement that is wrong', () => {
    for (const code of ['ECONNREFUSED', '57P01', '57P03', '08006', '53300', '25006']) {
      assert.equal(isDatabaseDown(coded(code)), true, code);
    }
    for (const code of ['23505', '42P01', '22P02']) assert.equal(isDatabaseDown(coded(code)), false, code);
    assert.equal(isDatabaseDown(new Error('Connection terminated unexpectedly')), true);
    assert.equal(isDatabaseDown(new Error('timeout exceeded when trying to connect')), true);
    assert.equal(isDatabaseDown('ECONNREFUSED'), false);
  });

  it('never show an unexpected one’s text', () => {
    const problem = toProblem(new Error('password=geheim'));
    assert.equal(problem.status, 500);
    assert.equal(JSON.stringify(problem.toBody()).includes('geheim'), false);
  });
});
