import { readFile, readdir, stat } from 'node:fs/promises';
import { lookUp } from '../shared/lookup.ts';
import { curl } from './curl.ts';
import type { GuestFiles } from './files.ts';
import { netUser } from './powershell.ts';
import { type Account, type GuestRecord, accountOf, setPassword, superuserOf } from './record.ts';
import { splitWords } from './words.ts';

/** Who runs a command, and where. */
export interface Session {
  guest: GuestRecord;
  account: Account;
  files: GuestFiles;
  /** Everything the caller writes to the command. */
  readInput(): Promise<string>;
  /** Where a port of the guest's own loopback is on this machine, if something listens there. */
  innerAddress(port: number): { host: string; port: number } | undefined;
  /** Keeps a changed password and tells the ledger. */
  passwordChanged(name: string): void;
}

/** What a command leaves behind. */
export interface Outcome {
  code: number;
  stdout?: string | Buffer;
  stderr?: string;
}

type Command = (args: string[], session: Session, asRoot: boolean) => Outcome | Promise<Outcome>;

const say = (text: string): Outcome => ({ code: 0, stdout: `${text}\n` });
const fail = (code: number, text: string): Outcome => ({ code, stderr: `${text}\n` });

/** Runs one command line of a guest; unknown commands fail as they do in its shell. */
export async function runCommand(line: string, session: Session): Promise<Outcome> {
  const words = splitWords(line);
  return dispatch(words, session, session.account.name === superuserOf(session.guest.family));
}

async function dispatch(words: string[], session: Session, asRoot: boolean): Promise<Outcome> {
  const [name, ...args] = words;
  if (name === undefined) return { code: 0 };
  const known = session.guest.family === 'windows' ? windowsCommands : linuxCommands;
  const command = lookUp(known, name);
  if (!command) return notACommand(session.guest, name);
  return command(args, session, asRoot);
}

function notACommand({ family }: GuestRecord, name: string): Outcome {
  return family === 'windows'
    ? fail(1, `'${name}' is not recognized as an internal or external command.`)
    : fail(127, `bash: line 1: ${name}: command not found`);
}

const common: Record<string, Command> = {
  hostname: (_args, { guest }) => say(guest.hostname),
  whoami: (_args, { account }, asRoot) => say(asRoot ? 'root' : account.name),
  cat: async (args, session) => {
    if (args.length === 0) return { code: 0, stdout: await session.readInput() };
    return eachFile('cat', args, session, (path) => readFile(path));
  },
};

const linuxCommands: Record<string, Command> = {
  ...common,
  true: () => ({ code: 0 }),
  uname: (args, { guest }) =>
    say(args.includes('-a') ? `Linux ${guest.hostname} 6.8.0-51-generic x86_64 GNU/Linux` : 'Linux'),
  curl: (args, session) => curl(args, session.innerAddress),
  systemctl: (args, { guest }) => {
    const unit = (args.at(-1) ?? '').replace(/\.service$/, '');
    if (args[0] !== 'is-active') return fail(1, `Unknown command verb ${args[0] ?? ''}.`);
    const isActive = guest.units?.includes(unit) ?? false;
    return {
      code: isActive ? 0 : 3,
      ...(!args.includes('--quiet') && { stdout: isActive ? 'active\n' : 'inactive\n' }),
    };
  },
  'cloud-init': (args) => (args[0] === 'status' ? say('status: done') : fail(2, 'usage: cloud-init status')),
  ls: async (args, session) => {
    const paths = args.filter((arg) => !arg.startsWith('-'));
    return eachFile('ls', paths.length > 0 ? paths : ['.'], session, async (path, shown) => {
      const names = (await stat(path)).isDirectory() ? (await readdir(path)).sort() : [shown];
      return Buffer.from(names.map((name) => `${name}\n`).join(''));
    });
  },
  sudo: async (args, session, asRoot) => {
    const mayNotAsk = args[0] === '-n';
    const words = mayNotAsk ? args.slice(1) : args;
    if (asRoot || session.account.sudo === 'free') return dispatch(words, session, true);
    if (session.account.sudo === 'password') return fail(1, 'sudo: a password is required');
    return fail(1, `${session.account.name} is not in the sudoers file.`);
  },
  chpasswd: async (_args, session, asRoot) => {
    if (!asRoot) return fail(1, 'chpasswd: cannot lock /etc/passwd; try again later.');
    const lines = (await session.readInput()).split('\n').filter((line) => line !== '');
    const problems: string[] = [];
    for (const [index, line] of lines.entries()) {
      const colon = line.indexOf(':');
      const account = accountOf(session.guest, line.slice(0, Math.max(colon, 0)));
      if (colon < 0) problems.push(`chpasswd: line ${index + 1}: missing new password`);
      else if (!account)
        problems.push(`chpasswd: line ${index + 1}: user '${line.slice(0, colon)}' does not exist`);
      else {
        setPassword(account, line.slice(colon + 1));
        session.passwordChanged(account.name);
      }
    }
    return problems.length > 0 ? fail(1, problems.join('\n')) : { code: 0 };
  },
};

const windowsCommands: Record<string, Command> = {
  ...common,
  ver: () => say('Microsoft Windows [Version 10.0.20348.2849]'),
  net: (args, session, asRoot) => {
    if (args[0]?.toLowerCase() !== 'user')
      return fail(1, 'The syntax of this command is: NET USER name password');
    if (!asRoot) return fail(2, 'System error 5 has occurred. Access is denied.');
    const changed = netUser(session.guest, args.slice(1));
    if (changed === undefined) return fail(2, 'The user name could not be found.');
    session.passwordChanged(changed);
    return say('The command completed successfully.');
  },
};

async function eachFile(
  command: string,
  paths: string[],
  { account, files }: Session,
  read: (hostPath: string, shown: string) => Promise<Buffer>,
): Promise<Outcome> {
  const parts: Buffer[] = [];
  for (const path of paths) {
    try {
      parts.push(await read(files.hostPath(account.home, path), path));
    } catch {
      return {
        code: 1,
        stdout: Buffer.concat(parts),
        stderr: `${command}: ${path}: No such file or directory\n`,
      };
    }
  }
  return { code: 0, stdout: Buffer.concat(parts) };
}
