/** An SMTP server that says what a test wants it to say at each step, and writes down what it saw. */
import { type AddressInfo, type Socket, createServer } from 'node:net';

/** A reply line, or: break the connection, or: never answer. */
export type Step = `${number} ${string}` | 'drop' | 'silence';

/** What to answer at each step of one connection; what is not given goes well. */
export interface Script {
  greeting?: Step;
  ehlo?: Step;
  mail?: Step;
  rcpt?: Step;
  data?: Step;
  /** When the first byte of a message arrived, before it is complete. */
  firstByte?: 'drop';
  /** After the message. */
  message?: Step;
  /** Break the connection at the MAIL command that follows this many messages. */
  breakAfterMessages?: number;
  /** Announce PIPELINING (RFC 2920), so that the client sends MAIL, RCPT and DATA in one go. */
  pipelining?: boolean;
}

export interface ScriptedServer {
  port: number;
  /** Verbs of all connections, in order: "EHLO", "MAIL", … */
  verbs: string[];
  /** Bytes received after "354", dots included. */
  messageBytes: number;
  /** Breaks all open connections. */
  dropAll(): void;
  stop(): Promise<void>;
}

/** @param scripts one per connection, in order; the last one also for all later ones. */
export async function startScriptedServer(...scripts: Script[]): Promise<ScriptedServer> {
  const verbs: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let messageBytes = 0;

  const server = createServer((socket) => {
    const script = scripts[Math.min(connections, scripts.length - 1)] ?? {};
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    converse(socket, script);
  });

  function converse(socket: Socket, script: Script): void {
    let buffered = '';
    let inMessage = false;
    let recipientAccepted = false;
    let messages = 0;

    const play = (step: Step) => {
      if (step === 'drop') socket.destroy();
      else if (step !== 'silence') socket.write(`${step}\r\n`);
    };

    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      verbs.push(verb);
      if (verb === 'EHLO') {
        if (script.ehlo) play(script.ehlo);
        else socket.write(`250-scripted\r\n${script.pipelining ? '250-PIPELINING\r\n' : ''}250 SIZE\r\n`);
      } else if (verb === 'MAIL')
        play(messages === script.breakAfterMessages ? 'drop' : (script.mail ?? '250 sender ok'));
      else if (verb === 'RCPT') {
        recipientAccepted =
          (script.rcpt ?? '250').startsWith('250') && (script.mail ?? '250').startsWith('250');
        play(script.rcpt ?? '250 recipient ok');
      } else if (verb === 'DATA') {
        const step = recipientAccepted ? (script.data ?? '354 go on') : '503 no recipient';
        inMessage = step.startsWith('354');
        play(step);
      } else if (verb === 'QUIT') {
        socket.end('221 bye\r\n');
      } else play('500 unknown');
    };

    socket.on('data', (chunk: Buffer) => {
      buffered += chunk.toString('latin1');
      while (buffered !== '' && !socket.destroyed) {
        const end = buffered.indexOf(inMessage ? '\r\n.\r\n' : '\r\n');
        if (inMessage && script.firstByte) {
          messageBytes += buffered.length;
          socket.destroy();
        } else if (end < 0) return;
        else if (inMessage) {
          messageBytes += end + 5;
          buffered = buffered.slice(end + 5);
          inMessage = false;
          messages += 1;
          play(script.message ?? '250 kept');
        } else {
          const line = buffered.slice(0, end);
          buffered = buffered.slice(end + 2);
          command(line);
        }
      }
    });
    play(script.greeting ?? '220 scripted ESMTP');
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    verbs,
    get messageBytes() {
      return messageBytes;
    },
    dropAll() {
      for (const socket of sockets) socket.destroy();
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
