/** What Proxmox VE is told by settings: the pool of addresses, first boot, plans, and the configuration. */
import assert from 'node:assert/strict';
import { buildUserData } from '../../../activities/access/user-data.ts';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import { readIpPool } from '../../../activities/hypervisors/proxmox/addresses.ts';
import { readProxmoxOptions } from '../../../activities/hypervisors/proxmox/configured.ts';
import { cloudInitOf } from '../../../activities/hypervisors/proxmox/first-boot.ts';
import { readPlan } from '../../../activities/hypervisors/proxmox/plan.ts';
import { createHypervisors } from '../../../activities/hypervisors/registry.ts';
import { type Config, describeConfig, loadConfig } from '../../../schemas/config.ts';

const TOKEN = 'tenure@pve!t=5a4b3c2d-0000-4000-8000-00000000beef';
const API_BASE = 'https://pve.example:8006/api2/json';

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

describe('settings of Proxmox VE', () => {
  it('deal addresses out by place, and only those that there are', () => {
    const pool = readIpPool('192.0.2.250-192.0.3.4/22,gw=192.0.2.1');
    assert.deepEqual(
      [0, 5, 6, 10, 11, -1].map((place) => pool.at(place)),
      ['192.0.2.250', '192.0.2.255', '192.0.3.0', '192.0.3.4', null, null],
    );
    assert.deepEqual([pool.size, pool.prefix, pool.gateway], [11, 22, '192.0.2.1']);
  });

  for (const wrong of [
    '',
    '192.0.2.1',
    '192.0.2.9-192.0.2.1/24',
    '192.0.2.1-192.0.2.300/24',
    '192.0.2.1-192.0.2.9/40',
  ]) {
    it(`refuse "${wrong}" as a pool`, async () => {
      const { message } = await rejects((async () => readIpPool(wrong))(), 'refused', 'bad-setting');
      assert.match(message, /PROXMOX_IP_POOL/);
    });
  }

  it('say the account of a Linux plan, with keys encoded once more', () => {
    const image = { family: 'linux', access: { protocol: 'ssh', username: 'root' } } as const;
    assert.deepEqual(cloudInitOf(buildUserData({ image, password: 'Correct-Horse-7' })), {
      ciuser: 'root',
      cipassword: 'Correct-Horse-7',
    });
    const keys = ['ssh-ed25519 AAAA+b/c= me@x', 'ssh-rsa BBBB you'];
    const { sshkeys } = cloudInitOf(`#cloud-config\nssh_authorized_keys: ${JSON.stringify(keys)}\n`);
    assert.equal(sshkeys, 'ssh-ed25519%20AAAA%2Bb%2Fc%3D%20me%40x%0Assh-rsa%20BBBB%20you');
  });

  it('say the account of a Windows plan', () => {
    const image = { family: 'windows', access: { protocol: 'rdp', username: 'Administrator' } } as const;
    assert.deepEqual(cloudInitOf(buildUserData({ image, password: 'Correct-Horse-7' })), {
      ciuser: 'Administrator',
      cipassword: 'Correct-Horse-7',
    });
  });

  for (const beyond of [
    '#cloud-config\npackages: [nginx]\n',
    '#cloud-config\nssh_pwauth: false\n',
    '#cloud-config\nusers: [{name: a}, {name: b}]\n',
    '#cloud-config\nwrite_files: [{path: /etc/motd, content: x}]\n',
    '#cloud-config\n: [\n',
    '#!/bin/sh\nreboot\n',
  ]) {
    it(`do not say ${JSON.stringify(beyond)}`, async () => {
      await rejects((async () => cloudInitOf(beyond))(), 'refused', 'bad-plan');
    });
  }

  it('refuse a plan that mixes kinds of clones, naming the field', async () => {
    const plan = { template: 9_000, cores: 1, memoryMb: 512, diskGb: 5, regions: { fra: ['pve1'] } };
    assert.deepEqual(readPlan(plan, 'fra').nodes, ['pve1']);
    const linked = { ...plan, clone: 'linked', storage: 'ceph' };
    const { message } = await rejects((async () => readPlan(linked, 'fra'))(), 'refused', 'bad-plan');
    assert.match(message, /providers\.proxmox\.storage/);
    await rejects((async () => readPlan(plan, 'constructor'))(), 'refused', 'bad-plan');
  });

  it('are off without a token, and name what is missing when they are given by half', () => {
    assert.equal(readProxmoxOptions(config({})), null);
    assert.throws(() => config({ PROXMOX_TOKEN: TOKEN }), /PROXMOX_API_BASE/);
    assert.throws(() => config({ PROXMOX_API_BASE: API_BASE }), /PROXMOX_TOKEN/);
    assert.throws(() => config({ PROXMOX_SNIPPET_STORAGE: 'snippets' }), /PROXMOX_SNIPPET_DIR/);
  });

  it('put the driver into the registry', () => {
    const given = config({ PROXMOX_TOKEN: TOKEN, PROXMOX_API_BASE: API_BASE, PROXMOX_POLL_MS: '700' });
    const driver = createHypervisors(given).get('proxmox');
    assert.deepEqual([driver?.name, driver?.pollMs, driver?.createSettleMs], ['proxmox', 700, 60_000]);
  });

  it('become the driver’s options', () => {
    const options = readProxmoxOptions(
      config({
        PROXMOX_TOKEN: TOKEN,
        PROXMOX_API_BASE: API_BASE,
        PROXMOX_NODES: 'pve1, pve2',
        PROXMOX_VMID_FROM: '5000',
        PROXMOX_VMID_TO: '5999',
        PROXMOX_IP_POOL: '192.0.2.10-192.0.2.20/24',
        PROXMOX_BACKUP_STORAGE: 'pbs',
      }),
    );
    assert.deepEqual(options?.range, { from: 5_000, to: 5_999 });
    assert.deepEqual(options.rules.nodes, ['pve1', 'pve2']);
    assert.equal(options.pool?.size, 11);
    assert.equal(options.backupStorage, 'pbs');
    assert.equal(options.snippets, null);
  });

  for (const [name, wrong] of [
    ['PROXMOX_TOKEN', 'tenure@pve'],
    ['PROXMOX_VMID_TO', '150'],
    ['PROXMOX_CA_FILE', '/nonexistent/ca.pem'],
  ] as const) {
    it(`refuse a wrong ${name} by its name`, async () => {
      const given = config({ PROXMOX_TOKEN: TOKEN, PROXMOX_API_BASE: API_BASE, [name]: wrong });
      const { message } = await rejects((async () => readProxmoxOptions(given))(), 'refused', 'bad-setting');
      assert.match(message, new RegExp(name));
    });
  }

  it('do not show the token', () => {
    const shown = describeConfig({ PROXMOX_TOKEN: TOKEN }).find(({ name }) => name === 'PROXMOX_TOKEN');
    assert.equal(shown?.value, '***');
  });
});
