import assert from 'node:assert/strict';
import type { MailTransport } from '../../../activities/mail/port.ts';
import { createSmtpTransport } from '../../../activities/mail/smtp.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type Inbox, startInbox } from './inbox.ts';
import { countingGate, outgoing } from './outgoing.ts';
import { type Script, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

describe('beforeData', () => {
  const events: string[] = [];
  let inbox: Inbox;
  let transport: MailTransport;
  let cleanups: (() => Promise<void>)[] = [];

  /** A server of its own for one test, and a transport to it. */
  async function startPair(script: Script): Promise<{ server: ScriptedServer; client: MailTransport }> {
    const server = await startScriptedServer(script);
    const client = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${server.port}` });
    cleanups.push(
      () => client.close(),
      () => server.stop(),
    );
    return { server, client };
  }

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
    for (const cleanup of [...cleanups, () => transport.close(), () => inbox.stop()]) await cleanup();
    cleanups = [];
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
    const { server, client } = await startPair({ rcpt: '550 no such user' });
    const gate = countingGate();
    await assert.rejects(client.send(outgoing(), gate.open));
    assert.deepEqual([gate.asked, server.messageBytes], [0, 0]);
  });

  it('ends before the failure is reported when the connection breaks meanwhile, and no byte leaves after', async () => {
    const { server, client } = await startPair({});
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
    await assert.rejects(
      sending,
      (error: unknown) =>
        error instanceof TenureFailure && error.details.reason === 'mail-server-unreachable',
    );
    assert.deepEqual(order, ['gate done', 'failed']);
    assert.equal(server.messageBytes, 0);
  });
});
