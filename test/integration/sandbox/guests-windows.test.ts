import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import { selfSignedCertificate } from '../../../deploy/sandbox/guests/certificate.ts';
import type { Instance } from '../../../deploy/sandbox/vultr/state.ts';
import { execute, loginsTo, refused } from './guest-harness.ts';
import { testSandbox, until, windows } from './vultr-harness.ts';

describe('the Windows guests of the sandbox', () => {
  const sandbox = testSandbox();
  before(() => sandbox.start());
  after(() => sandbox.remove());
  const logins = loginsTo(sandbox);
  afterEach(() => logins.endAll());

  it('sets passwords by net user, at first boot and over SSH', async () => {
    const script =
      '#ps1_sysnative\r\nnet user Administrator "First Pass#1"\r\nnet user anna Anna#2024 /add\r\n';
    const instance = await sandbox.deploy(windows, script);
    const admin = await logins.password(instance, 'administrator', 'First Pass#1');
    await logins.password(instance, 'anna', 'Anna#2024');
    assert.equal((await execute(admin, 'net user Administrator "Second#1"')).code, 0);
    assert.equal((await execute(admin, 'net user ghost Second#1')).code, 2);
    await assert.rejects(logins.password(instance, 'Administrator', 'First Pass#1'), refused);
    await logins.password(instance, 'Administrator', 'Second#1');
  });

  it('takes the initial password of Administrator when there is no script', async () => {
    const instance = await sandbox.deploy(windows);
    await logins.password(instance, 'Administrator', instance.default_password);
  });

  const ssl = 1;
  const hybrid = 2;
  const dial = async (instance: Instance): Promise<Socket> => {
    const socket = connect(sandbox.running().guestRdpPort, instance.main_ip);
    await once(socket, 'connect');
    return socket;
  };
  const request = (protocols: number | undefined, cookie = ''): Buffer => {
    const negotiation =
      protocols === undefined ? Buffer.alloc(0) : Buffer.from([1, 0, 8, 0, protocols, 0, 0, 0]);
    const body = Buffer.concat([Buffer.from([0xe0, 0, 0, 0xab, 0xcd, 0]), Buffer.from(cookie), negotiation]);
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
    assert.ok(Date.parse(certificate.validFrom) < Date.now() && Date.parse(certificate.validTo) > Date.now());
  });
});
