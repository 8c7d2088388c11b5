import assert from 'node:assert/strict';
import { createSmtpTransport } from '../../../activities/mail/smtp.ts';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';
import { countingGate, outgoing } from './outgoing.ts';
import { type Script, startScriptedServer } from './scripted-server.ts';

/** What the server does and what we make of it. */
type Case = [name: string, script: Script, kind: FailureKind, reason: string];

const BEFORE_THE_MESSAGE: Case[] = [
  ['greets with 421', { greeting: '421 too many' }, 'retryable', 'mail-server-busy'],
  ['greets with 554', { greeting: '554 not you' }, 'needs-a-human', 'sender-refused'],
  ['breaks at the greeting', { greeting: 'drop' }, 'retryable', 'mail-server-unreachable'],
  ['never greets', { greeting: 'silence' }, 'retryable', 'mail-server-unreachable'],
  ['answers EHLO with 421', { ehlo: '421 later' }, 'retryable', 'mail-server-busy'],
  ['breaks at EHLO', { ehlo: 'drop' }, 'retryable', 'mail-server-unreachable'],
  ['answers MAIL with 451', { mail: '451 try later' }, 'retryable', 'mail-server-busy'],
  ['answers MAIL with 421', { mail: '421 closing' }, 'retryable', 'mail-server-busy'],
  ['answers MAIL with 550', { mail: '550 bad sender' }, 'needs-a-human', 'sender-refused'],
  ['wants a login at MAIL', { mail: '530 log in first' }, 'needs-a-human', 'mail-login-refused'],
  ['breaks at MAIL', { mail: 'drop' }, 'retryable', 'mail-server-unreachable'],
  ['answers RCPT with 450', { rcpt: '450 greylisted' }, 'retryable', 'mail-server-busy'],
  ['answers RCPT with 550', { rcpt: '550 5.1.1 no such user' }, 'refused', 'recipient-refused'],
  ['answers RCPT with 503', { rcpt: '503 out of order' }, 'retryable', 'mail-server-busy'],
  ['breaks at RCPT', { rcpt: 'drop' }, 'retryable', 'mail-server-unreachable'],
  ['never answers RCPT', { rcpt: 'silence' }, 'retryable', 'mail-server-unreachable'],
  ['answers DATA with 451', { data: '451 try later' }, 'retryable', 'mail-server-busy'],
  ['answers DATA with 554', { data: '554 no' }, 'refused', 'message-refused'],
  ['breaks at DATA', { data: 'drop' }, 'retryable', 'mail-server-unreachable'],
];

const AFTER_THE_MESSAGE: Case[] = [
  ['answers the message with 452', { message: '452 disk full' }, 'retryable', 'mail-server-busy'],
  ['answers the message with 421', { message: '421 closing' }, 'retryable', 'mail-server-busy'],
  ['answers the message with 554', { message: '554 5.7.1 spam' }, 'refused', 'message-refused'],
  ['breaks within the message', { firstByte: 'drop' }, 'retryable', 'delivery-in-doubt'],
  ['breaks after the message', { message: 'drop' }, 'retryable', 'delivery-in-doubt'],
  ['never answers the message', { message: 'silence' }, 'retryable', 'delivery-in-doubt'],
];

/** Only for servers that never answer: how long we wait before we believe it. */
const SILENCE_MS = 250;

async function sendTo(script: Script) {
  const server = await startScriptedServer(script);
  const transport = createSmtpTransport({
    smtpUrl: `smtp://127.0.0.1:${server.port}`,
    timeoutMs: SILENCE_MS,
  });
  const gate = countingGate();
  try {
    const failure: unknown = await transport.send(outgoing(), gate.open).then(
      () => null,
      (error: unknown) => error,
    );
    assert.ok(failure instanceof TenureFailure, String(failure));
    return { failure, asked: gate.asked, messageBytes: server.messageBytes };
  } finally {
    await transport.close();
    await server.stop();
  }
}

describe('SMTP failures', () => {
  for (const pipelining of [false, true]) {
    describe(pipelining ? 'with PIPELINING' : 'one command at a time', () => {
      for (const [name, script, kind, reason] of BEFORE_THE_MESSAGE) {
        it(`server ${name}: ${kind}, ${reason}; nothing was begun`, async () => {
          const { failure, asked, messageBytes } = await sendTo({ ...script, pipelining });
          assert.deepEqual([failure.kind, failure.details.reason], [kind, reason], failure.message);
          assert.deepEqual([asked, messageBytes], [0, 0]);
        });
      }
      for (const [name, script, kind, reason] of AFTER_THE_MESSAGE) {
        it(`server ${name}: ${kind}, ${reason}`, async () => {
          const { failure, asked, messageBytes } = await sendTo({ ...script, pipelining });
          assert.deepEqual([failure.kind, failure.details.reason], [kind, reason], failure.message);
          assert.equal(asked, 1);
          assert.ok(messageBytes > 0);
        });
      }
    });
  }

  it('server is not there: retryable, mail-server-unreachable', async () => {
    const server = await startScriptedServer({});
    await server.stop();
    const transport = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${server.port}` });
    await assert.rejects(transport.send(outgoing(), countingGate().open), {
      kind: 'retryable',
      details: { reason: 'mail-server-unreachable', upstream: 'ECONNREFUSED' },
    });
    await transport.close();
  });

  it('repeats the server’s words about the recipient, but not what it quotes from the message', async () => {
    const refused = await sendTo({ rcpt: '550 5.1.1 no such user' });
    assert.equal(refused.failure.details.upstream, '550 5.1.1 no such user');

    const quoted = await sendTo({ message: '554 5.7.1 blocked: https://shop.example/c/one-time-secret' });
    assert.equal(quoted.failure.details.upstream, '554 5.7.1');
    assert.ok(!`${quoted.failure.stack} ${JSON.stringify(quoted.failure)}`.includes('one-time-secret'));
    assert.equal(quoted.failure.cause, undefined);
  });
});
