import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import ssh2 from 'ssh2';
import { generatePassword } from '../../../activities/access/passwords.ts';
import { probeAccess } from '../../../activities/access/probe.ts';
import { type SshLogin, changePasswordOverSsh, trySsh } from '../../../activities/access/ssh.ts';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import { type VultrUnderTest, startVultrUnderTest } from '../hypervisors/vultr-under-test.ts';
import { type Listener, bootGuest, bootLinux, listen } from './guests.ts';

describe('entering over SSH', function () {
  this.timeout(60_000);
  let vultr: VultrUnderTest;
  let login: SshLogin;
  const listeners: Listener[] = [];

  before(async () => {
    vultr = await startVultrUnderTest();
    const password = generatePassword();
    const address = await bootLinux(vultr, 'root', password);
    login = { address, port: vultr.guestSshPort, username: 'root', password, timeoutMs: 10_000 };
  });
  afterEach(() => listeners.splice(0).forEach((listener) => listener.close()));
  after(() => vultr.close());

  it('works with the credentials that first boot has set, and tells the host key', async () => {
    const { hostKeyFingerprint } = await trySsh(login);
    assert.match(hostKeyFingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
    const again = await probeAccess({ ...login, protocol: 'ssh', expectIdentity: hostKeyFingerprint });
    assert.equal(again.identity, hostKeyFingerprint);
  });

  it('is refused with another password, which no failure shows', async () => {
    const password = generatePassword();
    const failure = await rejects(trySsh({ ...login, password }), 'retryable', 'credentials-refused');
    assert.ok(!inspect(failure, { depth: 20 }).includes(password));
    await rejects(trySsh({ ...login, username: 'nobody-here' }), 'retryable', 'credentials-refused');
  });

  it('needs a person where another host key is shown, and keeps the password to itself', async () => {
    const received: string[] = [];
    const impostor = await listenSsh((context) => {
      received.push(context.method);
      context.reject(['password']);
    });
    listeners.push(impostor);
    const { hostKeyFingerprint: expectHostKey } = await trySsh(login);
    const { port } = impostor;
    const attempt = trySsh({ ...login, address: '127.0.0.1', port, expectHostKey });
    const failure = await rejects(attempt, 'needs-a-human', 'identity-changed');
    assert.match(failure.message, new RegExp(impostor.hostKeyFingerprint.replaceAll(/[+/]/g, '.')));
    assert.deepEqual(received, []);
  });

  it('answers a password dialogue where the server has nothing else', async () => {
    const server = await listenSsh((context) => {
      if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
      context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) => {
        if (answer === login.password) context.accept();
        else context.reject();
      });
    });
    listeners.push(server);
    const { hostKeyFingerprint } = await trySsh({ ...login, address: '127.0.0.1', port: server.port });
    assert.equal(hostKeyFingerprint, server.hostKeyFingerprint);
  });

  it('is not enough when the account must change its password first', async () => {
    const password = generatePassword();
    const expired = `#cloud-config\nchpasswd:\n  expire: true\n  users: [{name: root, password: ${password}, type: text}]\n`;
    const address = await bootGuest(vultr, 'linux', expired);
    await rejects(trySsh({ ...login, address, password }), 'retryable', 'session-unusable');
  });

  describe('where nobody answers', () => {
    const attempt = (port: number): Promise<unknown> =>
      trySsh({ ...login, address: '127.0.0.1', port, timeoutMs: 500 });

    it('is tried again: connection refused', async () => {
      const { port, close } = await listen(() => undefined);
      close();
      await rejects(attempt(port), 'retryable', 'not-answering');
    });

    for (const [what, serve] of [
      ['silence', () => undefined],
      ['a closed connection', (socket) => socket.end()],
      ['another protocol', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
      ['a greeting and then silence', (socket) => socket.write('SSH-2.0-OpenSSH_9.6p1\r\n')],
    ] as [string, Parameters<typeof listen>[0]][]) {
      it(`is tried again: ${what}`, async () => {
        const listener = await listen(serve);
        listeners.push(listener);
        await rejects(attempt(listener.port), 'retryable', 'not-answering');
      });
    }
  });

  describe('changing the password', () => {
    for (const username of ['root', 'kim']) {
      it(`of ${username} replaces the old one, and may be repeated`, async () => {
        const [password, newPassword] = [generatePassword(), generatePassword()];
        const address = await bootLinux(vultr, username, password);
        const account = { ...login, address, username, password };
        const { hostKeyFingerprint } = await trySsh(account);
        const change = { ...account, newPassword, expectHostKey: hostKeyFingerprint };
        await changePasswordOverSsh(change);
        await rejects(trySsh(account), 'retryable', 'credentials-refused');
        // As after an answer that was lost.
        const proof = await changePasswordOverSsh(change);
        assert.equal(proof.hostKeyFingerprint, hostKeyFingerprint);
        await trySsh({ ...account, password: newPassword });
      });
    }

    it('is refused for a password that could carry a second line, before anything is sent', async () => {
      const newPassword = 'Abcdefgh2345\nroot:owned';
      await rejects(changePasswordOverSsh({ ...login, newPassword }), 'refused', 'bad-password');
      await trySsh(login);
    });

    it('needs a person where the account may not', async () => {
      const password = generatePassword();
      const noSudo = `#cloud-config\nusers: [{name: kim, lock_passwd: false, plain_text_passwd: ${password}}]\n`;
      const address = await bootGuest(vultr, 'linux', noSudo);
      const account = { ...login, address, username: 'kim', password };
      const attempt = changePasswordOverSsh({ ...account, newPassword: generatePassword() });
      const failure = await rejects(attempt, 'needs-a-human', 'password-change-refused');
      assert.match(failure.message, /sudoers/);
      await trySsh(account);
    });

    it('is refused when neither the old nor the new password is right', async () => {
      const attempt = changePasswordOverSsh({
        ...login,
        password: generatePassword(),
        newPassword: generatePassword(),
      });
      await rejects(attempt, 'retryable', 'credentials-refused');
    });
  });
});

/** An SSH server with a key of its own that lets in whom it likes, and runs `true`. */
async function listenSsh(
  authenticate: (context: ssh2.AuthContext) => void,
): Promise<Listener & { hostKeyFingerprint: string }> {
  const { private: hostKey, public: publicKey } = ssh2.utils.generateKeyPairSync('ed25519');
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', authenticate);
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec();
        channel.exit(0);
        channel.end();
      });
    });
  });
  const listener = await listen((socket) => server.injectSocket(socket));
  const digest = createHash('sha256').update(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
  return { ...listener, hostKeyFingerprint: `SHA256:${digest.digest('base64').replaceAll('=', '')}` };
}
