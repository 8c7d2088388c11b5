/** From the environment to the KubeVirt driver. */
import assert from 'node:assert/strict';
import { readKubevirtOptions } from '../../../activities/hypervisors/kubevirt/configured.ts';
import { readPlan, sizeOfOrder } from '../../../activities/hypervisors/kubevirt/plan.ts';
import { type Config, loadConfig } from '../../../schemas/config.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

const ACCOUNT = { KUBEVIRT_API_BASE: 'https://10.0.0.1:6443', KUBEVIRT_TOKEN: 'token' };

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

const failsWith = (reason: string, name: RegExp) => (error: unknown) =>
  error instanceof TenureFailure && error.details.reason === reason && name.test(error.message);

describe('the settings of KubeVirt', () => {
  it('is off without an account, and names what is missing of one', () => {
    assert.equal(readKubevirtOptions(config({})), null);
    assert.throws(() => config({ KUBEVIRT_TOKEN: 'token' }), /KUBEVIRT_API_BASE/);
    assert.throws(() => config({ KUBEVIRT_API_BASE: 'https://10.0.0.1' }), /KUBEVIRT_TOKEN/);
  });

  it('writes by the API, or by a git repository', () => {
    const direct = readKubevirtOptions(config(ACCOUNT));
    assert.equal(direct?.namespace, 'tenure');
    assert.equal(direct.git, undefined);
    const git = {
      KUBEVIRT_GIT_URL: 'https://git.example/fleet.git',
      KUBEVIRT_GIT_PATH: 'clusters/a',
      KUBEVIRT_GIT_TOKEN: 't',
    };
    assert.deepEqual(readKubevirtOptions(config({ ...ACCOUNT, ...git }))?.git, {
      url: 'https://git.example/fleet.git',
      branch: 'main',
      folder: 'clusters/a',
      token: 't',
    });
  });

  it('names a setting that cannot work', () => {
    const ca = config({ ...ACCOUNT, KUBEVIRT_CA_FILE: '/nowhere/ca.pem' });
    assert.throws(() => readKubevirtOptions(ca), failsWith('bad-setting', /KUBEVIRT_CA_FILE/));
    const ssh = config({ ...ACCOUNT, KUBEVIRT_GIT_URL: 'git@git.example:fleet.git' });
    assert.throws(() => readKubevirtOptions(ssh), failsWith('bad-setting', /KUBEVIRT_GIT_URL/));
  });

  it('takes a plan by numbers or by instance type, not by both or neither', () => {
    const base = { diskGb: 25, image: { http: 'https://images.example/a.qcow2' }, regions: { fra: '' } };
    assert.equal(sizeOfOrder(readPlan({ ...base, cpus: 2, memoryMb: 4_096 }, 'fra')), '2 CPU, 4096 MB');
    assert.equal(sizeOfOrder(readPlan({ ...base, instancetype: { name: 'u1.small' } }, 'fra')), 'u1.small');
    const wrong = [
      base,
      { ...base, cpus: 2 },
      { ...base, cpus: 2, memoryMb: 1, instancetype: { name: 'u1.small' } },
    ];
    for (const plan of wrong) {
      assert.throws(() => readPlan(plan, 'fra'), failsWith('bad-plan', /providers\.kubevirt\.instancetype/));
    }
    const unknown = { ...base, cpus: 2, memoryMb: 4_096, image: { url: 'x' } };
    assert.throws(() => readPlan(unknown, 'fra'), failsWith('bad-plan', /providers\.kubevirt\.image/));
    for (const region of ['ams', 'constructor']) {
      const plan = { ...base, cpus: 2, memoryMb: 4_096 };
      assert.throws(() => readPlan(plan, region), failsWith('bad-plan', new RegExp(`regions\\.${region}`)));
    }
  });
});
