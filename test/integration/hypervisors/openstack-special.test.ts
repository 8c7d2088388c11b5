/** What is special about OpenStack, against its stand-in. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { examOrder, newKey, rejects, until, untilState } from './openstack-steps.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { operationOf } from '../../../activities/hypervisors/port.ts';
import {
  CREDENTIAL,
  IMAGE_ID,
  type OpenStackUnderTest,
  PLAN,
  PRIVATE_NETWORK,
  PUBLIC_NETWORK,
  startOpenStackUnderTest,
} from './openstack-under-test.ts';

describe('OpenStack', function () {
  this.timeout(30_000);
  let cloud: OpenStackUnderTest;
  let hypervisor: Hypervisor;

  before(async () => {
    cloud = await startOpenStackUnderTest();
    hypervisor = cloud.connect();
  });
  afterEach(() => cloud.calm());
  after(() => cloud.close());

  const make = async (change: Parameters<typeof examOrder>[0] = {}): Promise<string> => {
    const { ref } = await hypervisor.create(examOrder(change));
    await untilState(hypervisor, ref, 'running');
    return ref;
  };
  const effects = async (ref: string): Promise<string[]> =>
    (await cloud.ledger()).filter(({ id }) => id === ref).map(({ effect }) => effect);
  const tokens = async (): Promise<number> =>
    (await cloud.ledger()).filter(({ effect }) => effect === 'token.issued').length;

  describe('its session', () => {
    it('is opened once for many calls at the same time', async () => {
      const fresh = cloud.connect();
      const before = await tokens();
      await Promise.all(Array.from({ length: 5 }, () => fresh.capacity()));
      assert.equal((await tokens()) - before, 1);
    });

    it('is opened again when its token is refused, and the call is then made once', async () => {
      await hypervisor.capacity();
      await cloud.levers.post('/openstack/revoke-tokens');
      const key = newKey();
      const before = await tokens();
      await hypervisor.create(examOrder({ key }));
      assert.equal((await tokens()) - before, 1);
      assert.equal(await cloud.countMade(key), 1);
    });

    it('is renewed before a long action when half of its life is over, but not for a look', async () => {
      const short = await startOpenStackUnderTest({ tokenLifeMs: 62_000 });
      try {
        const driver = short.connect();
        await driver.capacity();
        const given = async (): Promise<number> =>
          (await short.ledger()).filter(({ effect }) => effect === 'token.issued').length;
        const realNow = Date.now;
        // Half of its life later.
        Date.now = () => realNow() + 31_500;
        try {
          await driver.capacity();
          assert.equal(await given(), 1);
          await driver.create(examOrder());
          assert.equal(await given(), 2);
        } finally {
          Date.now = realNow;
        }
      } finally {
        await short.close();
      }
    });

    it('works for a user with a password and a project as well', async () => {
      const user = { name: 'operator', domain: 'Default', password: 'sandbox-openstack-password' };
      const asUser = cloud.connectWith({
        credentials: { user, project: { name: 'tenure', domain: 'Default' } },
      });
      assert.equal((await asUser.capacity()).length, 1);
      const stranger = cloud.connectWith({
        credentials: { user: { ...user, password: 'no' }, project: { id: 'p' } },
      });
      await rejects(stranger.capacity(), 'needs-a-human', 'key-refused');
    });

    it('says which setting is wrong when the region has no Nova', async () => {
      const elsewhere = cloud.connectWith({ region: 'RegionTwo' });
      const { details } = await rejects(elsewhere.capacity(), 'refused', 'unsupported');
      assert.match(details.nextStep ?? '', /OPENSTACK_REGION/);
    });

    it('does not say that a create may have had its effect when only Keystone gave no answer', async () => {
      const fresh = cloud.connect();
      await cloud.levers.post('/faults', { kind: 'lost-after', path: '/auth/tokens$' });
      await rejects(fresh.create(examOrder()), 'retryable', 'no-answer');
    });
  });

  describe('a plan', () => {
    it('may name its image by id, its flavour by both, and let Nova choose the zone', async () => {
      const plan = { ...PLAN, image: IMAGE_ID, flavorId: '2' };
      const ref = await make({ plan, region: 'any' });
      assert.equal((await hypervisor.get(ref))?.size, 'm1.small');
    });

    it('with a flavour or image that the cloud does not show is wrong, and nothing is made', async () => {
      for (const wrong of [{ flavor: 'm9.none' }, { image: 'Plan 9' }]) {
        const key = newKey();
        const order = examOrder({ key, plan: { ...PLAN, ...wrong } });
        const { message } = await rejects(hypervisor.create(order), 'refused', 'bad-plan');
        assert.match(message, new RegExp(`providers\\.openstack\\.${Object.keys(wrong)[0]}`));
        assert.equal(await cloud.countMade(key), 0);
      }
    });

    it('may boot from a volume, which goes with the server and is no extra disk', async () => {
      const ref = await make({ plan: { ...PLAN, bootVolume: { sizeGb: 30 } } });
      assert.deepEqual(await operationOf(hypervisor, 'disks')(ref), []);
    });

    it('may do without any network', async () => {
      const { ref } = await hypervisor.create(examOrder({ plan: { ...PLAN, networks: 'none' } }));
      assert.equal((await untilState(hypervisor, ref, 'running')).address, null);
      await rejects(operationOf(hypervisor, 'setFirewall')(ref, []), 'refused', 'unsupported');
    });
  });

  it('turns a server that found no host into a failed one, which can be deleted', async () => {
    await cloud.levers.post('/openstack/no-host', { times: 1 });
    const { ref } = await hypervisor.create(examOrder());
    await untilState(hypervisor, ref, 'failed');
    await hypervisor.delete(ref);
    assert.equal(await hypervisor.get(ref), null);
  });

  it('shows neither a server that is being deleted nor one that was', async () => {
    const key = newKey();
    const ref = await make({ key });
    await hypervisor.delete(ref);
    for (let look = 0; look < 20; look += 1) {
      assert.equal(await hypervisor.get(ref), null);
      assert.deepEqual(await hypervisor.findByKey(key), []);
    }
    await until(async () => (await effects(ref)).includes('server.deleted'));
  });

  describe('a resize', () => {
    const resize = (ref: string): Promise<void> =>
      operationOf(hypervisor, 'resize')(ref, { plan: { ...PLAN, flavor: 'm1.medium' }, region: 'fra' });

    it('is confirmed by whoever looks, once', async () => {
      const ref = await make();
      await resize(ref);
      const { size } = await untilState(hypervisor, ref, 'running');
      assert.equal(size, 'm1.medium');
      const confirmations = (await effects(ref)).filter((effect) => effect === 'server.resize-confirmed');
      assert.equal(confirmations.length, 1);
    });

    it('is finished after its confirmation was lost, and after it never arrived', async () => {
      for (const kind of ['lost-after', 'lost-before']) {
        const ref = await make();
        await resize(ref);
        await cloud.levers.post('/faults', { kind, method: 'POST', path: `${ref}/action$` });
        await until(async () => (await hypervisor.get(ref))?.state === 'running');
        assert.equal((await hypervisor.get(ref))?.size, 'm1.medium');
      }
    });

    it('leaves a stopped server stopped', async () => {
      const ref = await make();
      await hypervisor.stop(ref);
      await untilState(hypervisor, ref, 'stopped');
      await resize(ref);
      await until(async () => {
        const seen = await hypervisor.get(ref);
        return seen?.state === 'stopped' && seen.size === 'm1.medium';
      });
    });

    it('to a smaller disk is refused', async () => {
      const ref = await make();
      const smaller = { plan: { ...PLAN, flavor: 'm1.tiny' }, region: 'fra' };
      await rejects(operationOf(hypervisor, 'resize')(ref, smaller), 'refused', 'bad-request');
    });
  });

  describe('a floating address', () => {
    const plan = { ...PLAN, networks: [PRIVATE_NETWORK], floatingNetwork: PUBLIC_NETWORK };

    it('is the server’s public one, is given once however many ask, and is given back with it', async () => {
      const request = examOrder({ plan });
      const { ref } = await hypervisor.create(request);
      await until(async () => {
        const advance = hypervisor.advance ?? assert.fail('it has no advance');
        await Promise.all([advance(ref, request), cloud.connect().advance?.(ref, request)]);
        return (await hypervisor.get(ref))?.state === 'running';
      });
      const { address } = (await hypervisor.get(ref)) ?? assert.fail('it is gone');
      assert.match(address ?? '', /^127\./);
      assert.equal(await cloud.countDone('addAddress', ref), 1);
      await greets(address ?? '', cloud.guestSshPort);
      const addresses = await operationOf(hypervisor, 'addresses')(ref);
      assert.deepEqual(
        addresses.map((each) => each.address),
        [address],
      );
      const first = addresses[0]?.ref ?? '';
      await rejects(operationOf(hypervisor, 'removeAddress')(ref, first), 'refused', 'bad-request');
      await hypervisor.delete(ref);
      await hypervisor.delete(ref);
      assert.equal(await cloud.countDone('removeAddress', ref), 1);
    });

    it('and the firewall are given back even if the answer to the deletion was lost', async () => {
      const request = examOrder({ plan });
      const { ref } = await hypervisor.create(request);
      await until(async () => {
        await hypervisor.advance?.(ref, request);
        return (await hypervisor.get(ref))?.state === 'running';
      });
      await operationOf(hypervisor, 'setFirewall')(ref, []);
      await cloud.disturb('delete', 'lost-after');
      await rejects(hypervisor.delete(ref), 'retryable', 'answer-lost');
      await hypervisor.delete(ref);
      assert.equal(await cloud.countDone('removeAddress', ref), 1);
      const groups = (await cloud.ledger()).filter(
        ({ effect, detail }) => effect === 'security-group.changed' && detail['name'] === `tenure-${ref}`,
      );
      assert.equal(groups.at(-1)?.detail['what'], 'deleted');
    });
  });

  describe('an extra disk', () => {
    it('that the cloud cannot make is cleared away and refused', async () => {
      const ref = await make();
      await cloud.levers.post('/openstack/no-volume', { times: 1 });
      const addDisk = operationOf(hypervisor, 'addDisk');
      await rejects(addDisk(ref, { key: newKey(), sizeGb: 10 }), 'refused', 'region-sold-out');
      await until(async () => (await operationOf(hypervisor, 'disks')(ref)).length === 0);
    });

    it('that was made but not attached is attached by the repetition', async () => {
      const ref = await make();
      const disk = { key: newKey(), sizeGb: 10 };
      await cloud.levers.post('/faults', { kind: 'status', path: '/os-volume_attachments$', method: 'POST' });
      const addDisk = operationOf(hypervisor, 'addDisk');
      await rejects(addDisk(ref, disk), 'retryable', 'answer-lost');
      assert.equal((await addDisk(ref, disk)).instanceRef, ref);
      assert.equal(await cloud.countDone('addDisk', ref), 1);
    });
  });

  it('does without Neutron where the cloud has none', async () => {
    const bare = await startOpenStackUnderTest({ hasNetwork: false });
    try {
      const driver = bare.connectWith({ networks: 'none', floatingNetwork: undefined });
      const { ref } = await driver.create(examOrder());
      await untilState(driver, ref, 'running');
      assert.deepEqual(await operationOf(driver, 'addresses')(ref), []);
      assert.equal(await operationOf(driver, 'firewall')(ref), null);
      await rejects(operationOf(driver, 'addAddress')(ref, 4), 'refused', 'unsupported');
      await rejects(operationOf(driver, 'setFirewall')(ref, []), 'refused', 'unsupported');
      await driver.delete(ref);
      assert.equal(await driver.get(ref), null);
    } finally {
      await bare.close();
    }
  });

  it('shows its secret in no failure', async () => {
    await cloud.goDown();
    const failure = await rejects(cloud.connect().capacity(), 'retryable', 'unreachable');
    await cloud.comeBack();
    assert.ok(!JSON.stringify(failure).includes(CREDENTIAL.secret));
  });
});

/** Resolves when an sshd greets there. */
function greets(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => undefined);
    socket.once('error', reject);
    socket.once('data', (greeting) => {
      socket.destroy();
      if (greeting.toString().startsWith('SSH-2.0-')) resolve();
      else reject(new Error('no sshd'));
    });
  });
}
