import assert from 'node:assert/strict';
import { describeHypervisor } from '../../../activities/hypervisors/conformance.ts';
import {
  newKey,
  order,
  rejects,
  runningInstance,
  until,
} from '../../../activities/hypervisors/conformance/exam.ts';
import type { Exam } from '../../../activities/hypervisors/conformance/exam.ts';
import { operationOf } from '../../../activities/hypervisors/port.ts';
import { trySsh } from '../../../activities/access/ssh.ts';
import { buildUserData } from '../../../activities/access/user-data.ts';
import { type ContaboUnderTest, startContaboUnderTest } from './contabo-under-test.ts';

describeHypervisor(
  'contabo',
  {
    snapshots: true,
    snapshotsOutlive: false,
    billsWhileStopped: true,
    userData: true,
    restoresElsewhere: false,
    protocols: ['ssh', 'rdp'],
  },
  ['reboot', 'reinstall', 'rename', 'restoreSnapshot', 'addresses'],
  startContaboUnderTest,
);

describe('what is special about contabo', function () {
  this.timeout(60_000);
  let provider: ContaboUnderTest;
  let exam: Exam;

  before(async () => {
    provider = await startContaboUnderTest();
    exam = { provider, hypervisor: provider.connect() };
  });
  afterEach(() => provider.calm());
  after(() => provider.close());

  /** What the API itself says of an instance. */
  const shown = async (ref: string): Promise<{ status: number; instance: Record<string, unknown> }> => {
    const client = await provider.signIn();
    const { status, data } = await client.get<{ data?: Record<string, unknown>[] }>(
      `/compute/instances/${ref}`,
    );
    return { status, instance: data.data?.[0] ?? {} };
  };
  /** Makes an instance that Contabo keeps in a status. */
  const heldIn = async (status: string): Promise<string> => {
    await provider.levers.post('/held', { status, times: 1 });
    return (await exam.hypervisor.create(order(exam, newKey()))).ref;
  };

  describe('the token', () => {
    it('is renewed once when Contabo ends it early, and the call goes through with one effect', async () => {
      const { ref } = await runningInstance(exam);
      await provider.levers.post('/tokens/revoke');
      await exam.hypervisor.stop(ref);
      await provider.levers.post('/tokens/revoke');
      const key = newKey();
      await exam.hypervisor.create(order(exam, key));
      assert.equal(await provider.countDone('stop', ref), 1);
      assert.equal(await provider.countMade(key), 1);
    });

    it('is fetched once for many calls at a time', async () => {
      const fresh = provider.connect();
      const { ref } = await runningInstance(exam);
      const found = await Promise.all(Array.from({ length: 20 }, () => fresh.get(ref)));
      assert.ok(found.every((instance) => instance?.ref === ref));
    });
  });

  describe('cancelling', () => {
    it('counts as gone at once, although Contabo lists the instance until its period ends', async () => {
      const { hypervisor } = exam;
      const key = newKey();
      const password = 'a-Password-of-24-letters';
      const image = { family: 'linux', access: { protocol: 'ssh', username: 'root' } } as const;
      const { ref } = await hypervisor.create(
        order(exam, key, { userData: buildUserData({ image, password }) }),
      );
      const running = await until(
        () => hypervisor.get(ref),
        (instance) => instance?.state === 'running',
        'it runs',
      );
      const login = {
        address: running.address ?? '',
        port: provider.guestSshPort,
        username: 'root',
        password,
        timeoutMs: 5_000,
      };
      await trySsh(login);

      await hypervisor.delete(ref);
      const { status, instance } = await shown(ref);
      assert.equal(status, 200);
      assert.match(String(instance['cancelDate']), /^\d{4}-\d{2}-\d{2}$/);
      assert.equal(await hypervisor.get(ref), null);
      assert.deepEqual(await hypervisor.findByKey(key), []);
      for await (const listed of hypervisor.list()) assert.notEqual(listed.ref, ref);
      for (const operation of ['reboot', 'addresses'] as const) {
        await rejects(operationOf(hypervisor, operation)(ref), 'refused', 'not-found');
      }
      await rejects(hypervisor.createSnapshot(ref, newKey()), 'refused', 'not-found');

      // It is paid for, but serves nobody any more.
      await until(
        () => shown(ref),
        (seen) => seen?.instance['status'] === 'stopped',
        'it is off',
      );
      await rejects(trySsh(login), 'retryable', 'not-answering');
    });

    it('switches off on the second try what the first could not', async () => {
      const { hypervisor } = exam;
      const { ref } = await runningInstance(exam);
      await provider.disturb('stop', 'error-before');
      await rejects(hypervisor.delete(ref), 'retryable', 'answer-lost');
      await hypervisor.delete(ref);
      assert.equal(await provider.countDone('delete', ref), 1);
      assert.equal(await provider.countDone('stop', ref), 1);
    });

    it('leaves snapshots until the end of the period, and none after it', async () => {
      const { hypervisor } = exam;
      const { ref } = await runningInstance(exam);
      const key = newKey();
      const snapshot = await hypervisor.createSnapshot(ref, key);
      await hypervisor.delete(ref);
      assert.equal((await hypervisor.findSnapshotsByKey(key)).length, 1);
      await provider.levers.delete(`/instances/${ref}`);
      assert.equal((await shown(ref)).status, 404);
      assert.equal(await hypervisor.getSnapshot(snapshot.ref), null);
      assert.deepEqual(await hypervisor.findSnapshotsByKey(key), []);
      await hypervisor.deleteSnapshot(snapshot.ref);
      await hypervisor.delete(ref);
    });
  });

  describe('a lost create', () => {
    it('is found by the request id of its call when a person has renamed the instance', async () => {
      const { hypervisor } = exam;
      const key = newKey();
      await provider.disturb('create', 'lost-after');
      await rejects(hypervisor.create(order(exam, key)), 'retryable', 'answer-lost');
      const [made] = (await provider.ledger('instance.created')).slice(-1);
      const client = await provider.signIn();
      const renamed = await client.patch(`/compute/instances/${made?.id}`, { displayName: 'my server' });
      assert.equal(renamed.status, 200);
      const found = await hypervisor.findByKey(key);
      assert.deepEqual(
        found.map((instance) => ({ ref: instance.ref, key: instance.key, name: instance.name })),
        [{ ref: made?.id, key, name: 'my server' }],
      );
      await hypervisor.delete(made?.id ?? '');
      assert.deepEqual(await hypervisor.findByKey(key), []);
    });
  });

  describe('what needs a person', () => {
    for (const [status, reason] of [
      ['pending_payment', 'payment-needed'],
      ['verification_required', 'verification-needed'],
    ] as const) {
      it(`is said of an instance in ${status}, which can still be listed and cancelled`, async () => {
        const { hypervisor } = exam;
        const ref = await heldIn(status);
        await rejects(hypervisor.get(ref), 'needs-a-human', reason);
        let listed = 0;
        for await (const instance of hypervisor.list()) if (instance.ref === ref) listed += 1;
        assert.equal(listed, 1);
        await hypervisor.delete(ref);
        assert.equal(await hypervisor.get(ref), null);
      });
    }

    it('goes on by itself once it is settled', async () => {
      const ref = await heldIn('pending_payment');
      await provider.levers.post(`/instances/${ref}/advance`);
      await until(
        () => exam.hypervisor.get(ref),
        (instance) => instance?.state === 'running',
        'it runs',
      );
    });

    it('is said when Contabo wants money first', async () => {
      const key = newKey();
      await provider.levers.post('/unpaid');
      await rejects(exam.hypervisor.create(order(exam, key)), 'needs-a-human', 'payment-needed');
      await provider.levers.delete('/unpaid');
      assert.equal(await provider.countMade(key), 0);
    });

    it('is not said of what Contabo’s own people do, nor of what they gave up on', async () => {
      const manual = await heldIn('manual_provisioning');
      assert.equal((await exam.hypervisor.get(manual))?.state, 'creating');
      const soldOut = await heldIn('product_not_available');
      assert.equal((await exam.hypervisor.get(soldOut))?.state, 'failed');
    });
  });

  describe('snapshots', () => {
    it('need a person when the product has no more of them', async () => {
      const { ref } = await runningInstance(exam);
      for (let taken = 0; taken < 2; taken += 1) await exam.hypervisor.createSnapshot(ref, newKey());
      await rejects(exam.hypervisor.createSnapshot(ref, newKey()), 'needs-a-human', 'quota-full');
    });

    it('bear their key in full, although a name has only 30 characters', async () => {
      const { ref } = await runningInstance(exam);
      const key = `${newKey()}-a-long-key-of-a-scheduled-backup-2026-11-20T10:00:00Z`;
      const { ref: snapshotRef } = await exam.hypervisor.createSnapshot(ref, key);
      assert.equal((await exam.hypervisor.getSnapshot(snapshotRef))?.key, key);
    });

    it('are put back on their own instance only, and newer ones go with it', async () => {
      const { hypervisor } = exam;
      const restore = operationOf(hypervisor, 'restoreSnapshot');
      const [one, other] = [await runningInstance(exam), await runningInstance(exam)];
      const older = await hypervisor.createSnapshot(one.ref, newKey());
      const newer = await hypervisor.createSnapshot(one.ref, newKey());
      const { message } = await rejects(restore(other.ref, older.ref), 'refused', 'unsupported');
      assert.match(message, new RegExp(other.ref));
      assert.equal(await provider.countDone('restoreSnapshot', one.ref), 0);
      await restore(one.ref, older.ref);
      assert.equal(await hypervisor.getSnapshot(newer.ref), null);
      assert.notEqual(await hypervisor.getSnapshot(older.ref), null);
    });
  });
});
