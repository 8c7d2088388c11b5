import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type Exam, newKey, order, rejects, untilState } from './exam.ts';

/** Creating: once, found again, and every way to fail told apart. */
export function examineCreating(exam: Exam): void {
  it('answers on acceptance, shows no address too early, and is found by its key until it runs', async () => {
    const { hypervisor } = exam;
    const key = newKey();
    const created = await hypervisor.create(order(exam, key));
    assert.equal(created.key, key);
    assert.equal(created.state, 'creating');
    assert.equal(created.address, null);
    const found = await hypervisor.findByKey(key);
    assert.deepEqual(
      found.map(({ ref }) => ref),
      [created.ref],
    );
    const running = await untilState(exam, created.ref, 'running');
    assert.notEqual(isIP(running.address ?? ''), 0);
    assert.equal(running.key, key);
    assert.ok(Date.parse(running.createdAt ?? '') > 0);
  });

  it('finds nothing for a key that is only the beginning of another', async () => {
    const key = newKey();
    await exam.hypervisor.create(order(exam, `${key}1`));
    assert.deepEqual(await exam.hypervisor.findByKey(key), []);
  });

  it('finds both of two instances that were made with one key', async () => {
    const { hypervisor } = exam;
    const key = newKey();
    const first = await hypervisor.create(order(exam, key));
    const second = await hypervisor.create(order(exam, key));
    const found = await hypervisor.findByKey(key);
    assert.deepEqual(found.map(({ ref }) => ref).sort(), [first.ref, second.ref].sort());
  });

  for (const [disturbance, made] of [
    ['lost-after', 1],
    ['error-after', 1],
    ['slow', 1],
    ['lost-before', 0],
    ['error-before', 0],
    ['hang', 0],
  ] as const) {
    it(`says after "${disturbance}" that the outcome is open, without asking again, and then finds ${made}`, async () => {
      const { provider, hypervisor } = exam;
      const key = newKey();
      await provider.disturb('create', disturbance);
      await rejects(hypervisor.create(order(exam, key)), 'retryable', 'answer-lost');
      const found = await provider.connect().findByKey(key);
      assert.equal(found.length, made);
      assert.equal(await provider.countMade(key), made);
    });
  }

  it('says that it is throttled, and for how long', async () => {
    const { provider, hypervisor } = exam;
    const key = newKey();
    await provider.disturb('create', 'throttle');
    const { details } = await rejects(hypervisor.create(order(exam, key)), 'throttled', 'rate-limited');
    assert.ok((details.retryAfterMs ?? 0) > 0);
    assert.equal(await provider.countMade(key), 0);
  });

  it('needs a person when the account is full', async () => {
    const { provider, hypervisor } = exam;
    const key = newKey();
    await provider.limitInstances(0);
    await rejects(hypervisor.create(order(exam, key)), 'needs-a-human', 'quota-full');
    await provider.limitInstances(100);
    assert.equal(await provider.countMade(key), 0);
  });

  it('is refused in a region that is sold out, and works in another', async () => {
    const { provider, hypervisor } = exam;
    const key = newKey();
    await provider.sellOut(provider.region, true);
    await rejects(hypervisor.create(order(exam, key)), 'refused', 'region-sold-out');
    await hypervisor.create(order(exam, key, { region: provider.otherRegion }));
    await provider.sellOut(provider.region, false);
    assert.equal(await provider.countMade(key), 1);
  });

  it('refuses a wrong plan entry and a region that it lacks, naming the field, before asking', async () => {
    const { provider, hypervisor } = exam;
    const key = newKey();
    for (const wrong of [{ plan: {} }, { plan: { ...provider.plan, surprise: 1 } }, { region: 'zzz' }]) {
      const { plan, region } = order(exam, key, wrong);
      const check = async (): Promise<void> => hypervisor.checkPlan(plan, region);
      const { message } = await rejects(check(), 'refused', 'bad-plan');
      assert.match(message, new RegExp(`providers\\.${hypervisor.name}`));
      await rejects(hypervisor.create(order(exam, key, wrong)), 'refused', 'bad-plan');
    }
    hypervisor.checkPlan(provider.plan, provider.region);
    assert.equal(await provider.countMade(key), 0);
  });

  it('needs a person when the account’s key is refused, and shows neither that key nor the user data', async () => {
    const key = 'wrong-0123456789abcdef';
    const userData = '#cloud-config\npassword: secret-of-the-customer\n';
    const stranger = exam.provider.connect(key);
    const failure = await rejects(
      stranger.create(order(exam, newKey(), { userData })),
      'needs-a-human',
      'key-refused',
    );
    const everything = inspect(failure, { depth: 20, showHidden: true });
    for (const secret of [key, 'secret-of-the-customer', Buffer.from(userData).toString('base64')]) {
      assert.ok(!everything.includes(secret), `the failure shows ${secret}`);
    }
  });

  it('stays in "creating" when the provider never finishes, and can be deleted', async () => {
    const { provider, hypervisor } = exam;
    await provider.keepNextPending();
    const { ref } = await hypervisor.create(order(exam, newKey()));
    await sleep(20 * hypervisor.pollMs);
    const instance = await hypervisor.get(ref);
    assert.equal(instance?.state, 'creating');
    assert.equal(instance.address, null);
    await hypervisor.delete(ref);
    assert.equal(await hypervisor.get(ref), null);
  });

  it('survives the provider’s restart in between', async () => {
    const { provider, hypervisor } = exam;
    const key = newKey();
    const { ref } = await hypervisor.create(order(exam, key));
    await provider.goDown();
    await rejects(hypervisor.create(order(exam, newKey())), 'retryable', 'unreachable');
    await provider.comeBack();
    assert.deepEqual(
      (await hypervisor.findByKey(key)).map((instance) => instance.ref),
      [ref],
    );
    await untilState(exam, ref, 'running');
  });
}
