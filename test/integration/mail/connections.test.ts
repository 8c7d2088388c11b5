import assert from 'node:assert/strict';
import { type SmtpTransportOptions, createSmtpTransport } from '../../../activities/mail/smtp.ts';
import { startInbox } from './inbox.ts';
import { countingGate, outgoing } from './outgoing.ts';
import { startScriptedServer } from './scripted-server.ts';

const send = () => Promise.resolve();

describe('SMTP connections', () => {
  let cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups) await cleanup();
    cleanups = [];
  });

  /** A transport to a server; both are ended after the test. */
  function connect(
    server: { port: number; stop(): Promise<void> },
    options: Partial<SmtpTransportOptions> = {},
  ) {
    const transport = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${server.port}`, ...options });
    cleanups.push(
      () => transport.close(),
      () => server.stop(),
    );
    return transport;
  }

  it('are few, and used again', async () => {
    const inbox = await startInbox();
    const transport = connect(inbox, { maxConnections: 2 });
    const addresses = Array.from({ length: 20 }, (_, index) => `customer-${index}@example.org`);
    await Promise.all(addresses.map((to) => transport.send(outgoing({ to }), send)));
    assert.deepEqual(inbox.mails.map(({ to }) => to[0]).sort(), addresses.sort());
    assert.deepEqual(inbox.connections, { opened: 2, most: 2 });

    await transport.close();
    await inbox.empty();
  });

  it('do not outlive their rest', async () => {
    const inbox = await startInbox();
    const transport = connect(inbox, { idleMs: 1 });
    await transport.send(outgoing(), send);
    await inbox.empty();
    await transport.send(outgoing(), send);
    assert.equal(inbox.connections.opened, 2);
  });

  it('are replaced without a failure when the server broke a resting one, and the gate is asked once', async () => {
    const server = await startScriptedServer({ breakAfterMessages: 1 });
    const transport = connect(server);
    await transport.send(outgoing(), send);
    const gate = countingGate();
    assert.deepEqual(await transport.send(outgoing(), gate.open), { response: '250 kept' });
    assert.equal(gate.asked, 1);
    assert.deepEqual(server.verbs, ['EHLO', 'MAIL', 'RCPT', 'DATA', 'MAIL', 'EHLO', 'MAIL', 'RCPT', 'DATA']);
  });
});
