/** What the operations of the Vultr driver make of answers that its stand-in never gives. */
import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Hypervisor,
  type InstanceOperations,
  type Operation,
  operationOf,
} from '../../../activities/hypervisors/port.ts';
import { createVultrDriver } from '../../../activities/hypervisors/vultr.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

const REF = '4f0f12e5-1f84-404f-aa84-85f431ea5ec2';
const GROUP = 'b7b9a2f4-95b2-4b1e-9d55-4a7a7a0f4a11';
const DISK = '0f8b1c9e-7f0e-4a52-8f0b-6b1d3c2a9e77';
const ONE_PAGE = { meta: { total: 1, links: { next: '', prev: '' } } };
const INSTANCE = {
  id: REF,
  status: 'active',
  power_status: 'running',
  server_status: 'ok',
  main_ip: '192.0.2.7',
  region: 'ewr',
  tags: [],
  plan: 'vc2-2c-4gb',
  os_id: 2284,
  firewall_group_id: GROUP,
};
const SMALLER = { plan: { plan: 'vc2-1c-1gb', osId: 2284, regions: { nyc: 'ewr' } }, region: 'nyc' };

describe('Vultr’s answers to operations', () => {
  let server: Server;
  let vultr: Hypervisor;
  let asked: string[];
  let answers: Record<string, unknown>;
  const run = <O extends Operation>(operation: O): InstanceOperations[O] => operationOf(vultr, operation);

  before(async () => {
    server = createServer((req, res) => {
      const call = `${req.method} ${(req.url ?? '').split('?')[0]}`.replace('/v2', '');
      asked.push(call);
      req.resume();
      const body = answers[call];
      if (body === undefined) res.writeHead(404).end(JSON.stringify({ error: 'Not found.', status: 404 }));
      else res.writeHead(200).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    vultr = createVultrDriver({
      apiKey: 'KEY',
      apiBase: `http://127.0.0.1:${port}/v2`,
      timeoutMs: 200,
      createSettleMs: 400,
      pollMs: 10,
      requestsPerSecond: 10_000,
    });
  });
  beforeEach(() => {
    asked = [];
    answers = { [`GET /instances/${REF}`]: { instance: INSTANCE } };
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const rejects = async (call: Promise<unknown>, reason: string): Promise<TenureFailure> => {
    const failure: unknown = await call.then(
      () => assert.fail('it succeeded'),
      (thrown: unknown) => thrown,
    );
    assert.ok(failure instanceof TenureFailure, String(failure));
    assert.equal(failure.details.reason, reason, failure.message);
    return failure;
  };

  it('refuses a change of size that is not offered, in a sentence, without trying it', async () => {
    answers[`GET /instances/${REF}/upgrades`] = { upgrades: { plans: ['vc2-4c-8gb'] } };
    const { details } = await rejects(run('resize')(REF, SMALLER), 'unsupported');
    assert.match(details.nextStep ?? '', /larger plan/);
    assert.ok(asked.every((call) => call.startsWith('GET')));
  });

  it('installs another image by changing it, and the same one by asking for it', async () => {
    answers[`PATCH /instances/${REF}`] = { instance: INSTANCE };
    answers[`POST /instances/${REF}/reinstall`] = { instance: INSTANCE };
    const anew = { ...SMALLER, hostname: 'web-1', userData: '' };
    await run('reinstall')(REF, anew);
    const other = { ...anew, plan: { ...SMALLER.plan, osId: 501 } };
    await run('reinstall')(REF, other);
    assert.deepEqual(
      asked.filter((call) => !call.startsWith('GET')),
      [
        `PATCH /instances/${REF}`,
        `POST /instances/${REF}/reinstall`,
        `PATCH /instances/${REF}`,
        `PATCH /instances/${REF}`,
      ],
    );
  });

  it('has no console link while Vultr has none', async () => {
    await rejects(run('console')(REF), 'locked');
  });

  it('leaves the outcome open when the new address is not told', async () => {
    answers[`POST /instances/${REF}/ipv4`] = {};
    await rejects(run('addAddress')(REF, 4), 'answer-lost');
  });

  it('lists no private address, and neither the first one nor the IPv6 network is taken back', async () => {
    const ipv4s = [
      { ip: '192.0.2.7', type: 'main_ip' },
      { ip: '10.1.96.3', type: 'private' },
    ];
    answers[`GET /instances/${REF}/ipv4`] = { ipv4s, ...ONE_PAGE };
    const addresses = await run('addresses')(REF);
    assert.deepEqual(
      addresses.map(({ address }) => address),
      ['192.0.2.7'],
    );
    await rejects(run('removeAddress')(REF, '192.0.2.7'), 'unsupported');
    await rejects(run('removeAddress')(REF, 'ipv6'), 'unsupported');
    await rejects(run('removeAddress')(REF, '192.0.2.7/../8'), 'bad-ref');
  });

  it('asks to come back for a disk that is not ready in time', async () => {
    const block = { id: DISK, status: 'pending', size_gb: 40, label: '', attached_to_instance: '' };
    answers['GET /blocks'] = { blocks: [], meta: { total: 0, links: { next: '', prev: '' } } };
    answers['POST /blocks'] = { block };
    answers[`GET /blocks/${DISK}`] = { block };
    await rejects(run('addDisk')(REF, { key: 'k', sizeGb: 40 }), 'locked');
    assert.equal(asked.filter((call) => call === 'POST /blocks').length, 1);
  });

  it('removes no disk that is neither attached to the instance nor marked for it', async () => {
    const block = { id: DISK, status: 'active', size_gb: 40, label: 'backup', attached_to_instance: '' };
    answers[`GET /blocks/${DISK}`] = { block };
    await rejects(run('removeDisk')(REF, DISK), 'not-found');
    assert.deepEqual(asked, [`GET /blocks/${DISK}`]);
  });

  it('reads port ranges in both spellings, and leaves out what Tenure has no words for', async () => {
    const network = { ip_type: 'v4', subnet: '0.0.0.0', subnet_size: 0 };
    const firewall_rules = [
      { id: 1, ...network, protocol: 'tcp', port: '22', source: '' },
      { id: 2, ...network, protocol: 'tcp', port: '8000 - 8010', source: '' },
      { id: 3, ...network, protocol: 'udp', port: '60000:61000' },
      { id: 4, ...network, protocol: 'gre', port: '', source: '' },
      { id: 5, ...network, protocol: 'tcp', port: '443', source: 'cloudflare' },
    ];
    answers[`GET /firewalls/${GROUP}/rules`] = { firewall_rules, ...ONE_PAGE };
    const rules = await run('firewall')(REF);
    assert.deepEqual(
      rules?.map(({ ports }) => ports),
      [
        { from: 22, to: 22 },
        { from: 8_000, to: 8_010 },
        { from: 60_000, to: 61_000 },
      ],
    );
  });

  it('refuses what is not a rule before anything is sent', async () => {
    const ports = { from: 22, to: 22 };
    for (const rule of [
      { protocol: 'tcp', ports, source: 'anywhere' },
      { protocol: 'tcp', ports, source: '192.0.2.0/33' },
      { protocol: 'tcp', ports: null, source: '0.0.0.0/0' },
      { protocol: 'icmp', ports, source: '0.0.0.0/0' },
    ] as const) {
      await rejects(run('setFirewall')(REF, [rule]), 'bad-request');
    }
    assert.deepEqual(asked, []);
  });

  it('deletes an instance with its own firewall group, and leaves any other alone', async () => {
    answers[`DELETE /instances/${REF}`] = {};
    for (const [description, isDeleted] of [
      ['the whole office', false],
      [`tenure-firewall:${REF}`, true],
    ] as const) {
      asked = [];
      answers[`GET /firewalls/${GROUP}`] = { firewall_group: { id: GROUP, description } };
      await vultr.delete(REF);
      assert.equal(asked.includes(`DELETE /firewalls/${GROUP}`), isDeleted);
    }
  });

  it('takes a deletion as done although its firewall group cannot be read', async () => {
    answers[`DELETE /instances/${REF}`] = {};
    answers[`GET /firewalls/${GROUP}`] = 'nonsense';
    await vultr.delete(REF);
    assert.ok(asked.includes(`DELETE /instances/${REF}`));
  });
});
