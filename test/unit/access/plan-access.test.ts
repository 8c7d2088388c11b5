import assert from 'node:assert/strict';
import { Access } from '../../../schemas/catalog/access.ts';

describe('how a plan’s customer signs in', () => {
  it('is by a path, a status and a way to show the password, on the web', () => {
    const { web } = Access.parse({ protocol: 'web', username: 'admin', web: {} });
    assert.deepEqual(web, { path: '/', status: 200, signIn: 'basic' });
  });

  for (const wrong of [
    { protocol: 'web', username: 'admin' },
    { protocol: 'ssh', username: 'root', web: {} },
    { protocol: 'web', username: 'admin', web: { path: 'healthz' } },
    { protocol: 'web', username: 'admin', web: { status: 500 } },
    { protocol: 'web', username: 'admin', web: { signIn: 'form' } },
    { protocol: 'web', username: 'admin', web: { surprise: true } },
  ]) {
    it(`is not ${JSON.stringify(wrong)}`, () => {
      assert.equal(Access.safeParse(wrong).success, false);
    });
  }
});
