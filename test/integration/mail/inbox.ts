/** A real SMTP server on loopback that keeps what it accepted. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

export interface Inbox {
  port: number;
  mails: { raw: Buffer; from: string; to: string[]; secure: boolean; user: string | undefined }[];
  /** Connections that were ever opened, and the most there were at one time. */
  connections: { opened: number; most: number };
  /** Resolves as soon as no connection is open. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

export async function startInbox(options: SMTPServerOptions = {}): Promise<Inbox> {
  const mails: Inbox['mails'] = [];
  const connections = { opened: 0, most: 0 };
  let open = 0;
  let onEmpty: (() => void)[] = [];

  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onConnect(_session: SMTPServerSession, accept) {
      open += 1;
      connections.opened += 1;
      connections.most = Math.max(connections.most, open);
      accept();
    },
    onClose() {
      open -= 1;
      if (open > 0) return;
      for (const resolve of onEmpty) resolve();
      onEmpty = [];
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      // A connection that broke off in the middle of a message: there is no mail.
      stream.on('error', () => undefined);
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          raw: Buffer.concat(chunks),
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: typeof session.user === 'string' ? session.user : undefined,
        });
        done(null, `kept as ${mails.length}`);
      });
    },
    ...options,
  });
  // A client that hangs up is what some tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    connections,
    empty: () =>
      new Promise((resolve) => {
        if (open === 0) resolve();
        else onEmpty.push(resolve);
      }),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
