import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { SmtpFaults, Stage } from './faults.ts';

/** A listening SMTP server. */
export interface RunningSmtp {
  port: number;
  /** Stops listening and cuts open conversations. */
  close(): Promise<void>;
}

/** Puts a message where it outlives this process; until it resolves the sender gets no 250. */
export type Keep = (raw: Buffer, envelope: { from: string; to: string[] }) => Promise<unknown>;

const maxMessageBytes = 25 * 1024 * 1024;

/**
 * Serves SMTP (RFC 5321) on 127.0.0.1 without TLS: every sender and recipient is accepted, a login is taken if
 * offered and never asked for.
 *
 * @param port 0 takes any free one.
 * @throws Error with one sentence when the port is taken.
 */
export async function startSmtp(port: number, keep: Keep, faults: SmtpFaults): Promise<RunningSmtp> {
  // smtp-server cannot cut a connection from inside a handler, so the sockets are kept by their remote port.
  const sockets = new Map<number, Socket>();
  const answer = (
    work: Promise<unknown>,
    callback: (error?: Error | null) => void,
    session: SMTPServerSession,
  ): void => {
    work.then(
      () => callback(),
      (reason: Error) => {
        if (reason instanceof Cut) sockets.get(session.remotePort)?.destroy();
        else callback(reason);
      },
    );
  };
  const server = new SMTPServer({
    banner: 'Tenure mail catcher',
    size: maxMessageBytes,
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onAuth: ({ username }, _session, callback) => callback(null, { user: username ?? 'anyone' }),
    onConnect: (session, callback) => answer(undergo(faults, 'connect', []), callback, session),
    onMailFrom: (_from, session, callback) => answer(undergo(faults, 'mail', []), callback, session),
    onRcptTo: ({ address }, session, callback) =>
      answer(undergo(faults, 'rcpt', [address]), callback, session),
    onData: (stream, session, callback) => {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) };
      const receive = async (): Promise<void> => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        if (stream.sizeExceeded) throw refusal(552, 'message too big');
        await undergo(faults, 'data', envelope.to, () => keep(Buffer.concat(chunks), envelope));
      };
      answer(receive(), callback, session);
    },
  });
  server.server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    if (remotePort === undefined) return;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  // Senders that vanish in mid-sentence are what the faults are for.
  server.on('error', () => undefined);
  await listen(server, port);
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

/** The connection is to be cut without an answer. */
class Cut extends Error {}

/** Does `work` at one stage of a conversation, or what a fault makes of it. */
async function undergo(
  faults: SmtpFaults,
  at: Stage,
  recipients: string[],
  work: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  const fault = faults.strike(at, recipients);
  if (fault?.kind === 'drop') throw new Cut();
  if (fault?.kind === 'refuse') throw refusal(fault.code, fault.message);
  if (fault?.kind === 'slow') await sleep(fault.delayMs);
  await work();
  if (fault?.kind === 'drop-after') throw new Cut();
}

function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code });
}

function listen(server: SMTPServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken ? new Error(`Port ${port} is in use; stop what listens there or choose another port.`) : error,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}
