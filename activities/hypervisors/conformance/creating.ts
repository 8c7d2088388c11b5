import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type Exam, leaveOut, newKey, order, rejects, runningInstance, untilState } from './exam.ts';

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
    assert.ok(isPublicAddress(running.address ?? ''), `${running.address} is no address`);
    assert.equal(running.key, key);
    assert.ok(Date.parse(running.createdAt ?? '') > 0);
  });

  it('says the size that the plan means, in the same words', async () => {
    const { provider, hypervisor } = exam;
    const running = await runningInstance(exam);
    assert.equal(running.size ?? '', hypervisor.sizeOf(provider.plan, provider.region));
    const crooked = async (): Promise<string> => hypervisor.sizeOf({}, provider.region);
    await rejects(crooked(), 'refused', 'bad-plan');
  });

  it('hands over the first-boot data as it is', async function () {
    const { provider, hypervisor } = exam;
    if (!hypervisor.capabilities.userData) leaveOut(this, 'it has no first-boot data');
    const { ref } = await runningInstance(exam);
    assert.equal(await provider.userDataOf?.(ref), order(exam, newKey()).userData);
  });

  it('tells instances of the same name apart', async () => {
    const { hypervisor } = exam;
    const keys = [newKey(), newKey()];
    for (const key of keys) await hypervisor.create(order(exam, key, { hostname: 'twin-1' }));
    for (const key of keys) {
      const found = await hypervisor.findByKey(key);
      assert.deepEqual(
        found.map((instance) => instance.key),
        [key],
      );
    }
  });

  it('finds nothing for a key that is only the beginning of another', async () => {
    const key = newKey();
    await exam.hypervisor.create(order(exam, `${key}1`));
    assert.deepEqual(await exam.hypervisor.findByKey(key), []);
  });

  it('finds everything that was made with one key', async () => {
    const { provider, hypervisor } = exam;
    const key = newKey();
    const first = await hypervisor.create(order(exam, key));
    const second = await hypervisor.create(order(exam, key));
    const refs = [...new Set([first.ref, second.ref])];
    assert.equal(refs.length, provider.createIsIdempotent ? 1 : 2);
    const found = await hypervisor.findByKey(key);
    assert.deepEqual(found.map(({ ref }) => ref).sort(), refs.sort());
    assert.equal(await provider.countMade(key), refs.length);
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

  it('needs a person when the account is full', async function () {
    const { provider, hypervisor } = exam;
    if (!provider.limitInstances) leaveOut(this, 'it has no quota');
    const key = newKey();
    await provider.limitInstances(0);
    await rejects(hypervisor.create(order(exam, key)), 'needs-a-human', 'quota-full');
    await provider.limitInstances(1_000);
    assert.equal(await provider.countMade(key), 0);
  });

  it('is refused in a region that is sold out, and works in another', async function () {
    const { provider, hypervisor } = exam;
    if (!provider.sellOut) leaveOut(this, 'it takes what it has no room for');
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

/** A machine's IP address, or an application's URL. */
function isPublicAddress(text: string): boolean {
  return isIP(text) !== 0 || (/^https?:\/\//.test(text) && URL.canParse(text));
}
