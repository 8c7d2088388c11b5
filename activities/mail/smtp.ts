/** Mail over real SMTP: the answer to {@link MailTransport} that nodemailer's protocol client gives. */
import { Readable } from 'node:stream';
import type { NodemailerError } from 'nodemailer/lib/errors';
import { TenureFailure } from '../../schemas/failures.ts';
import type { MailTransport } from './port.ts';
import { smtpFailure } from './smtp/failures.ts';
import { composeMessage } from './smtp/message.ts';
import { createSmtpPool } from './smtp/pool.ts';
import { parseSmtpUrl } from './smtp/server-address.ts';
import { openSmtpSession } from './smtp/session.ts';

export interface SmtpTransportOptions {
  /** See `parseSmtpUrl`. */
  smtpUrl: string;
  /** How long the server may stay silent at any point, and how long a mail waits for a free connection. Default 30 s. */
  timeoutMs?: number;
  /** Most connections at a time. Default 5: hosted relays commonly allow 10 per client. */
  maxConnections?: number;
  /** How long a connection rests before it is closed. Default 5 s, well below the idle limits of common servers. */
  idleMs?: number;
  /** Certificate authorities (PEM) of a private mail server; unset: Node's own list and NODE_EXTRA_CA_CERTS. */
  trustedAuthorities?: string[];
}

/**
 * A transport that keeps a few connections open. Nothing is connected before the first mail.
 * @throws TenureFailure `needs-a-human`, reason `bad-smtp-url`.
 */
export function createSmtpTransport(options: SmtpTransportOptions): MailTransport {
  const { timeoutMs = 30_000, maxConnections = 5, idleMs = 5_000, trustedAuthorities } = options;
  const server = parseSmtpUrl(options.smtpUrl);
  const pool = createSmtpPool({
    open: () => openSmtpSession({ server, timeoutMs, trustedAuthorities }),
    maxSessions: maxConnections,
    idleMs,
    waitMs: timeoutMs,
  });

  return {
    async send(mail, beforeData) {
      const { envelope, bytes } = await composeMessage(mail);
      for (;;) {
        const { session, fresh } = await pool.take().catch((error: unknown) => {
          throw asFailure(error, false);
        });
        const message = gatedMessage(bytes, beforeData);
        try {
          const response = await session.send(envelope, message.stream);
          pool.giveBack(session, true);
          return { response };
        } catch (error) {
          pool.giveBack(session, false);
          message.stream.destroy();
          const gate = await message.settle();
          if (gate.error !== undefined) throw gate.error;
          const failure = asFailure(error, gate.opened);
          // The server had ended the resting connection: nothing was sent, so another one may.
          const stale = !fresh && !gate.asked && failure.details.reason === 'mail-server-unreachable';
          if (!stale) throw failure;
        }
      }
    },

    close: () => pool.close(),
  };
}

interface Gate {
  /** `beforeData` was called. */
  asked: boolean;
  /** The message was let out. */
  opened: boolean;
  /** What `beforeData` threw. */
  error?: unknown;
}

/** The message as a stream whose first read, which comes after RCPT and DATA were accepted, waits for `beforeData`. */
function gatedMessage(bytes: Buffer, beforeData: () => Promise<void>) {
  const gate: Gate = { asked: false, opened: false };
  let asking: Promise<void> = Promise.resolve();

  async function ask(): Promise<void> {
    try {
      await beforeData();
    } catch (error) {
      gate.error = error ?? new Error('beforeData failed without saying why');
      stream.destroy(new Error('beforeData failed'));
      return;
    }
    // The connection may have broken meanwhile: then not one byte leaves.
    if (stream.destroyed) return;
    gate.opened = true;
    stream.push(bytes);
    stream.push(null);
  }

  const stream = new Readable({
    read() {
      if (gate.asked) return;
      gate.asked = true;
      asking = ask();
    },
  });

  return {
    stream,
    /** What happened at the gate, once a call under way has ended: its effects must not come after our failure. */
    async settle(): Promise<Gate> {
      await asking;
      return gate;
    },
  };
}

function asFailure(error: unknown, dataBegun: boolean): TenureFailure {
  return error instanceof TenureFailure ? error : smtpFailure(error as NodemailerError, dataBegun);
}
