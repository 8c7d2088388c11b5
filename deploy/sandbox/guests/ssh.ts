import type { Socket } from 'node:net';
import ssh2, {
  type AuthContext,
  type PasswordAuthContext,
  type PublicKeyAuthContext,
  type ServerChannel,
} from 'ssh2';
import { type Session, runCommand } from './commands.ts';
import type { GuestFiles } from './files.ts';
import { passwordMatches } from './passwords.ts';
import { type Account, type GuestRecord, accountOf } from './record.ts';
import { serveSftp } from './sftp.ts';

/** What a login can do to its guest. */
export interface GuestEvents {
  /** Where a port of the guest's own loopback is on this machine, if something listens there. */
  innerAddress(port: number): { host: string; port: number } | undefined;
  loggedIn(account: Account, method: string): void;
  passwordChanged(name: string): void;
}

/**
 * Makes the sshd of a guest: passwords and public keys against its accounts; exec, shell and SFTP on its files.
 *
 * @returns a function that serves one accepted connection.
 */
export function sshServer(
  guest: GuestRecord,
  files: GuestFiles,
  events: GuestEvents,
): (socket: Socket) => void {
  const isWindows = guest.family === 'windows';
  const server = new ssh2.Server({
    hostKeys: [guest.hostKey],
    ident: isWindows ? 'OpenSSH_for_Windows_9.5' : 'OpenSSH_9.6p1',
  });
  server.on('connection', (connection) => {
    let account: Account | undefined;
    connection.on('error', () => connection.end());
    connection.on('authentication', (context) => {
      const allowed = guest.passwordLogin ? (['publickey', 'password'] as const) : (['publickey'] as const);
      const found = authenticate(guest, context);
      if (!found) return context.reject([...allowed]);
      // A signed request ends the authentication; an unsigned one only asks whether the key would do.
      if (context.method !== 'publickey' || context.signature) {
        account = found;
        events.loggedIn(found, context.method);
      }
      context.accept();
    });
    connection.on('session', (accept) => {
      if (account)
        serveSession(accept(), {
          guest,
          account,
          files,
          passwordChanged: events.passwordChanged,
          innerAddress: events.innerAddress,
        });
    });
  });
  return (socket) => server.injectSocket(socket);
}

function authenticate(guest: GuestRecord, context: AuthContext): Account | undefined {
  const account = accountOf(guest, context.username);
  if (!account || (account.name === 'root' && !guest.rootLogin)) return undefined;
  const proven =
    (context.method === 'password' && guest.passwordLogin && passwordOpens(account, context)) ||
    (context.method === 'publickey' && keyOpens(account, context));
  return proven ? account : undefined;
}

function passwordOpens(account: Account, context: PasswordAuthContext): boolean {
  return account.password !== null && !account.locked && passwordMatches(context.password, account.password);
}

function keyOpens(account: Account, context: PublicKeyAuthContext): boolean {
  return account.authorizedKeys.some((line) => {
    const key = ssh2.utils.parseKey(line);
    if (key instanceof Error || !key.getPublicSSH().equals(context.key.data)) return false;
    if (!context.signature || !context.blob) return true;
    return key.verify(context.blob, context.signature, context.hashAlgo) === true;
  });
}

type Login = Omit<Session, 'readInput'>;

function serveSession(session: ssh2.Session, login: Login): void {
  session.on('pty', (accept) => accept?.());
  session.on('env', (accept) => accept?.());
  session.on('window-change', (accept) => accept?.());
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept();
    execute(channel, command, login).catch(() => channel.close());
  });
  session.on('shell', (accept) => {
    const channel = accept();
    converse(channel, login).catch(() => channel.close());
  });
  session.on('sftp', (accept, reject) => {
    if (login.account.mustChangePassword) reject();
    else serveSftp(accept(), login.files, login.account.home);
  });
}

async function execute(channel: ServerChannel, command: string, login: Login): Promise<void> {
  if (login.account.mustChangePassword) {
    channel.stderr.write('Password change required but no TTY available.\n');
    return leave(channel, 1);
  }
  const outcome = await runCommand(command, { ...login, readInput: () => readAll(channel) });
  if (outcome.stdout) channel.stdout.write(outcome.stdout);
  if (outcome.stderr) channel.stderr.write(outcome.stderr);
  leave(channel, outcome.code);
}

/** A shell of the plainest kind: a greeting, then one command per line until `exit` or the end of input. */
async function converse(channel: ServerChannel, login: Login): Promise<void> {
  const { account, guest } = login;
  const prompt = `${account.name}@${guest.hostname}:~${account.name === 'root' ? '#' : '$'} `;
  channel.write(`Welcome to ${guest.osName}\r\n\r\n${prompt}`);
  let pending = '';
  for await (const chunk of inputOf(channel)) {
    pending += String(chunk).replaceAll('\r', '\n');
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const line = pending.slice(0, end).trim();
      pending = pending.slice(end + 1);
      if (line === 'exit') return leave(channel, 0);
      const outcome = await runCommand(line, { ...login, readInput: () => Promise.resolve('') });
      channel.write(`${String(outcome.stdout ?? '')}${outcome.stderr ?? ''}${prompt}`);
    }
  }
  leave(channel, 0);
}

/** What the client sends; the channel stays open afterwards, for the answer. */
function inputOf(channel: ServerChannel): NodeJS.AsyncIterator<unknown> {
  return channel.iterator({ destroyOnReturn: false });
}

async function readAll(channel: ServerChannel): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of inputOf(channel)) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

function leave(channel: ServerChannel, code: number): void {
  channel.exit(code);
  channel.end();
  // Input that nobody asked for must not keep the channel open.
  channel.resume();
}
