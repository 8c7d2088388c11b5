import assert from 'node:assert/strict';
import type { CreateInstanceRequest, Hypervisor } from '../../../activities/hypervisors/port.ts';
import { type CoolifyUnderTest, startCoolifyUnderTest } from './coolify-under-test.ts';

for (const kind of ['service', 'application'] as const) {
  describe(`a making of Coolify’s kind ${kind} that broke off`, () => {
    let coolify: CoolifyUnderTest;
    let driver: Hypervisor;
    before(async () => {
      coolify = await startCoolifyUnderTest(kind);
      driver = coolify.connect();
    });
    after(() => coolify.close());
    afterEach(() => coolify.calm());

    const requestOf = (key: string): CreateInstanceRequest => ({
      ...{ key, hostname: key, region: coolify.region, plan: coolify.plan, labels: {} },
      userData: 'TENURE_USERNAME=keeper\nTENURE_PASSWORD=abc',
    });
    /** As the activities wait for it. */
    const untilRunning = async (ref: string, request: CreateInstanceRequest): Promise<void> => {
      for (;;) {
        await driver.advance?.(ref, request);
        const instance = await driver.get(ref);
        assert.ok(instance && instance.state !== 'failed', instance?.state);
        if (instance.state === 'running') return;
        await new Promise((resolve) => setTimeout(resolve, driver.pollMs));
      }
    };

    it('is gone on with when the order’s answer was lost', async () => {
      const request = requestOf(`lost-order-${kind}`);
      await coolify.disturb('create', 'lost-after');
      await assert.rejects(driver.create(request));
      const [found, ...more] = await driver.findByKey(request.key);
      assert.ok(found);
      assert.deepEqual(more, []);
      await untilRunning(found.ref, request);
      assert.equal(await coolify.countMade(request.key), 1);
    });

    it('is gone on with when the start’s answer was lost, without another start', async () => {
      const request = requestOf(`lost-start-${kind}`);
      await coolify.disturb('start', 'lost-after');
      await assert.rejects(driver.create(request));
      const [found] = await driver.findByKey(request.key);
      assert.ok(found);
      await untilRunning(found.ref, request);
      assert.equal((await coolify.ledger('instance.deployed', found.ref)).length, 1);
    });
  });
}
