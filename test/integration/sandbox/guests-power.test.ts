import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'ssh2';
import { execute, loginsTo, refused, sftpOf, unreachable } from './guest-harness.ts';
import { linux, testSandbox, until } from './vultr-harness.ts';

describe('power and disks of the guests', () => {
  const sandbox = testSandbox();
  before(() => sandbox.start());
  after(() => sandbox.remove());
  const logins = loginsTo(sandbox);
  afterEach(() => logins.endAll());

  it('close their listeners when halted or deleted, and open them when started', async () => {
    const instance = await sandbox.deploy(linux);
    const password = instance.default_password;
    const connection = await logins.password(instance, 'root', password);
    const cut = once(connection, 'close');
    await sandbox.api.post(`/instances/${instance.id}/halt`);
    await cut;
    await assert.rejects(logins.password(instance, 'root', password), unreachable);
    await sandbox.api.post(`/instances/${instance.id}/start`);
    await until(() => logins.password(instance, 'root', password).catch(() => undefined));
    await sandbox.api.post(`/instances/${instance.id}/reboot`);
    await until(() => logins.password(instance, 'root', password).catch(() => undefined));
    await sandbox.api.delete(`/instances/${instance.id}`);
    await assert.rejects(logins.password(instance, 'root', password), unreachable);
    await assert.rejects(readFile(join(sandbox.stateDir(), 'guests', instance.id)), { code: 'ENOENT' });
  });

  it('can be made not to answer although the API says that all is well', async () => {
    await sandbox.levers.post('/vultr/silent-guests', { times: 1 });
    const instance = await sandbox.deploy(linux);
    await assert.rejects(logins.password(instance, 'root', instance.default_password), unreachable);
  });

  it('keep host key, files and accounts over a restart, and stay halted when they were', async () => {
    const [up, down] = [await sandbox.deploy(linux), await sandbox.deploy(linux)];
    const loginAndSeeKey = async (): Promise<{ client: Client; hostKey: string }> => {
      let hostKey = '';
      const hostVerifier = (key: Buffer): boolean => {
        hostKey = key.toString('base64');
        return true;
      };
      const login = { username: 'root', password: up.default_password, hostVerifier };
      return { client: await logins.open(up, login), hostKey };
    };
    const before = await loginAndSeeKey();
    await (await sftpOf(before.client)).writeFile('kept', Buffer.from('bytes'));
    await sandbox.api.post(`/instances/${down.id}/halt`);
    const port = sandbox.running().guestSshPort;
    await sandbox.stop();
    await assert.rejects(logins.open(up, { username: 'root', password: 'x', port }), unreachable);
    await sandbox.start();
    assert.equal(sandbox.running().guestSshPort, port);
    const after = await loginAndSeeKey();
    assert.equal(after.hostKey, before.hostKey);
    assert.equal((await execute(after.client, 'cat kept')).stdout, 'bytes');
    await assert.rejects(logins.password(down, 'root', down.default_password), unreachable);
    assert.equal((await sandbox.instance(down.id)).power_status, 'stopped');
  });

  it('are captured by snapshots, restored from them, and copied to new instances', async () => {
    const instance = await sandbox.deploy(linux);
    const password = instance.default_password;
    const client = await logins.password(instance, 'root', password);
    const call = await sftpOf(client);
    await call.writeFile('state', Buffer.from('one'));
    const { data } = await sandbox.api.post('/snapshots', { instance_id: instance.id });
    const snapshotId = data.snapshot.id;
    // Taken when asked for: what comes later is not in it.
    await call.writeFile('state', Buffer.from('two'));
    await execute(client, 'chpasswd', 'root:changed\n');
    await sandbox.complete(snapshotId);
    await sandbox.ready(instance.id);
    const wrong = await sandbox.api.post(`/instances/${instance.id}/restore`, {});
    assert.equal(wrong.status, 400);
    const restore = await sandbox.api.post(`/instances/${instance.id}/restore`, {
      snapshot_id: snapshotId,
    });
    assert.equal(restore.status, 202);
    assert.deepEqual(restore.data.status, {
      restore_type: 'snapshot_id',
      restore_id: snapshotId,
      status: 'inprogress',
    });
    await sandbox.ready(instance.id);
    const restored = await logins.password(instance, 'root', password);
    assert.equal((await execute(restored, 'cat state')).stdout, 'one');

    const copy = await sandbox.deploy({ region: 'ams', plan: 'vc2-1c-1gb', snapshot_id: snapshotId });
    assert.deepEqual([copy.os, copy.os_id, copy.snapshot_id], ['Snapshot', 164, snapshotId]);
    const cloned = await logins.password(copy, 'root', password);
    assert.equal((await execute(cloned, 'cat state')).stdout, 'one');
    await assert.rejects(logins.password(copy, 'root', copy.default_password), refused);
    const traffic = await until(async () => {
      const { bandwidth } = (await sandbox.api.get(`/instances/${instance.id}/bandwidth`)).data;
      return Object.values(bandwidth)[0];
    });
    assert.ok(traffic.incoming_bytes > 0);
  });

  it('start from nothing when reinstalled', async () => {
    const instance = await sandbox.deploy(
      linux,
      '#cloud-config\nwrite_files: [{path: /first, content: a}]\n',
    );
    const client = await logins.password(instance, 'root', instance.default_password);
    await (await sftpOf(client)).writeFile('/second', Buffer.from('b'));
    const { data } = await sandbox.api.post(`/instances/${instance.id}/reinstall`);
    await sandbox.ready(instance.id);
    const fresh = await logins.password(instance, 'root', data.instance.default_password);
    assert.equal((await execute(fresh, 'ls /')).stdout, 'first\nroot\ntmp\n');
  });
});
