/** The stand-in's disks, addresses and firewalls: what they refuse, and what becomes of them with their instance. */
import assert from 'node:assert/strict';
import axios, { type AxiosResponse } from 'axios';
import { linux, testSandbox, typesOf, until } from './vultr-harness.ts';

interface Extras {
  block: { id: string; status: string; attached_to_instance: string };
  blocks: { id: string }[];
  firewall_group: { id: string; instance_count: number; rule_count: number };
  firewall_rule: { id: number };
  firewall_rules: { id: number }[];
  ipv4: { ip: string };
  ipv4s: { ip: string; type: string }[];
  ipv6s: { ip: string; network_size: number }[];
}

describe('Vultr stand-in: disks, addresses and firewalls', function () {
  this.timeout(20_000);
  const sandbox = testSandbox();
  const call = (method: string, url: string, data?: object): Promise<AxiosResponse<Extras>> =>
    axios.request<Extras>({
      method,
      url,
      data,
      baseURL: sandbox.running().url,
      headers: { authorization: `Bearer ${sandbox.options().apiKey}` },
      validateStatus: () => true,
    });
  const statusOf = async (method: string, url: string, data?: object): Promise<number> =>
    (await call(method, url, data)).status;
  const makeDisk = async (): Promise<string> => {
    const { data } = await call('post', '/blocks', { region: linux.region, size_gb: 10 });
    await until(async () =>
      (await call('get', `/blocks/${data.block.id}`)).data.block.status === 'active' ? true : undefined,
    );
    return data.block.id;
  };

  before(() => sandbox.start());
  after(() => sandbox.remove());

  it('makes a disk that is pending first, and refuses wrong ones', async () => {
    const made = await call('post', '/blocks', {
      region: 'fra',
      size_gb: 40,
      label: 'a',
      block_type: 'storage_opt',
    });
    assert.equal(made.status, 202);
    assert.equal(made.data.block.status, 'pending');
    const types = typesOf(made.data.block);
    assert.equal(types['size_gb'], 'integer');
    assert.equal(types['attached_to_instance'], 'string');
    for (const wrong of [
      { size_gb: 10 },
      { region: 'zzz', size_gb: 10 },
      { region: 'fra', size_gb: 9 },
      { region: 'fra', size_gb: '10' },
      { region: 'fra', size_gb: 10, block_type: 'storage_opt' },
      { region: 'fra', size_gb: 10, surprise: true },
    ]) {
      assert.equal(await statusOf('post', '/blocks', wrong), 400, JSON.stringify(wrong));
    }
  });

  it('attaches a disk to one instance of its region, and keeps it when that is deleted', async () => {
    const { id } = await sandbox.deploy(linux);
    const other = await sandbox.create({ ...linux, region: 'ewr' });
    await sandbox.ready(other.id);
    const disk = await makeDisk();
    assert.equal(await statusOf('post', `/blocks/${disk}/attach`, { instance_id: 'x' }), 400);
    assert.equal(
      await statusOf('post', `/blocks/${disk}/attach`, { instance_id: other.id, live: true }),
      400,
    );
    assert.equal(await statusOf('post', `/blocks/${disk}/attach`, { instance_id: id, live: true }), 204);
    assert.equal(await statusOf('post', `/blocks/${disk}/attach`, { instance_id: id, live: true }), 400);
    assert.equal(await statusOf('delete', `/blocks/${disk}`), 400);
    assert.equal((await sandbox.instance(id)).server_status, 'ok');
    assert.equal((await sandbox.api.delete(`/instances/${id}`)).status, 204);
    assert.equal((await call('get', `/blocks/${disk}`)).data.block.attached_to_instance, '');
    assert.equal(await statusOf('post', `/blocks/${disk}/detach`, {}), 400);
    assert.equal(await statusOf('delete', `/blocks/${disk}`), 204);
    assert.equal(await statusOf('get', `/blocks/${disk}`), 404);
  });

  it('does not attach a disk that is not ready, and answers 500 for an instance that is not', async () => {
    const { id } = await sandbox.deploy(linux);
    const ready = await makeDisk();
    const booting = await sandbox.create();
    assert.equal(await statusOf('post', `/blocks/${ready}/attach`, { instance_id: booting.id }), 500);
    const fresh = await call('post', '/blocks', { region: linux.region, size_gb: 10 });
    const early = await statusOf('post', `/blocks/${fresh.data.block.id}/attach`, { instance_id: id });
    assert.equal(early, 400);
  });

  it('restarts an instance whose disk or address is not added live', async () => {
    const { id } = await sandbox.deploy(linux);
    const disk = await makeDisk();
    const rebooted = (): number =>
      sandbox.ledger('instance.rebooted').filter((entry) => entry.id === id).length;
    await call('post', `/blocks/${disk}/attach`, { instance_id: id });
    assert.equal(rebooted(), 1);
    await sandbox.ready(id);
    await call('post', `/instances/${id}/ipv4`, {});
    assert.equal(rebooted(), 2);
  });

  it('adds addresses, takes back all but the first, and has one IPv6 network', async () => {
    const { id, main_ip } = await sandbox.deploy(linux);
    const added = await call('post', `/instances/${id}/ipv4`, { reboot: false });
    assert.equal(added.status, 202);
    const { ip } = added.data.ipv4;
    const types = (await call('get', `/instances/${id}/ipv4`)).data.ipv4s.map(({ type }) => type);
    assert.deepEqual(types, ['main_ip', 'secondary_ip']);
    assert.equal(await statusOf('delete', `/instances/${id}/ipv4/${main_ip}`), 400);
    assert.equal(await statusOf('delete', `/instances/${id}/ipv4/${ip}`), 204);
    assert.equal(await statusOf('delete', `/instances/${id}/ipv4/${ip}`), 400);
    assert.deepEqual((await call('get', `/instances/${id}/ipv6`)).data.ipv6s, []);
    assert.equal((await sandbox.api.patch(`/instances/${id}`, { enable_ipv6: true })).status, 202);
    const [network] = (await call('get', `/instances/${id}/ipv6`)).data.ipv6s;
    assert.equal(network?.ip, (await sandbox.instance(id)).v6_main_ip);
    assert.equal(network.network_size, 64);
  });

  it('keeps groups of rules, refuses what is no rule or there already, and unlinks what is deleted', async () => {
    const made = await call('post', '/firewalls', { description: 'web' });
    assert.equal(made.status, 201);
    const { id: group } = made.data.firewall_group;
    const rule = { ip_type: 'v4', protocol: 'tcp', subnet: '0.0.0.0', subnet_size: 0, port: '80:90' };
    assert.equal(await statusOf('post', `/firewalls/${group}/rules`, rule), 201);
    for (const wrong of [
      rule,
      { ...rule, port: '0' },
      { ...rule, port: '90:80' },
      { ...rule, port: 90 },
      { ...rule, port: undefined },
      { ...rule, protocol: 'icmp' },
      { ...rule, protocol: 'TCP' },
      { ...rule, ip_type: 'v6' },
      { ...rule, subnet_size: 33 },
      { ...rule, source: 'anywhere' },
      { ...rule, surprise: true },
    ]) {
      assert.equal(await statusOf('post', `/firewalls/${group}/rules`, wrong), 400, JSON.stringify(wrong));
    }
    const { id } = await sandbox.create({ ...linux, firewall_group_id: group });
    const shown = (await call('get', `/firewalls/${group}`)).data.firewall_group;
    assert.deepEqual([shown.instance_count, shown.rule_count], [1, 1]);
    const [kept] = (await call('get', `/firewalls/${group}/rules`)).data.firewall_rules;
    assert.equal(await statusOf('delete', `/firewalls/${group}/rules/${kept?.id}`), 204);
    assert.equal(await statusOf('delete', `/firewalls/${group}/rules/${kept?.id}`), 404);
    assert.equal(await statusOf('delete', `/firewalls/${group}`), 204);
    assert.equal((await sandbox.instance(id)).firewall_group_id, '');
    assert.equal((await sandbox.api.patch(`/instances/${id}`, { firewall_group_id: group })).status, 400);
  });

  it('finds disks, addresses and rules again after a restart', async () => {
    const { id } = await sandbox.deploy(linux);
    const disk = await makeDisk();
    await call('post', `/blocks/${disk}/attach`, { instance_id: id, live: true });
    const { ip } = (await call('post', `/instances/${id}/ipv4`, { reboot: false })).data.ipv4;
    const { id: group } = (await call('post', '/firewalls', { description: '' })).data.firewall_group;
    await sandbox.stop();
    await sandbox.start();
    assert.equal((await call('get', `/blocks/${disk}`)).data.block.attached_to_instance, id);
    assert.equal((await call('get', `/instances/${id}/ipv4`)).data.ipv4s[1]?.ip, ip);
    assert.equal(await statusOf('get', `/firewalls/${group}`), 200);
  });
});
