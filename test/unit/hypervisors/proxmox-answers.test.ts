/** What the Proxmox VE driver makes of answers that its stand-in never gives. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { describeClone, tagsOfMaking } from '../../../activities/hypervisors/proxmox/marks.ts';
import {
  KEY,
  MADE,
  MARK,
  NOT_THERE,
  REF,
  type Row,
  type ScriptedProxmox,
  TEMPLATE,
  cluster,
  config,
  startScriptedProxmox,
} from './proxmox-scripted.ts';

describe('Proxmox VE’s answers', () => {
  let wire: ScriptedProxmox;
  let driver: Hypervisor;

  before(async () => {
    wire = await startScriptedProxmox();
    driver = wire.driver;
  });
  beforeEach(() => wire.reset());
  after(() => wire.close());

  describe('a machine', () => {
    it('is told in Tenure’s words', async () => {
      assert.deepEqual(await driver.get(REF), {
        ref: REF,
        key: KEY,
        state: 'running',
        address: '192.0.2.9',
        region: 'pve1',
        createdAt: '2026-03-01T10:00:00.000Z',
        name: 'web-1',
        size: '1c-1024m-10g',
      });
    });

    it('is told alike by the list, which needs no second question', async () => {
      const [found] = await driver.findByKey(KEY);
      assert.deepEqual(found, await driver.get(REF));
      assert.equal(wire.asked.filter(({ call }) => call.endsWith('/config')).length, 1);
    });

    const unmarked = { tags: 'golden' };
    for (const [lock, tags, power, state] of [
      [undefined, MADE, 'running', 'running'],
      [undefined, MADE, 'stopped', 'stopped'],
      [undefined, MADE, 'paused', 'busy'],
      [undefined, MADE, 'hovering', 'busy'],
      ['clone', undefined, 'stopped', 'creating'],
      [undefined, undefined, 'stopped', 'creating'],
      [undefined, `${MADE};tenure-making`, 'running', 'creating'],
      ['backup', MADE, 'running', 'busy'],
      ['create', MADE, 'stopped', 'busy'],
      ['something', MADE, 'running', 'busy'],
    ] as const) {
      it(`that is ${power}, locked by ${lock ?? 'nothing'}, ${tags === undefined ? 'untagged' : tags.includes('making') ? 'unfinished' : 'made'} is ${state}`, async () => {
        wire.answers['GET /cluster/resources'] = { data: cluster({ tags }) };
        wire.answers['GET /qemu/10000/config'] = { data: config({ tags: tags ?? unmarked.tags }) };
        const status = power === 'stopped' ? 'stopped' : 'running';
        wire.answers['GET /status/current'] = { data: { status, qmpstatus: power, lock, vmid: 10_000 } };
        assert.equal((await driver.get(REF))?.state, state);
      });
    }

    it('that was copied from one of ours is not ours', async () => {
      const copied = {
        tags: tagsOfMaking(10_007, MARK, []),
        description: describeClone(10_007, MARK, {}),
      };
      wire.answers['GET /cluster/resources'] = { data: cluster({ tags: copied.tags }) };
      wire.answers['GET /qemu/10000/config'] = { data: config(copied) };
      assert.deepEqual(await driver.findByKey(KEY), []);
      assert.equal(await driver.get(REF), null);
      assert.equal((await driver.get('10000'))?.key, null);
    });

    it('keeps a key of any characters', async () => {
      const key = 'Größe/1 A;b,c.d@e';
      const mark = { ...MARK, key };
      wire.answers['GET /cluster/resources'] = { data: cluster({ tags: tagsOfMaking(10_000, mark, []) }) };
      assert.equal((await driver.findByKey(key))[0]?.key, key);
      wire.answers['GET /cluster/resources'] = { data: cluster({ tags: 'golden' }) };
      const description = describeClone(10_000, mark, {});
      wire.answers['GET /qemu/10000/config'] = { data: config({ tags: 'golden', description }) };
      assert.equal((await driver.findByKey(key))[0]?.key, key);
    });

    it('is gone when the cluster does not list it, and not when its node only lost it', async () => {
      wire.answers['GET /status/current'] = { status: 500, message: NOT_THERE };
      await rejects(driver.get(REF), 'retryable', 'unexpected-answer');
      wire.answers['GET /cluster/resources'] = { data: [TEMPLATE] };
      assert.equal(await driver.get(REF), null);
      await driver.delete(REF);
      await rejects(driver.stop(REF), 'refused', 'not-found');
    });

    for (const raw of ['<html>404</html>', '', '{"message":1}']) {
      it(`is not gone when somebody else says 404: ${JSON.stringify(raw)}`, async () => {
        wire.answers['GET /cluster/resources'] = { status: 404, raw };
        await rejects(driver.get(REF), 'retryable', 'unexpected-answer');
      });
    }

    for (const raw of ['{}', '{"data":{}}', '{"data":[{"vmid":1}]}', '{"data":null}']) {
      it(`is not missing from ${raw}`, async () => {
        wire.answers['GET /cluster/resources'] = { raw };
        await rejects(driver.findByKey(KEY), 'retryable', 'unexpected-answer');
      });
    }
  });

  describe('the agent in the guest', () => {
    const card = (mac: string, ...ips: string[]): Row => ({
      name: 'x',
      'hardware-address': mac,
      'ip-addresses': ips.map((ip) => ({
        'ip-address-type': ip.includes(':') ? 'ipv6' : 'ipv4',
        'ip-address': ip,
        prefix: 24,
      })),
    });
    const ours = 'bc:24:11:aa:bb:cc';
    for (const [what, result, address] of [
      [
        'the address of the machine’s own card',
        [card('02:42:00:00:00:01', '172.17.0.1'), card(ours, '192.0.2.7')],
        '192.0.2.7',
      ],
      ['no link-local one', [card(ours, '169.254.3.4', 'fe80::1', '2001:db8::7')], '2001:db8::7'],
      ['IPv4 before IPv6', [card(ours, '2001:db8::7', '192.0.2.7')], '192.0.2.7'],
      ['the remembered one while it has none', [card(ours), { name: 'lo' }], '192.0.2.9'],
    ] as const) {
      it(`tells ${what}`, async () => {
        wire.answers['POST /agent'] = { data: { result } };
        assert.equal((await driver.get(REF))?.address, address);
      });
    }

    it('is not needed where the address was given, and needs its right', async () => {
      wire.answers['POST /agent'] = {
        status: 403,
        message: 'Permission check failed (/vms/10000, VM.GuestAgent.Unrestricted)',
      };
      await rejects(driver.get(REF), 'needs-a-human', 'key-refused');
      wire.answers['GET /qemu/10000/config'] = {
        data: config({ ipconfig0: 'ip=198.51.100.4/24,gw=198.51.100.1' }),
      };
      assert.equal((await driver.get(REF))?.address, '198.51.100.4');
    });
  });

  it('links to the page of Proxmox VE for the screen', async () => {
    const link = await driver.operations.console?.(REF);
    const url = new URL(link?.url ?? '');
    assert.equal(url.pathname, '/');
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      ...{ console: 'kvm', novnc: '1', vmid: '10000', vmname: 'web-1', node: 'pve1', resize: 'off' },
    });
  });
});
