import assert from 'node:assert/strict';
import { createHypervisors } from '../../../activities/hypervisors/registry.ts';
import { type Config, loadConfig } from '../../../schemas/config.ts';

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

describe('the registry of hypervisors', () => {
  it('has a configured provider under its own name, with its settings', () => {
    const hypervisors = createHypervisors(
      config({
        VULTR_API_KEY: 'KEY',
        VULTR_CREATE_SETTLE_MS: '45000',
        VULTR_POLL_MS: '700',
        VULTR_REQUESTS_PER_SECOND: '5',
      }),
    );
    const vultr = hypervisors.get('vultr');
    assert.equal(vultr?.name, 'vultr');
    assert.equal(vultr.createSettleMs, 45_000);
    assert.equal(vultr.pollMs, 700);
    assert.equal(vultr.requestsPerSecond, 5);
  });

  it('leaves out a provider without a key', () => {
    assert.equal(createHypervisors(config({})).size, 0);
  });
});
