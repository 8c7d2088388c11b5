/** How access comes into machines of Proxmox VE: by settings or by a snippet, at an address that is known. */
import assert from 'node:assert/strict';
import { probeAccess } from '../../../activities/access/probe.ts';
import { buildUserData } from '../../../activities/access/user-data.ts';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import { readIpPool } from '../../../activities/hypervisors/proxmox/addresses.ts';
import { finish, order } from './proxmox-steps.ts';
import { type ProxmoxUnderTest, RANGE, startProxmoxUnderTest, vmidOf } from './proxmox-under-test.ts';

const PASSWORD = 'Correct-Horse-7-Battery';
const IMAGE = { family: 'linux', access: { protocol: 'ssh', username: 'root' } } as const;

describe('access to machines of Proxmox VE', function () {
  this.timeout(60_000);
  let cluster: ProxmoxUnderTest;

  before(async () => {
    cluster = await startProxmoxUnderTest();
  });
  afterEach(() => cluster.calm());
  after(() => cluster.close());

  const enter = async (address: string | null, username: string): Promise<void> => {
    await probeAccess({
      protocol: 'ssh',
      address: address ?? '',
      port: cluster.guestSshPort,
      username,
      password: PASSWORD,
      timeoutMs: 10_000,
    });
  };

  for (const [by, username] of [
    ['settings', 'root'],
    ['settings', 'gabi'],
    ['a snippet', 'root'],
  ] as const) {
    it(`is given to ${username} by ${by}`, async () => {
      const driver = cluster.driver(by === 'settings' ? { snippets: null } : {});
      assert.equal(driver.capabilities.userData, by !== 'settings');
      const access = { ...IMAGE.access, username };
      const request = order({
        userData: buildUserData({ image: { ...IMAGE, access }, password: PASSWORD }),
      });
      const { ref } = await driver.create(request);
      const { address } = await finish(driver, ref, request);
      await enter(address, username);
    });
  }

  it('comes with an address of the pool that belongs to the id', async () => {
    const pool = readIpPool('127.91.0.10-127.91.19.250/10,gw=127.64.0.1');
    const driver = cluster.driver({ pool, snippets: null, nameservers: ['192.0.2.53'] });
    const request = order({ userData: buildUserData({ image: IMAGE, password: PASSWORD }) });
    const { ref } = await driver.create(request);
    const { address } = await finish(driver, ref, request);
    assert.equal(address, pool.at(Number(vmidOf(ref)) - RANGE.from));
    await enter(address, 'root');
    const [listed] = await driver.findByKey(request.key);
    assert.equal(listed?.address, address);
  });

  it('is refused where settings cannot say what a plan’s first boot does, before anything is made', async () => {
    const request = order({ userData: '#cloud-config\nruncmd: [reboot]\n' });
    const { details } = await rejects(
      cluster.driver({ snippets: null }).create(request),
      'refused',
      'bad-plan',
    );
    assert.match(details.nextStep ?? '', /PROXMOX_SNIPPET_STORAGE/);
    assert.equal(await cluster.countMade(request.key), 0);
  });
});
