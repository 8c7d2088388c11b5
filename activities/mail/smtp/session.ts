/** One logged-in connection to an SMTP server (RFC 5321), good for several mails one after the other. */
import type { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { ComposedMessage } from './message.ts';
import type { SmtpServerAddress } from './server-address.ts';

export interface SmtpSession {
  /**
   * Sends one message; reads `message` only after the server accepted sender, recipient and the DATA command.
   * Resolves to the server's reply. @throws NodemailerError; the session is of no further use then.
   */
  send(envelope: ComposedMessage['envelope'], message: Readable): Promise<string>;
  /** Whether it is still connected and has not carried its share of mails. */
  isUsable(): boolean;
  /** Says goodbye (QUIT); resolves when the connection is closed, after a second at most. */
  quit(): Promise<void>;
  /** Drops the connection at once. */
  drop(): void;
}

export interface SmtpSessionOptions {
  server: SmtpServerAddress;
  /** How long the server may stay silent at any point. */
  timeoutMs: number;
  /** Certificate authorities (PEM) to trust; unset: Node's own list and NODE_EXTRA_CA_CERTS. */
  trustedAuthorities?: string[];
}

/** Servers commonly end a session after about this many messages; a fresh connection costs less than the refusal. */
const MAILS_PER_SESSION = 100;
const GOODBYE_MS = 1_000;

/** Connects, upgrades to TLS where wanted, and logs in. @throws NodemailerError */
export async function openSmtpSession(options: SmtpSessionOptions): Promise<SmtpSession> {
  const { server, timeoutMs } = options;
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: server.requireTls,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: GOODBYE_MS,
    tls: options.trustedAuthorities ? { ca: options.trustedAuthorities } : undefined,
  });
  const lost = new Promise<never>((_resolve, reject) => {
    connection.on('error', reject);
    connection.once('end', () => {
      // In a later turn: the error of the step under way comes in this one and says more.
      setImmediate(() => reject(Object.assign(new Error('The connection ended'), { code: 'ECONNECTION' })));
    });
  });
  // An idle session that ends is no failure: the next mail takes another one.
  lost.catch(() => undefined);

  // Not every step's callback is called when the connection breaks under it, so each races against the loss.
  const step = <Result>(run: (done: (error?: Error | null, result?: Result) => void) => void) =>
    Promise.race([
      lost,
      new Promise<Result | undefined>((resolve, reject) => {
        run((error, result) => (error ? reject(error) : resolve(result)));
      }),
    ]);

  let mails = 0;
  const drop = () => connection.close();
  try {
    await step((done) => connection.connect(done));
    const { login } = server;
    if (login) {
      await step<boolean>((done) => connection.login({ user: login.user, pass: login.password }, done));
    }
  } catch (error) {
    drop();
    throw error;
  }

  return {
    async send(envelope, message) {
      mails += 1;
      const sent = await step<{ response: string }>((done) => connection.send(envelope, message, done));
      return sent?.response ?? '';
    },
    isUsable: () => !connection.destroyed && mails < MAILS_PER_SESSION,
    async quit() {
      if (connection.destroyed) return;
      const timer = setTimeout(drop, GOODBYE_MS);
      connection.quit();
      await lost.catch(() => undefined);
      clearTimeout(timer);
    },
    drop,
  };
}
