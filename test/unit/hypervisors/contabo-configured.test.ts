import assert from 'node:assert/strict';
import { createHypervisors } from '../../../activities/hypervisors/registry.ts';
import { type Config, ConfigError, loadConfig } from '../../../schemas/config.ts';

const CREDENTIALS = {
  CONTABO_CLIENT_ID: 'INT-1',
  CONTABO_CLIENT_SECRET: 'secret-of-the-client',
  CONTABO_USERNAME: 'operator@example.com',
  CONTABO_PASSWORD: 'password-of-the-user',
};

function config(more: NodeJS.ProcessEnv): Config {
  return loadConfig({
    DATABASE_URL: 'postgres://app@127.0.0.1/tenure',
    GATEWAY_DATABASE_URL: 'postgres://gateway@127.0.0.1/tenure',
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    TOKEN_SECRET: 'x'.repeat(32),
    STRIPE_SECRET_KEY: 'sk_test_1',
    STRIPE_WEBHOOK_SECRET: 'whsec_1',
    SMTP_URL: 'smtp://127.0.0.1:25',
    ...more,
  });
}

describe('Contabo in the configuration', () => {
  it('is on with its four credentials, and off with none', () => {
    const contabo = createHypervisors(config({ ...CREDENTIALS, CONTABO_POLL_MS: '700' })).get('contabo');
    assert.equal(contabo?.pollMs, 700);
    assert.equal(contabo.createSettleMs, 120_000);
    assert.equal(contabo.requestsPerSecond, 5);
    assert.equal(createHypervisors(config({})).has('contabo'), false);
  });

  for (const missing of Object.keys(CREDENTIALS)) {
    it(`names ${missing} when it alone is missing`, () => {
      const rest = { ...CREDENTIALS, [missing]: '' };
      assert.throws(
        () => config(rest),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.deepEqual(error.message.match(/CONTABO_\w+(?=: is not set)/g), [missing]);
          assert.doesNotMatch(error.message, /secret-of-the-client|password-of-the-user/);
          return true;
        },
      );
    });
  }
});
