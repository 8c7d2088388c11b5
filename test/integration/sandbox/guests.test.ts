import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import ssh2, { type Client, type SFTPWrapper } from 'ssh2';
import { selfSignedCertificate } from '../../../deploy/sandbox/guests/certificate.ts';
import { probeGuestPort } from '../../../deploy/sandbox/guests/addresses.ts';
import { splitWords } from '../../../deploy/sandbox/guests/words.ts';
import type { Instance } from '../../../deploy/sandbox/vultr/state.ts';
import { TestSandbox, execute, linux, until, windows } from './vultr-harness.ts';

const refused = { level: 'client-authentication' };

describe('the guests of the sandbox', function () {
  this.timeout(30_000);
  const sandbox = new TestSandbox();
  const clients: Client[] = [];
  before(() => sandbox.start());
  after(() => sandbox.remove());
  afterEach(() => {
    for (const client of clients.splice(0)) client.end();
  });

  const login = async (instance: Instance, username: string, password: string): Promise<Client> => {
    const client = await sandbox.login(instance, { username, password });
    clients.push(client);
    return client;
  };
  const sftpOf = (client: Client): Promise<SFTPWrapper> =>
    new Promise((resolve, reject) => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))));

  describe('logging in', () => {
    it('takes the initial password of root and no other', async () => {
      const instance = await sandbox.deploy({ ...linux, hostname: 'web1' });
      const client = await login(instance, 'root', instance.default_password);
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
        await assert.rejects(login(instance, user, password), refused, user);
      }
      const logins = sandbox.ledger('guest.login').filter(({ id }) => id === instance.id);
      assert.deepEqual(
        logins.map(({ detail }) => detail),
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
      const anna = await login(instance, 'anna', 'a:n na');
      assert.equal((await execute(anna, 'hostname')).stdout, 'renamed\n');
      assert.equal((await execute(anna, 'whoami')).stdout, 'anna\n');
      assert.equal((await execute(anna, 'sudo -n whoami')).stdout, 'root\n');
      const bert = await login(instance, 'bert', 'bert-secret');
      assert.equal((await execute(bert, 'sudo -n true')).code, 1);
      await login(instance, 'root', 'root secret');
      await assert.rejects(login(instance, 'root', instance.default_password), refused);
      // A password stays locked unless lock_passwd says otherwise.
      await assert.rejects(login(instance, 'carl', 'carl-secret'), refused);
    });

    it('takes the older list form, and makes an expired password useless for commands', async () => {
      const config = '#cloud-config\nusers: [default, dora]\nchpasswd:\n  list: |\n    dora:first\n';
      const dora = await login(await sandbox.deploy(linux, config), 'dora', 'first');
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
        clients.push(await sandbox.login(instance, { username: 'root', privateKey: key.private }));
      }
      await assert.rejects(
        sandbox.login(instance, { username: 'root', privateKey: stranger.private }),
        refused,
      );
      await assert.rejects(login(instance, 'root', instance.default_password), refused);
    });

    it('lets only linuxuser in under the limited scheme', async () => {
      const instance = await sandbox.deploy({ ...linux, user_scheme: 'limited' });
      const client = await login(instance, 'linuxuser', instance.default_password);
      assert.equal((await execute(client, 'sudo whoami')).stdout, 'root\n');
      await assert.rejects(login(instance, 'root', instance.default_password), refused);
    });

    it('boots without user data that it cannot understand', async () => {
      for (const userData of ['#cloud-config\n: [', '#cloud-config\nusers: 7', '#!/bin/sh\nexit 1']) {
        const instance = await sandbox.deploy(linux, userData);
        await login(instance, 'root', instance.default_password);
      }
    });

    it('greets in a shell and runs what is typed', async () => {
      const instance = await sandbox.deploy({ ...linux, hostname: 'box' });
      const client = await login(instance, 'root', instance.default_password);
      const shell = await promisify(client.shell.bind(client) as typeof openShell)();
      shell.end('hostname\nexit\n');
      const shown = await text(shell);
      assert.match(shown, /^Welcome to Ubuntu 24\.04 LTS x64/);
      assert.match(shown, /\nbox\n|# box\n/);
    });

    it('changes passwords with chpasswd, for good', async () => {
      const instance = await sandbox.deploy(linux, '#cloud-config\nusers: [eve]\n');
      const root = await login(instance, 'root', instance.default_password);
      assert.equal((await execute(root, 'chpasswd', 'root:new:one\neve:eve-secret\n')).code, 0);
      assert.equal((await execute(root, 'chpasswd', 'ghost:x\n')).code, 1);
      await assert.rejects(login(instance, 'root', instance.default_password), refused);
      const eve = await login(instance, 'eve', 'eve-secret');
      assert.equal((await execute(eve, 'chpasswd', 'root:stolen\n')).code, 1);
      assert.equal((await execute(eve, 'sudo chpasswd', 'root:stolen\n')).code, 1);
      await sandbox.stop();
      await sandbox.start();
      await login(instance, 'root', 'new:one');
      const changes = sandbox.ledger('password.changed').filter(({ id }) => id === instance.id);
      assert.deepEqual(
        changes.map(({ detail }) => detail['user']),
        ['root', 'eve'],
      );
      for (const file of ['vultr.log', 'guests.log', 'ledger.jsonl']) {
        const kept = await readFile(join(sandbox.stateDir, file), 'utf8');
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
      const client = await login(instance, 'root', instance.default_password);
      assert.equal((await execute(client, 'cat /etc/app/motd')).stdout, 'hello\nworld\n');
      assert.equal((await execute(client, 'cat /etc/none')).code, 1);
      const sftp = await sftpOf(client);
      const call = callsOf(sftp);
      const bytes = randomBytes(300_000);
      await call.mkdir('data');
      await call.writeFile('data/blob', bytes);
      assert.deepEqual(await call.readFile('/root/data/blob'), bytes);
      assert.equal((await call.stat('data/blob')).size, bytes.length);
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
      const client = await login(instance, 'root', instance.default_password);
      const call = callsOf(await sftpOf(client));
      assert.equal(await call.realpath('../../../..'), '/');
      assert.deepEqual(await call.readdir('/../..'), ['escaped', 'root', 'tmp']);
      await assert.rejects(call.readFile('../../../../../../../../etc/passwd'), /No such file/i);
      assert.equal((await execute(client, 'cat /../../../etc/passwd')).code, 1);
      await assert.rejects(call.symlink('/etc', 'link'));
    });
  });

  describe('Windows', () => {
    it('sets passwords by net user, at first boot and over SSH', async () => {
      const script =
        '#ps1_sysnative\r\nnet user Administrator "First Pass#1"\r\nnet user anna Anna#2024 /add\r\n';
      const instance = await sandbox.deploy(windows, script);
      const admin = await login(instance, 'administrator', 'First Pass#1');
      await login(instance, 'anna', 'Anna#2024');
      assert.equal((await execute(admin, 'net user Administrator "Second#1"')).code, 0);
      assert.equal((await execute(admin, 'net user ghost Second#1')).code, 2);
      await assert.rejects(login(instance, 'Administrator', 'First Pass#1'), refused);
      await login(instance, 'Administrator', 'Second#1');
    });

    it('takes the initial password of Administrator when there is no script', async () => {
      const instance = await sandbox.deploy(windows);
      await login(instance, 'Administrator', instance.default_password);
    });

    const ssl = 1;
    const hybrid = 2;
    const dial = async (instance: Instance): Promise<Socket> => {
      const socket = connect(sandbox.running?.guestRdpPort ?? 0, instance.main_ip);
      await once(socket, 'connect');
      return socket;
    };
    const request = (protocols: number | undefined, cookie = ''): Buffer => {
      const negotiation =
        protocols === undefined ? Buffer.alloc(0) : Buffer.from([1, 0, 8, 0, protocols, 0, 0, 0]);
      const body = Buffer.concat([
        Buffer.from([0xe0, 0, 0, 0xab, 0xcd, 0]),
        Buffer.from(cookie),
        negotiation,
      ]);
      const length = body.length + 5;
      return Buffer.concat([Buffer.from([3, 0, length >> 8, length & 0xff, body.length]), body]);
    };
    const answer = async (socket: Socket, packet: Buffer): Promise<Buffer> => {
      socket.write(packet);
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      return chunk;
    };

    for (const [protocols, cookie, selected] of [
      [ssl, '', ssl],
      [ssl | hybrid, 'Cookie: mstshash=anna\r\n', hybrid],
      [hybrid, '', hybrid],
    ] as const) {
      it(`negotiates remote desktop: asked for ${protocols}${cookie && ' with a cookie'}, confirms ${selected}, then TLS`, async () => {
        const instance = await sandbox.deploy({ ...windows, hostname: 'desk' });
        const socket = await dial(instance);
        const confirm = await answer(socket, request(protocols, cookie));
        assert.deepEqual(
          [...confirm],
          [3, 0, 0, 19, 14, 0xd0, 0xab, 0xcd, 0x12, 0x34, 0, 2, 0, 8, 0, selected, 0, 0, 0],
        );
        const secure: TLSSocket = connectTls({ socket, rejectUnauthorized: false });
        await once(secure, 'secureConnect');
        assert.equal(secure.getPeerCertificate().subject.CN, 'desk');
        secure.end();
        await until(async () =>
          sandbox.ledger('guest.rdp-handshake').some(({ id }) => id === instance.id) ? true : undefined,
        );
      });
    }

    it('refuses clients that want no TLS, and nonsense', async () => {
      const instance = await sandbox.deploy(windows);
      const failure = await answer(await dial(instance), request(0));
      assert.deepEqual([...failure.subarray(11)], [3, 0, 8, 0, 1, 0, 0, 0]);
      for (const nonsense of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from([3, 0, 0xff, 0xff, 1])]) {
        const socket = await dial(instance);
        socket.write(nonsense);
        socket.resume();
        await once(socket, 'close');
      }
    });

    it('has a certificate that verifies against itself', () => {
      const { key, cert } = selfSignedCertificate('desk');
      const certificate = new X509Certificate(cert);
      assert.ok(certificate.verify(certificate.publicKey));
      assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
      assert.equal(certificate.subject, 'CN=desk');
      assert.equal(certificate.issuer, 'CN=desk');
      assert.ok(
        Date.parse(certificate.validFrom) < Date.now() && Date.parse(certificate.validTo) > Date.now(),
      );
    });
  });

  describe('power and disks', () => {
    const unreachable = { code: 'ECONNREFUSED' };

    it('close their listeners when halted or deleted, and open them when started', async () => {
      const instance = await sandbox.deploy(linux);
      const password = instance.default_password;
      const connection = await login(instance, 'root', password);
      const cut = once(connection, 'close');
      await sandbox.api.post(`/instances/${instance.id}/halt`);
      await cut;
      await assert.rejects(login(instance, 'root', password), unreachable);
      await sandbox.api.post(`/instances/${instance.id}/start`);
      await until(() => login(instance, 'root', password).catch(() => undefined));
      await sandbox.api.post(`/instances/${instance.id}/reboot`);
      await until(() => login(instance, 'root', password).catch(() => undefined));
      await sandbox.api.delete(`/instances/${instance.id}`);
      await assert.rejects(login(instance, 'root', password), unreachable);
      await assert.rejects(readFile(join(sandbox.stateDir, 'guests', instance.id)), { code: 'ENOENT' });
    });

    it('can be made not to answer although the API says that all is well', async () => {
      await sandbox.levers.post('/vultr/silent-guests', { times: 1 });
      const instance = await sandbox.deploy(linux);
      await assert.rejects(login(instance, 'root', instance.default_password), unreachable);
    });

    it('keep host key, files and accounts over a restart, and stay halted when they were', async () => {
      const [up, down] = [await sandbox.deploy(linux), await sandbox.deploy(linux)];
      const hostKeyOf = async (): Promise<string> => {
        let seen = '';
        const hostVerifier = (key: Buffer): boolean => {
          seen = key.toString('base64');
          return true;
        };
        clients.push(
          await sandbox.login(up, { username: 'root', password: up.default_password, hostVerifier }),
        );
        return seen;
      };
      const before = await hostKeyOf();
      await callsOf(await sftpOf(clients[0] as Client)).writeFile('kept', Buffer.from('bytes'));
      await sandbox.api.post(`/instances/${down.id}/halt`);
      await sandbox.stop();
      await assert.rejects(sandbox.login(up, { username: 'root', password: 'x', port: 1 }), unreachable);
      await sandbox.start();
      assert.equal(await hostKeyOf(), before);
      assert.equal((await execute(clients.at(-1) as Client, 'cat kept')).stdout, 'bytes');
      await assert.rejects(login(down, 'root', down.default_password), unreachable);
      assert.equal((await sandbox.instance(down.id)).power_status, 'stopped');
    });

    it('are captured by snapshots, restored from them, and copied to new instances', async () => {
      const instance = await sandbox.deploy(linux);
      const password = instance.default_password;
      const client = await login(instance, 'root', password);
      const call = callsOf(await sftpOf(client));
      await call.writeFile('state', Buffer.from('one'));
      const { data } = await sandbox.api.post('/snapshots', { instance_id: instance.id });
      const snapshotId = data.snapshot.id as string;
      // Taken when asked for: what comes later is not in it.
      await call.writeFile('state', Buffer.from('two'));
      await execute(client, 'chpasswd', 'root:changed\n');
      await until(async () => {
        const { status } = (await sandbox.api.get(`/snapshots/${snapshotId}`)).data.snapshot;
        return status === 'complete' ? true : undefined;
      });
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
      const restored = await login(instance, 'root', password);
      assert.equal((await execute(restored, 'cat state')).stdout, 'one');

      const copy = await sandbox.deploy({ region: 'ams', plan: 'vc2-1c-1gb', snapshot_id: snapshotId });
      assert.deepEqual([copy.os, copy.os_id, copy.snapshot_id], ['Snapshot', 164, snapshotId]);
      const cloned = await login(copy, 'root', password);
      assert.equal((await execute(cloned, 'cat state')).stdout, 'one');
      await assert.rejects(login(copy, 'root', copy.default_password), refused);
      const traffic = await until(async () => {
        const { bandwidth } = (await sandbox.api.get(`/instances/${instance.id}/bandwidth`)).data;
        return Object.values(bandwidth)[0] as { incoming_bytes: number } | undefined;
      });
      assert.ok(traffic.incoming_bytes > 0);
    });

    it('start from nothing when reinstalled', async () => {
      const instance = await sandbox.deploy(
        linux,
        '#cloud-config\nwrite_files: [{path: /first, content: a}]\n',
      );
      const client = await login(instance, 'root', instance.default_password);
      await callsOf(await sftpOf(client)).writeFile('/second', Buffer.from('b'));
      const { data } = await sandbox.api.post(`/instances/${instance.id}/reinstall`);
      await sandbox.ready(instance.id);
      const fresh = await login(instance, 'root', data.instance.default_password);
      assert.equal((await execute(fresh, 'ls /')).stdout, 'first\nroot\ntmp\n');
    });
  });

  it('say in one sentence that they may not use a port', async function () {
    if (process.getuid?.() === 0) {
      console.error('      (skipped: root may use every port)');
      this.skip();
    }
    await assert.rejects(probeGuestPort(22), /port above 1023/);
  });

  it('split command lines as a shell does', () => {
    assert.deepEqual(splitWords(`a 'b c' "d \\"e\\"" f\\ g h''i`), ['a', 'b c', 'd "e"', 'f g', 'hi']);
    assert.deepEqual(splitWords('  '), []);
  });
});

declare function openShell(callback: (error: Error | undefined, channel: ssh2.ClientChannel) => void): void;

/** A key pair: the private half as PEM, the public one as a line of `authorized_keys`. */
function newKey(): { private: string; public: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const parsed = ssh2.utils.parseKey(pem);
  if (parsed instanceof Error) throw parsed;
  return { private: pem, public: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` };
}

/** The calls of an SFTP client as promises. */
function callsOf(sftp: SFTPWrapper): {
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  readFile(path: string): Promise<Buffer>;
  writeFile(path: string, data: Buffer): Promise<void>;
  stat(path: string): Promise<{ size: number }>;
  readdir(path: string): Promise<string[]>;
  realpath(path: string): Promise<string>;
} {
  const done = (start: (callback: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
  return {
    mkdir: (path) => done((callback) => sftp.mkdir(path, callback)),
    rmdir: (path) => done((callback) => sftp.rmdir(path, callback)),
    unlink: (path) => done((callback) => sftp.unlink(path, callback)),
    rename: (from, to) => done((callback) => sftp.rename(from, to, callback)),
    symlink: (target, path) => done((callback) => sftp.symlink(target, path, callback)),
    writeFile: (path, data) => done((callback) => sftp.writeFile(path, data, callback)),
    readFile: (path) =>
      new Promise((resolve, reject) =>
        sftp.readFile(path, (error, data) => (error ? reject(error) : resolve(data))),
      ),
    stat: (path) =>
      new Promise((resolve, reject) =>
        sftp.stat(path, (error, stats) => (error ? reject(error) : resolve(stats))),
      ),
    readdir: (path) =>
      new Promise((resolve, reject) =>
        sftp.readdir(path, (error, entries) =>
          error ? reject(error) : resolve(entries.map(({ filename }) => filename).sort()),
        ),
      ),
    realpath: (path) =>
      new Promise((resolve, reject) =>
        sftp.realpath(path, (error, real) => (error ? reject(error) : resolve(real))),
      ),
  };
}
