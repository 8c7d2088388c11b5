import assert from 'node:assert/strict';
import type { SMTPServerOptions } from 'smtp-server';
import { createSmtpTransport } from '../../../activities/mail/smtp.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import { startInbox } from './inbox.ts';
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from './localhost-certificate.ts';
import { countingGate, outgoing } from './outgoing.ts';

const CERTIFIED: SMTPServerOptions = { cert: LOCALHOST_CERTIFICATE, key: LOCALHOST_KEY };
const WITH_STARTTLS: SMTPServerOptions = { ...CERTIFIED, disabledCommands: ['AUTH'] };
const WITH_TLS: SMTPServerOptions = { ...CERTIFIED, secure: true };
const TRUSTED = [LOCALHOST_CERTIFICATE];
const PASSWORD = 'g/e:h@eim';

const WITH_LOGIN: SMTPServerOptions = {
  ...CERTIFIED,
  disabledCommands: [],
  onAuth({ username, password }, _session, done) {
    if (username === 'tired') done(Object.assign(new Error('later'), { responseCode: 454 }));
    else if (password === PASSWORD) done(null, { user: username });
    else done(new Error('Invalid username or password'));
  },
};

/** Starts a server, sends one mail to it, and says what came of it. */
async function attempt(
  server: SMTPServerOptions,
  url: (port: number) => string,
  trustedAuthorities?: string[],
): Promise<{ failure: TenureFailure | null; mails: { secure: boolean; user: string | undefined }[] }> {
  const inbox = await startInbox(server);
  const transport = createSmtpTransport({ smtpUrl: url(inbox.port), trustedAuthorities });
  const gate = countingGate();
  try {
    const failure: unknown = await transport.send(outgoing(), gate.open).then(
      () => null,
      (error: unknown) => error,
    );
    assert.ok(failure === null || failure instanceof TenureFailure, String(failure));
    assert.equal(gate.asked, failure === null ? 1 : 0);
    return { failure, mails: inbox.mails };
  } finally {
    await transport.close();
    await inbox.stop();
  }
}

function assertFailed(failure: TenureFailure | null, kind: string, reason: string): void {
  assert.deepEqual([failure?.kind, failure?.details.reason], [kind, reason], failure?.message);
}

describe('SMTP encryption', () => {
  it('uses STARTTLS when the server offers it', async () => {
    const { mails } = await attempt(WITH_STARTTLS, (port) => `smtp://127.0.0.1:${port}`, TRUSTED);
    assert.deepEqual(
      mails.map(({ secure }) => secure),
      [true],
    );
  });

  it('speaks TLS from the start with smtps://', async () => {
    const { mails } = await attempt(WITH_TLS, (port) => `smtps://localhost:${port}`, TRUSTED);
    assert.deepEqual(
      mails.map(({ secure }) => secure),
      [true],
    );
  });

  it('sends nothing to a server whose certificate it cannot trust', async () => {
    const upgraded = await attempt(WITH_STARTTLS, (port) => `smtp://127.0.0.1:${port}`);
    assertFailed(upgraded.failure, 'needs-a-human', 'mail-server-untrusted');
    const direct = await attempt(WITH_TLS, (port) => `smtps://127.0.0.1:${port}`);
    assertFailed(direct.failure, 'needs-a-human', 'mail-server-untrusted');
    assert.deepEqual([...upgraded.mails, ...direct.mails], []);
  });

  it('sends nothing in the clear where encryption is required', async () => {
    const { failure, mails } = await attempt({}, (port) => `smtp://127.0.0.1:${port}?tls=required`);
    assertFailed(failure, 'needs-a-human', 'mail-server-without-tls');
    assert.deepEqual(mails, []);
  });
});

describe('SMTP login', () => {
  const url = (user: string, password: string) => (port: number) =>
    `smtp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}`;

  it('logs in with user and password of the URL', async () => {
    const { mails } = await attempt(WITH_LOGIN, url('shop@example', PASSWORD), TRUSTED);
    assert.deepEqual(
      mails.map(({ user }) => user),
      ['shop@example'],
    );
  });

  it('needs a human when the login is refused, and does not tell the password', async () => {
    const { failure } = await attempt(WITH_LOGIN, url('shop@example', 'wrong-secret'), TRUSTED);
    assertFailed(failure, 'needs-a-human', 'mail-login-refused');
    assert.ok(!`${failure?.stack} ${JSON.stringify(failure)}`.includes('wrong-secret'));
  });

  it('needs a human when the server wants a login and the URL has none', async () => {
    const { failure } = await attempt(WITH_LOGIN, (port) => `smtp://127.0.0.1:${port}`, TRUSTED);
    assertFailed(failure, 'needs-a-human', 'mail-login-refused');
  });

  it('tries again when the server cannot check logins for now', async () => {
    const { failure } = await attempt(WITH_LOGIN, url('tired', PASSWORD), TRUSTED);
    assertFailed(failure, 'retryable', 'mail-server-busy');
  });
});
