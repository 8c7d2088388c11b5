import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { explainListenFailure } from '../../../deploy/sandbox/guests/addresses.ts';
import { splitWords } from '../../../deploy/sandbox/guests/words.ts';
import { execute, loginsTo, newKey, refused, sftpOf, shellOf } from './guest-harness.ts';
import { linux, testSandbox } from './vultr-harness.ts';

describe('the guests of the sandbox', () => {
  const sandbox = testSandbox();
  before(() => sandbox.start());
  after(() => sandbox.remove());
  const logins = loginsTo(sandbox);
  afterEach(() => logins.endAll());

  describe('logging in', () => {
    it('takes the initial password of root and no other', async () => {
      const instance = await sandbox.deploy({ ...linux, hostname: 'web1' });
      const client = await logins.password(instance, 'root', instance.default_password);
      assert.deepEqual(await execute(client, 'hostname'), { code: 0, stdout: 'web1\n', stderr: '' });
      assert.equal((await execute(client, 'true')).code, 0);
      assert.match((await execute(client, 'uname -a')).stdout, /^Linux web1 .*x86_64/);
      assert.equal((await execute(client, 'reticulate')).code, 127);
      for (const [user, password] of [
        ['root', 'wrong'],
        ['root', ''],
        ['nobody', instance.default_password],
        ['constructor', ''],
        ['__proto__', 'x'],
      ] as const) {
        await assert.rejects(logins.password(instance, user, password), refused, user);
      }
      const seen = sandbox.ledger('guest.login').filter(({ id }) => id === instance.id);
      assert.deepEqual(
        seen.map(({ detail }) => detail),
        [{ user: 'root', method: 'password', service: 'ssh' }],
      );
    });

    it('sets users and passwords from cloud-config, as the first boot does', async () => {
      const instance = await sandbox.deploy(
        linux,
        `#cloud-config
hostname: renamed
users:
  - name: anna
    sudo: ['ALL=(ALL) NOPASSWD:ALL']
  - name: bert
    plain_text_passwd: bert-secret
    lock_passwd: false
    groups: [sudo]
  - name: carl
    plain_text_passwd: carl-secret
chpasswd:
  expire: false
  users:
    - {name: anna, password: 'a:n na', type: text}
    - {name: root, password: 'root secret', type: text}
`,
      );
      const anna = await logins.password(instance, 'anna', 'a:n na');
      assert.equal((await execute(anna, 'hostname')).stdout, 'renamed\n');
      assert.equal((await execute(anna, 'whoami')).stdout, 'anna\n');
      assert.equal((await execute(anna, 'sudo -n whoami')).stdout, 'root\n');
      const bert = await logins.password(instance, 'bert', 'bert-secret');
      assert.equal((await execute(bert, 'sudo -n true')).code, 1);
      await logins.password(instance, 'root', 'root secret');
      await assert.rejects(logins.password(instance, 'root', instance.default_password), refused);
      // A password stays locked unless lock_passwd says otherwise.
      await assert.rejects(logins.password(instance, 'carl', 'carl-secret'), refused);
    });

    it('takes the older list form, and makes an expired password useless for commands', async () => {
      const config = '#cloud-config\nusers: [default, dora]\nchpasswd:\n  list: |\n    dora:first\n';
      const dora = await logins.password(await sandbox.deploy(linux, config), 'dora', 'first');
      const outcome = await execute(dora, 'true');
      assert.deepEqual(
        [outcome.code, outcome.stderr],
        [1, 'Password change required but no TTY available.\n'],
      );
      await assert.rejects(sftpOf(dora));
    });

    it('takes public keys of the account and of the request, and no passwords when told so', async () => {
      const [first, second, stranger] = [newKey(), newKey(), newKey()];
      const { data } = await sandbox.api.post('/ssh-keys', { name: 'ops', ssh_key: first.public });
      const config = `#cloud-config\nssh_pwauth: false\nssh_authorized_keys: ['${second.public}']\n`;
      const instance = await sandbox.deploy({ ...linux, sshkey_id: [data.ssh_key.id] }, config);
      for (const key of [first, second]) {
        await logins.open(instance, { username: 'root', privateKey: key.private });
      }
      await assert.rejects(
        logins.open(instance, { username: 'root', privateKey: stranger.private }),
        refused,
      );
      await assert.rejects(logins.password(instance, 'root', instance.default_password), refused);
    });

    it('lets only linuxuser in under the limited scheme', async () => {
      const instance = await sandbox.deploy({ ...linux, user_scheme: 'limited' });
      const client = await logins.password(instance, 'linuxuser', instance.default_password);
      assert.equal((await execute(client, 'sudo whoami')).stdout, 'root\n');
      await assert.rejects(logins.password(instance, 'root', instance.default_password), refused);
    });

    it('boots without user data that it cannot understand', async () => {
      for (const userData of ['#cloud-config\n: [', '#cloud-config\nusers: 7', '#!/bin/sh\nexit 1']) {
        const instance = await sandbox.deploy(linux, userData);
        await logins.password(instance, 'root', instance.default_password);
      }
    });

    it('greets in a shell and runs what is typed', async () => {
      const instance = await sandbox.deploy({ ...linux, hostname: 'box' });
      const client = await logins.password(instance, 'root', instance.default_password);
      const shell = await shellOf(client);
      shell.end('hostname\nexit\n');
      const shown = await text(shell);
      assert.match(shown, /^Welcome to Ubuntu 24\.04 LTS x64/);
      assert.match(shown, /\nbox\n|# box\n/);
    });

    it('changes passwords with chpasswd, for good', async () => {
      const instance = await sandbox.deploy(linux, '#cloud-config\nusers: [eve]\n');
      const root = await logins.password(instance, 'root', instance.default_password);
      assert.equal((await execute(root, 'chpasswd', 'root:new:one\neve:eve-secret\n')).code, 0);
      assert.equal((await execute(root, 'chpasswd', 'ghost:x\n')).code, 1);
      await assert.rejects(logins.password(instance, 'root', instance.default_password), refused);
      const eve = await logins.password(instance, 'eve', 'eve-secret');
      assert.equal((await execute(eve, 'chpasswd', 'root:stolen\n')).code, 1);
      assert.equal((await execute(eve, 'sudo chpasswd', 'root:stolen\n')).code, 1);
      await sandbox.stop();
      await sandbox.start();
      await logins.password(instance, 'root', 'new:one');
      const changes = sandbox.ledger('password.changed').filter(({ id }) => id === instance.id);
      assert.deepEqual(
        changes.map(({ detail }) => detail['user']),
        ['root', 'eve'],
      );
      for (const file of ['vultr.log', 'guests.log', 'ledger.jsonl']) {
        const kept = await readFile(join(sandbox.stateDir(), file), 'utf8');
        assert.ok(!kept.includes('new:one') && !kept.includes(instance.default_password), file);
      }
    });
  });

  describe('files', () => {
    it('are written by write_files and travel over SFTP byte for byte', async () => {
      const config = `#cloud-config
write_files:
  - {path: /etc/app/motd, content: "hello\\n"}
  - {path: /etc/app/motd, content: d29ybGQK, encoding: b64, append: true}
`;
      const instance = await sandbox.deploy(linux, config);
      const client = await logins.password(instance, 'root', instance.default_password);
      assert.equal((await execute(client, 'cat /etc/app/motd')).stdout, 'hello\nworld\n');
      assert.equal((await execute(client, 'cat /etc/none')).code, 1);
      const call = await sftpOf(client);
      const bytes = randomBytes(300_000);
      await call.mkdir('data');
      await call.writeFile('data/blob', bytes);
      assert.deepEqual(await call.readFile('/root/data/blob'), bytes);
      assert.equal((await call.stat('data/blob')).size, bytes.length);
      await call.utimes('data/blob', 1_000, 2_000);
      assert.equal((await call.stat('data/blob')).mtime, 2_000);
      await call.rename('data/blob', 'data/moved');
      assert.deepEqual(await call.readdir('data'), ['moved']);
      assert.equal((await execute(client, 'ls data')).stdout, 'moved\n');
      assert.equal(await call.realpath('.'), '/root');
      await assert.rejects(call.rmdir('data'));
      await call.unlink('data/moved');
      await call.rmdir('data');
      await assert.rejects(call.stat('data'), /No such file/i);
    });

    it('never lead out of the guest', async () => {
      const config = '#cloud-config\nwrite_files: [{path: ../../../../escaped, content: x}]\n';
      const instance = await sandbox.deploy(linux, config);
      const client = await logins.password(instance, 'root', instance.default_password);
      const call = await sftpOf(client);
      assert.equal(await call.realpath('../../../..'), '/');
      assert.deepEqual(await call.readdir('/../..'), ['escaped', 'root', 'tmp']);
      await assert.rejects(call.readFile('../../../../../../../../etc/passwd'), /No such file/i);
      assert.equal((await execute(client, 'cat /../../../etc/passwd')).code, 1);
      await assert.rejects(call.symlink('/etc', 'link'));
    });
  });

  it('say in one sentence why they cannot listen', () => {
    const explain = (code: string): string =>
      explainListenFailure(Object.assign(new Error(`listen ${code}`), { code }), 22);
    assert.match(explain('EADDRNOTAVAIL'), /macOS.*run the sandbox on Linux/);
    assert.match(explain('EACCES'), /port 22 .*choose a port above 1023/);
    assert.match(explain('EMFILE'), /port 22: listen EMFILE/);
  });

  it('split command lines as a shell does', () => {
    assert.deepEqual(splitWords(`a 'b c' "d \\"e\\"" f\\ g h''i`), ['a', 'b c', 'd "e"', 'f g', 'hi']);
    assert.deepEqual(splitWords('  '), []);
  });
});
