import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { generatePassword } from '../../../activities/access/passwords.ts';
import { probeAccess } from '../../../activities/access/probe.ts';
import { tryRdp } from '../../../activities/access/rdp.ts';
import { buildUserData } from '../../../activities/access/user-data.ts';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import { type VultrUnderTest, startVultrUnderTest } from '../hypervisors/vultr-under-test.ts';
import { type Listener, bootGuest, listen } from './guests.ts';

describe('reaching over RDP', function () {
  this.timeout(60_000);
  let vultr: VultrUnderTest;
  let address: string;
  const password = generatePassword();
  const image = { family: 'windows', access: { protocol: 'rdp', username: 'kim' } } as const;

  before(async () => {
    vultr = await startVultrUnderTest();
    address = await bootGuest(vultr, 'windows', buildUserData({ image, password }));
  });
  after(() => vultr.close());

  const target = (): Parameters<typeof tryRdp>[0] => ({
    address,
    port: vultr.guestRdpPort,
    timeoutMs: 10_000,
  });

  it('negotiates, shakes hands and tells the certificate', async () => {
    const { security, certificateFingerprint } = await tryRdp(target());
    assert.equal(security, 'credssp');
    assert.match(certificateFingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const again = await probeAccess({
      ...target(),
      protocol: 'rdp',
      username: 'kim',
      password,
      expectIdentity: certificateFingerprint,
    });
    assert.equal(again.identity, certificateFingerprint);
  });

  it('needs a person where another certificate is shown', async () => {
    await rejects(tryRdp({ ...target(), expectCertificate: 'AA:BB' }), 'needs-a-human', 'identity-changed');
  });

  it('finds the account that first boot was to make', async () => {
    // The password cannot be tried over RDP without a session; the stand-in's Windows also runs an SSH server.
    const accepted = await new Promise<boolean>((resolve) => {
      const client = new ssh2.Client();
      client.on('ready', () => {
        client.end();
        resolve(true);
      });
      client.on('error', () => resolve(false));
      client.connect({ host: address, port: vultr.guestSshPort, username: 'kim', password });
    });
    assert.ok(accepted);
  });

  describe('where something else answers, or nothing', () => {
    const listeners: Listener[] = [];
    afterEach(() => listeners.splice(0).forEach((listener) => listener.close()));

    const confirm = (...negotiation: number[]): Buffer => {
      const rest = [0xd0, 0, 0, 0, 0, 0, ...negotiation];
      return Buffer.from([3, 0, 0, 5 + rest.length, rest.length, ...rest]);
    };
    const tlsConfirm = confirm(2, 0, 8, 0, 1, 0, 0, 0);
    const attempt = (port: number): Promise<unknown> =>
      tryRdp({ address: '127.0.0.1', port, timeoutMs: 500 });

    for (const [what, answer, upstream] of [
      ['silence', [], 'timeout'],
      ['a server without a certificate', [confirm(3, 0, 8, 0, 3, 0, 0, 0)], 'SSL_CERT_NOT_ON_SERVER'],
      ['an unknown failure', [confirm(3, 0, 8, 0, 99, 0, 0, 0)], 'failure 99'],
      ['a server that negotiates nothing', [confirm()], 'no TLS'],
      ['a protocol that was not offered', [confirm(2, 0, 8, 0, 8, 0, 0, 0)], 'protocol 8'],
      ['another structure', [confirm(7, 0, 8, 0, 1, 0, 0, 0)], 'no negotiation response'],
      ['no confirm', [Buffer.from([3, 0, 0, 11, 6, 0x80, 0, 0, 0, 0, 0])], 'no confirm'],
      ['a packet of a few bytes', [Buffer.from([3, 0, 0, 4])], 'no confirm'],
      ['an endless packet', [Buffer.from([3, 0, 255, 255, ...Array<number>(40).fill(0)])], 'too long'],
      ['another protocol', [Buffer.from('SSH-2.0-OpenSSH\r\n')], 'no TPKT'],
      [
        'a confirm in pieces, and silence after it',
        [tlsConfirm.subarray(0, 3), tlsConfirm.subarray(3, 12), tlsConfirm.subarray(12)],
        'timeout',
      ],
      ['a confirm and then no TLS', [tlsConfirm, Buffer.from('what?')], /SSL|WRONG_VERSION/],
    ] as [string, Buffer[], string | RegExp][]) {
      it(`is tried again: ${what}`, async () => {
        const listener = await listen((socket) => {
          socket.once('data', () => {
            void writeSlowly(socket, answer);
          });
        });
        listeners.push(listener);
        const { details } = await rejects(attempt(listener.port), 'retryable', 'not-answering');
        assert.match(
          details.upstream ?? '',
          typeof upstream === 'string' ? new RegExp(`^${upstream}$`) : upstream,
        );
      });
    }

    it('is tried again: a closed connection, or none', async () => {
      const closing = await listen((socket) => {
        socket.resume();
        socket.end();
      });
      listeners.push(closing);
      const { details } = await rejects(attempt(closing.port), 'retryable', 'not-answering');
      assert.equal(details.upstream, 'closed');
      closing.close();
      const refused = await rejects(attempt(closing.port), 'retryable', 'not-answering');
      assert.equal(refused.details.upstream, 'ECONNREFUSED');
    });
  });
});

async function writeSlowly(socket: NodeJS.WritableStream, pieces: Buffer[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await sleep(20);
  }
}
