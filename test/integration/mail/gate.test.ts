import assert from 'node:assert/strict';
import type { MailTransport } from '../../../activities/mail/port.ts';
import { createSmtpTransport } from '../../../activities/mail/smtp.ts';
import { type Inbox, startInbox } from './inbox.ts';
import { countingGate, outgoing } from './outgoing.ts';
import { startScriptedServer } from './scripted-server.ts';

describe('beforeData', () => {
  const events: string[] = [];
  let inbox: Inbox;
  let transport: MailTransport;

  beforeEach(async () => {
    events.length = 0;
    inbox = await startInbox({
      onRcptTo(address, _session, accept) {
        events.push(`recipient ${address.address}`);
        accept();
      },
      onData(stream, _session, done) {
        stream.once('data', () => events.push('first byte'));
        stream.on('data', () => undefined);
        stream.on('error', () => events.push('broken off'));
        stream.on('end', () => {
          events.push('message complete');
          done();
        });
      },
    });
    transport = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${inbox.port}` });
  });
  afterEach(async () => {
    await transport.close();
    await inbox.stop();
  });

  it('runs once, after the recipient was accepted and before the first byte', async () => {
    await transport.send(outgoing(), async () => {
      events.push('gate asked');
      // Another whole mail goes through meanwhile; the one at the gate does not move.
      await transport.send(outgoing({ to: 'other@example.org' }), () => Promise.resolve());
      events.push('gate opened');
    });
    assert.deepEqual(events, [
      'recipient kundin@example.org',
      'gate asked',
      'recipient other@example.org',
      'first byte',
      'message complete',
      'gate opened',
      'first byte',
      'message complete',
    ]);
  });

  it('keeps the mail from being sent by throwing, and its error comes through', async () => {
    const reason = new Error('the row is locked');
    await assert.rejects(
      transport.send(outgoing(), () => Promise.reject(reason)),
      (error) => error === reason,
    );
    await inbox.empty();
    assert.deepEqual(events, ['recipient kundin@example.org', 'broken off']);

    await transport.send(outgoing({ to: 'next@example.org' }), () => Promise.resolve());
    assert.equal(events.at(-1), 'message complete');
  });

  it('is not asked when the recipient is refused', async () => {
    const server = await startScriptedServer({ rcpt: '550 no such user' });
    const picky = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${server.port}` });
    const gate = countingGate();
    await assert.rejects(picky.send(outgoing(), gate.open));
    assert.deepEqual([gate.asked, server.messageBytes], [0, 0]);
    await picky.close();
    await server.stop();
  });

  it('ends before the failure is reported when the connection breaks meanwhile, and no byte leaves after', async () => {
    const server = await startScriptedServer({});
    const client = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${server.port}` });
    const order: string[] = [];
    const sending = client
      .send(outgoing(), async () => {
        server.dropAll();
        // Long enough for the loss to be noticed: a full exchange on another connection.
        await transport.send(outgoing(), () => Promise.resolve());
        order.push('gate done');
      })
      .catch((error: unknown) => {
        order.push('failed');
        throw error;
      });
    await assert.rejects(sending, { kind: 'retryable' });
    assert.deepEqual(order, ['gate done', 'failed']);
    assert.equal(server.messageBytes, 0);
    await client.close();
    await server.stop();
  });
});
