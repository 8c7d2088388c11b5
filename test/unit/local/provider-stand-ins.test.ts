import assert from 'node:assert/strict';
import { createHypervisors } from '../../../activities/hypervisors/registry.ts';
import { loadConfig } from '../../../schemas/config.ts';
import {
  chooseProviderStandIns,
  PROVIDER_STAND_INS,
  standInEnvironment,
} from '../../../workers/local/provider-stand-ins.ts';

describe('the providers’ stand-ins of the local runtime', () => {
  it('are all played while nobody has connected a provider', () => {
    assert.deepEqual(chooseProviderStandIns({}), [...PROVIDER_STAND_INS]);
    // Addresses alone may be a proxy's in front of the stand-in.
    assert.deepEqual(chooseProviderStandIns({ PROXMOX_API_BASE: 'http://127.0.0.1:1/api2/json' }), [
      ...PROVIDER_STAND_INS,
    ]);
  });

  it('leave the field to real providers', () => {
    assert.deepEqual(chooseProviderStandIns({ VULTR_API_KEY: 'real' }), []);
    assert.deepEqual(chooseProviderStandIns({ PROXMOX_TOKEN: 'a@pve!b=c' }), ['vultr']);
  });

  it('are connected by settings that the configuration takes', () => {
    const settings = PROVIDER_STAND_INS.flatMap((name, index) =>
      Object.entries(standInEnvironment(name, 4_100 + index, 'k'.repeat(36), '/tmp/none')),
    );
    const config = loadConfig({
      DATABASE_URL: 'postgres://127.0.0.1/none',
      GATEWAY_DATABASE_URL: 'postgres://127.0.0.1/none',
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
      TOKEN_SECRET: 'x'.repeat(32),
      STRIPE_SECRET_KEY: 'none',
      STRIPE_WEBHOOK_SECRET: 'none',
      SMTP_URL: 'smtp://127.0.0.1',
      ...Object.fromEntries(settings),
    });
    assert.deepEqual([...createHypervisors(config).keys()].sort(), [...PROVIDER_STAND_INS].sort());
  });
});
