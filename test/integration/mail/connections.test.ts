import assert from 'node:assert/strict';
import { createSmtpTransport } from '../../../activities/mail/smtp.ts';
import { startInbox } from './inbox.ts';
import { countingGate, outgoing } from './outgoing.ts';
import { startScriptedServer } from './scripted-server.ts';

const send = () => Promise.resolve();

describe('SMTP connections', () => {
  it('are few, and used again', async () => {
    const inbox = await startInbox();
    const transport = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${inbox.port}`, maxConnections: 2 });
    const addresses = Array.from({ length: 20 }, (_, index) => `customer-${index}@example.org`);
    await Promise.all(addresses.map((to) => transport.send(outgoing({ to }), send)));
    assert.deepEqual(inbox.mails.map(({ to }) => to[0]).sort(), addresses.sort());
    assert.deepEqual(inbox.connections, { opened: 2, most: 2 });

    await transport.close();
    await inbox.empty();
    await inbox.stop();
  });

  it('do not outlive their rest', async () => {
    const inbox = await startInbox();
    const transport = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${inbox.port}`, idleMs: 1 });
    await transport.send(outgoing(), send);
    await inbox.empty();
    await transport.send(outgoing(), send);
    assert.equal(inbox.connections.opened, 2);
    await transport.close();
    await inbox.stop();
  });

  it('are replaced without a failure when the server broke a resting one, and the gate is asked once', async () => {
    const server = await startScriptedServer({ breakAfterMessages: 1 });
    const transport = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${server.port}` });
    await transport.send(outgoing(), send);
    const gate = countingGate();
    assert.deepEqual(await transport.send(outgoing(), gate.open), { response: '250 kept' });
    assert.equal(gate.asked, 1);
    assert.deepEqual(server.verbs, ['EHLO', 'MAIL', 'RCPT', 'DATA', 'MAIL', 'EHLO', 'MAIL', 'RCPT', 'DATA']);
    await transport.close();
    await server.stop();
  });

  it('say so when none gets free in time', async () => {
    const server = await startScriptedServer({ greeting: 'silence' });
    const transport = createSmtpTransport({
      smtpUrl: `smtp://127.0.0.1:${server.port}`,
      maxConnections: 1,
      timeoutMs: 100,
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => transport.send(outgoing(), send)));
    for (const outcome of outcomes) {
      assert.equal(outcome.status, 'rejected');
      assert.equal((outcome.reason as { kind: string }).kind, 'retryable');
    }
    await transport.close();
    await server.stop();
  });
});
