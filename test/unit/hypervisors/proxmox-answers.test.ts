/** What the Proxmox VE driver makes of answers that its stand-in never gives. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { createProxmoxDriver } from '../../../activities/hypervisors/proxmox.ts';
import {
  describeClone,
  refOf,
  tagsOfMade,
  tagsOfMaking,
} from '../../../activities/hypervisors/proxmox/marks.ts';

const SECRET = '5a4b3c2d-0000-4000-8000-00000000beef';
const UPID = 'UPID:pve1:00001F40:0001E240:65A0B1C2:qmstop:10000:tenure@pve!t:';
const KEY = 'sub_1-1-g1';
const MARK = { key: KEY, madeAt: new Date('2026-03-01T10:00:00.000Z') };
const REF = refOf(10_000, KEY);
const MADE = tagsOfMade(tagsOfMaking(10_000, MARK, []).split(';'), '192.0.2.9');
const NOT_THERE = "Configuration file 'nodes/pve1/qemu-server/10000.conf' does not exist";

const ORDER = {
  key: KEY,
  hostname: 'web-1',
  region: 'fra',
  plan: { template: 9_000, cores: 1, memoryMb: 1_024, diskGb: 10, regions: { fra: ['pve1'] } },
  userData: '',
  labels: {},
};

interface Answer {
  status?: number;
  data?: unknown;
  message?: string;
  errors?: Record<string, string>;
  raw?: string;
}
type Row = Record<string, unknown>;

describe('Proxmox VE’s answers', () => {
  let server: Server;
  let driver: Hypervisor;
  let asked: { call: string; body: Row }[];
  /** By method and the end of the path; the longest end counts. */
  let answers: Record<string, Answer>;

  before(async () => {
    server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const call = `${req.method} ${req.url?.split('?')[0]}`;
        const body = Buffer.concat(chunks).toString();
        asked.push({ call, body: body === '' ? {} : (JSON.parse(body) as Row) });
        const wanted = Object.keys(answers).filter((each) => {
          const [method = '', end = ''] = each.split(' ');
          return call.startsWith(method) && call.endsWith(end);
        });
        const key = wanted.sort((a, b) => b.length - a.length)[0] ?? '';
        const { status = 200, data = null, message, errors, raw } = answers[key] ?? { status: 501 };
        res.writeHead(status).end(raw ?? JSON.stringify({ data, message, errors }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    driver = createProxmoxDriver({
      apiBase: `http://127.0.0.1:${port}/api2/json`,
      token: `tenure@pve!t=${SECRET}`,
      timeoutMs: 2_000,
      requestsPerSecond: 10_000,
      taskWaitMs: 200,
      pollMs: 10,
      createSettleMs: 4_000,
      range: { from: 10_000, to: 10_099 },
      rules: { nodes: [], memoryOvercommit: 1 },
      pool: null,
      nameservers: [],
      snippets: null,
      backupStorage: 'pbs',
    });
  });
  beforeEach(() => {
    asked = [];
    answers = {
      'GET /cluster/resources': { data: cluster() },
      'GET /status/current': { data: { status: 'running', qmpstatus: 'running', vmid: 10_000 } },
      'GET /qemu/10000/config': { data: config() },
      'GET /qemu/9000/config': {
        data: { scsi0: 'ceph:base-9000-disk-0,size=3G', ide2: 'ceph:vm-9000-cloudinit,media=cdrom' },
      },
      'GET /tasks': { data: [] },
      'POST /agent': { status: 500, message: 'QEMU guest agent is not running\n' },
      'POST /clone': { data: UPID.replace('qmstop', 'qmclone') },
      'POST /status/shutdown': { data: UPID },
      'GET /status': { data: { status: 'stopped', exitstatus: 'OK' } },
    };
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const row = (change: Row = {}): Row => ({
    ...{
      id: 'qemu/10000',
      type: 'qemu',
      vmid: 10_000,
      node: 'pve1',
      name: 'web-1',
      status: 'running',
      template: 0,
    },
    ...{ maxcpu: 1, maxmem: 1_024 ** 3, maxdisk: 10 * 1_024 ** 3, tags: MADE, something_new: true },
    ...change,
  });
  const template = { id: 'qemu/9000', type: 'qemu', vmid: 9_000, node: 'pve1', template: 1, name: 'ubuntu' };
  const cluster = (change: Row = {}): Row[] => [
    row(change),
    template,
    { id: 'node/pve1', type: 'node', node: 'pve1', status: 'online', maxmem: 64 * 1_024 ** 3, maxcpu: 8 },
    { id: 'sdn/pve1/zone', type: 'sdn', sdn: 'zone', node: 'pve1', status: 'ok' },
  ];
  const config = (change: Row = {}): Row => ({
    ...{ name: 'web-1', cores: 1, memory: '1024', scsi0: 'ceph:vm-10000-disk-0,size=10G' },
    ...{ boot: 'order=scsi0;net0', net0: 'virtio=BC:24:11:AA:BB:CC,bridge=vmbr0', digest: 'd', tags: MADE },
    ...{ ipconfig0: 'ip=dhcp', description: describeClone(10_000, MARK, { tenant: 'ten_1' }) },
    ...change,
  });
  const clones = (): Row[] => asked.filter(({ call }) => call.endsWith('/clone')).map(({ body }) => body);

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
      assert.equal(asked.filter(({ call }) => call.endsWith('/config')).length, 1);
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
        answers['GET /cluster/resources'] = { data: cluster({ tags }) };
        answers['GET /qemu/10000/config'] = { data: config({ tags: tags ?? unmarked.tags }) };
        const status = power === 'stopped' ? 'stopped' : 'running';
        answers['GET /status/current'] = { data: { status, qmpstatus: power, lock, vmid: 10_000 } };
        assert.equal((await driver.get(REF))?.state, state);
      });
    }

    it('that was copied from one of ours is not ours', async () => {
      const copied = {
        tags: tagsOfMaking(10_007, MARK, []),
        description: describeClone(10_007, MARK, {}),
      };
      answers['GET /cluster/resources'] = { data: cluster({ tags: copied.tags }) };
      answers['GET /qemu/10000/config'] = { data: config(copied) };
      assert.deepEqual(await driver.findByKey(KEY), []);
      assert.equal(await driver.get(REF), null);
      assert.equal((await driver.get('10000'))?.key, null);
    });

    it('keeps a key of any characters', async () => {
      const key = 'Größe/1 A;b,c.d@e';
      const mark = { ...MARK, key };
      answers['GET /cluster/resources'] = { data: cluster({ tags: tagsOfMaking(10_000, mark, []) }) };
      assert.equal((await driver.findByKey(key))[0]?.key, key);
      answers['GET /cluster/resources'] = { data: cluster({ tags: 'golden' }) };
      const description = describeClone(10_000, mark, {});
      answers['GET /qemu/10000/config'] = { data: config({ tags: 'golden', description }) };
      assert.equal((await driver.findByKey(key))[0]?.key, key);
    });

    it('is gone when the cluster does not list it, and not when its node only lost it', async () => {
      answers['GET /status/current'] = { status: 500, message: NOT_THERE };
      await rejects(driver.get(REF), 'retryable', 'unexpected-answer');
      answers['GET /cluster/resources'] = { data: [template] };
      assert.equal(await driver.get(REF), null);
      await driver.delete(REF);
      await rejects(driver.stop(REF), 'refused', 'not-found');
    });

    for (const raw of ['<html>404</html>', '', '{"message":1}']) {
      it(`is not gone when somebody else says 404: ${JSON.stringify(raw)}`, async () => {
        answers['GET /cluster/resources'] = { status: 404, raw };
        await rejects(driver.get(REF), 'retryable', 'unexpected-answer');
      });
    }

    for (const raw of ['{}', '{"data":{}}', '{"data":[{"vmid":1}]}', '{"data":null}']) {
      it(`is not missing from ${raw}`, async () => {
        answers['GET /cluster/resources'] = { raw };
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
        answers['POST /agent'] = { data: { result } };
        assert.equal((await driver.get(REF))?.address, address);
      });
    }

    it('is not needed where the address was given, and needs its right', async () => {
      answers['POST /agent'] = {
        status: 403,
        message: 'Permission check failed (/vms/10000, VM.GuestAgent.Unrestricted)',
      };
      await rejects(driver.get(REF), 'needs-a-human', 'key-refused');
      answers['GET /qemu/10000/config'] = {
        data: config({ ipconfig0: 'ip=198.51.100.4/24,gw=198.51.100.1' }),
      };
      assert.equal((await driver.get(REF))?.address, '198.51.100.4');
    });
  });

  describe('a refused clone', () => {
    for (const [status, message, kind, reason] of [
      [500, "storage 'ceph' does not exist", 'refused', 'bad-plan'],
      [500, "can't clone VM to node 'pve2' (VM uses local storage)", 'refused', 'bad-plan'],
      [500, 'VM is locked (backup)', 'retryable', 'locked'],
      [500, "can't lock file '/var/lock/qemu-server/lock-9000.conf' - got timeout", 'retryable', 'locked'],
      [500, 'clone failed: No space left on device', 'needs-a-human', 'quota-full'],
      [500, NOT_THERE.replace('10000', '9000'), 'refused', 'not-found'],
      [500, 'got no worker upid - start worker failed', 'retryable', 'answer-lost'],
      [
        403,
        'Permission check failed (/storage/ceph, Datastore.AllocateSpace)',
        'needs-a-human',
        'key-refused',
      ],
      [401, 'authentication failure', 'needs-a-human', 'key-refused'],
      [595, 'No route to host', 'retryable', 'answer-lost'],
      [501, "Method 'POST /nodes/pve1/qemu/9000/clone' not implemented", 'refused', 'bad-request'],
    ] as const) {
      it(`with ${status} "${message}" is ${kind} (${reason})`, async () => {
        answers['POST /clone'] = { status, message: `${message}\n` };
        await rejects(driver.create(ORDER), kind, reason);
        assert.equal(clones().length, 1);
      });
    }

    it('names the parameter that is wrong', async () => {
      answers['POST /clone'] = {
        status: 400,
        message: 'Parameter verification failed.\n',
        errors: { name: 'invalid format - value does not look like a valid DNS name' },
      };
      const { message } = await rejects(driver.create(ORDER), 'refused', 'bad-request');
      assert.match(message, /name: invalid format/);
    });

    for (const message of [
      'unable to create VM 10001: config file already exists',
      "VM 10001 already exists on node 'pve2'",
      "CT 10001 already exists on node 'pve2'",
    ]) {
      it(`for "${message}" goes on with other ids, each once`, async () => {
        answers['POST /clone'] = { status: 500, message };
        await rejects(driver.create(ORDER), 'retryable', 'id-taken');
        const ids = clones().map(({ newid }) => newid);
        assert.equal(ids.length, 20);
        assert.equal(new Set(ids).size, 20);
        assert.ok(!ids.includes(10_000), 'it has a machine');
      });
    }

    it('whose acceptance cannot be read has an open outcome', async () => {
      answers['POST /clone'] = { data: null };
      await rejects(driver.create(ORDER), 'retryable', 'answer-lost');
    });

    it('never shows the token, even if the answer does', async () => {
      answers['POST /clone'] = { status: 400, message: `You sent ${SECRET}.` };
      const failure = await rejects(driver.create(ORDER), 'refused', 'bad-request');
      assert.match(failure.message, /You sent \*\*\*\./);
      assert.ok(!inspect(failure, { depth: 20, showHidden: true }).includes(SECRET));
    });
  });

  describe('a task', () => {
    for (const exitstatus of ['OK', 'WARNINGS: 2', 'VM 10000 not running']) {
      it(`that ends with "${exitstatus}" has ended well`, async () => {
        answers['GET /status'] = { data: { status: 'stopped', exitstatus } };
        await driver.stop(REF);
      });
    }

    for (const [exitstatus, kind, reason] of [
      ['VM quit/powerdown failed - got timeout', 'retryable', 'locked'],
      ['WARNINGS: many', 'retryable', 'task-failed'],
      ['unexpected status', 'retryable', 'task-failed'],
      [undefined, 'retryable', 'task-failed'],
      [`something about ${SECRET}`, 'retryable', 'task-failed'],
    ] as const) {
      it(`that ends with "${exitstatus}" has not`, async () => {
        answers['GET /status'] = { data: { status: 'stopped', exitstatus } };
        const { message } = await rejects(driver.stop(REF), kind, reason);
        assert.ok(!message.includes(SECRET));
      });
    }

    it('that takes long, or cannot be looked at, was accepted all the same', async () => {
      answers['GET /status'] = { data: { status: 'running' } };
      await driver.stop(REF);
      answers['GET /status'] = { status: 599, message: 'too many redirections' };
      await driver.stop(REF);
      assert.equal(asked.filter(({ call }) => call.endsWith('/shutdown')).length, 2);
    });

    it('of the machine’s power is waited for before the next one', async () => {
      answers['GET /tasks'] = { data: [{ upid: UPID, type: 'qmstop', id: '10000' }] };
      answers['GET /status'] = { data: { status: 'running' } };
      await rejects(driver.start(REF), 'retryable', 'locked');
      assert.ok(asked.every(({ call }) => call.startsWith('GET')));
    });
  });

  it('tells a backup that is being written by the first line of its job, and trusts no list before that line', async () => {
    const upid = UPID.replace('qmstop', 'vzdump');
    const storage = {
      id: 'storage/pve1/pbs',
      type: 'storage',
      storage: 'pbs',
      node: 'pve1',
      shared: 1,
      status: 'available',
    };
    answers['GET /cluster/resources'] = { data: [...cluster(), storage] };
    answers['GET /tasks'] = { data: [{ upid, type: 'vzdump', id: '10000' }] };
    answers['GET /content'] = { data: [] };
    answers['GET /log'] = { data: [{ n: 1, t: 'no content' }] };
    await rejects(driver.findSnapshotsByKey('s1'), 'retryable', 'locked');
    const t = `INFO: starting new backup job: vzdump 10000 --storage pbs --notes-template 'tenure:s1@${REF}' --mode snapshot`;
    answers['GET /log'] = { data: [{ n: 1, t }] };
    const [pending] = await driver.findSnapshotsByKey('s1');
    assert.deepEqual([pending?.key, pending?.state], ['s1', 'pending']);
    const volid = 'pbs:backup/vm/10000/2026-03-01T10:00:00Z';
    answers['GET /content'] = {
      data: [{ volid, size: 7, vmid: 10_000, notes: `tenure:s1@${REF}`, format: 'pbs-vm' }],
    };
    assert.deepEqual(await driver.findSnapshotsByKey('s1'), [
      { ref: pending?.ref, key: 's1', state: 'complete', sizeBytes: 7 },
    ]);
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
