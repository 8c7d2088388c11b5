import assert from 'node:assert/strict';
import { createHypervisors } from '../../../activities/hypervisors/registry.ts';
import { type Config, ConfigError, loadConfig } from '../../../schemas/config.ts';

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

const AUTH = { OPENSTACK_AUTH_URL: 'https://keystone.example/v3' };
const CREDENTIAL = {
  OPENSTACK_APPLICATION_CREDENTIAL_ID: 'id',
  OPENSTACK_APPLICATION_CREDENTIAL_SECRET: 'secret',
};
const USER = { OPENSTACK_USERNAME: 'me', OPENSTACK_PASSWORD: 'secret' };

describe('OpenStack in the configuration', () => {
  it('is on with an application credential, or as a user in a project', () => {
    for (const given of [
      { ...AUTH, ...CREDENTIAL },
      { ...AUTH, ...USER, OPENSTACK_PROJECT: 'tenure' },
      { ...AUTH, ...USER, OPENSTACK_PROJECT_ID: 'abc', OPENSTACK_NETWORKS: 'none' },
    ]) {
      const driver = createHypervisors(config({ ...given, OPENSTACK_POLL_MS: '700' })).get('openstack');
      assert.equal(driver?.pollMs, 700);
    }
  });

  it('is off without any of them', () => {
    assert.equal(createHypervisors(config({})).has('openstack'), false);
  });

  for (const [given, missing] of [
    [AUTH, /OPENSTACK_APPLICATION_CREDENTIAL_ID/],
    [CREDENTIAL, /OPENSTACK_AUTH_URL/],
    [{ ...AUTH, OPENSTACK_APPLICATION_CREDENTIAL_ID: 'id' }, /OPENSTACK_APPLICATION_CREDENTIAL_SECRET/],
    [{ ...AUTH, OPENSTACK_USERNAME: 'me' }, /OPENSTACK_PASSWORD/],
    [{ ...AUTH, ...USER }, /OPENSTACK_PROJECT/],
    [{ ...AUTH, ...CREDENTIAL, OPENSTACK_NETWORKS: 'all' }, /OPENSTACK_NETWORKS/],
    [{ ...AUTH, ...CREDENTIAL, OPENSTACK_INTERFACE: 'secret' }, /OPENSTACK_INTERFACE/],
  ] as const) {
    it(`says what is missing or wrong with ${Object.keys(given).join(', ')}`, () => {
      assert.throws(
        () => createHypervisors(config(given)),
        (error) => error instanceof ConfigError && missing.test(error.message),
      );
    });
  }
});
