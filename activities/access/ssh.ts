/** Entering a server over SSH with a password, to prove that the credentials work, and changing that password. */
import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import { TenureFailure } from '../../schemas/failures.ts';
import {
  CREDENTIALS_REFUSED,
  IDENTITY_CHANGED,
  NOT_ANSWERING,
  PASSWORD_CHANGE_REFUSED,
  SESSION_UNUSABLE,
} from './failures.ts';
import { checkPassword } from './passwords.ts';

export interface SshLogin {
  /** IPv4 or IPv6 address, or a name. */
  address: string;
  port: number;
  username: string;
  password: string;
  /** Limit of the whole visit, from connecting to the end of the command, in ms. */
  timeoutMs: number;
  /** The host key's fingerprint from an earlier visit; another one is refused before the password is sent. */
  expectHostKey?: string;
}

export interface SshProof {
  /** `SHA256:…` as OpenSSH prints it. */
  hostKeyFingerprint: string;
  /** What the server shows before the login (RFC 4252, section 5.4), if anything. */
  banner?: string;
}

/**
 * Logs in with the password and runs `true`.
 *
 * @throws TenureFailure `retryable`: `not-answering`, `credentials-refused` (first boot may still set them),
 * `session-unusable`; `needs-a-human`: `identity-changed`.
 */
export async function trySsh(login: SshLogin): Promise<SshProof> {
  const { proof, exitCode, errorOutput } = await visit(login, 'true', '');
  if (exitCode === 0) return proof;
  throw new TenureFailure(
    'retryable',
    `The login on ${login.address} works, but no command runs: ${errorOutput}`,
    {
      reason: SESSION_UNUSABLE,
      upstream: `exit ${exitCode}`,
    },
  );
}

/**
 * Logs in with the password and runs a command without input.
 *
 * @returns its exit code (-1 if it was killed), and one line of at most 200 characters of what it said about errors
 * @throws TenureFailure as {@link trySsh}
 */
export async function runOverSsh(
  login: SshLogin,
  command: string,
): Promise<{ exitCode: number; errorOutput: string }> {
  const { exitCode, errorOutput } = await visit(login, command, '');
  return { exitCode, errorOutput };
}

/**
 * Gives the account a new password and proves it. Repeating it after a lost answer finds the new password in place and
 * succeeds. The password goes over standard input, never into a command line, where other users could see it.
 *
 * @throws TenureFailure as {@link trySsh}; `refused`: `bad-password`; `needs-a-human`: `password-change-refused`.
 */
export async function changePasswordOverSsh(login: SshLogin & { newPassword: string }): Promise<SshProof> {
  const { newPassword, ...current } = login;
  checkPassword(newPassword);
  const command = login.username === 'root' ? 'chpasswd' : 'sudo -n chpasswd';
  const changed = { ...current, password: newPassword };
  try {
    const { exitCode, errorOutput } = await visit(current, command, `${login.username}:${newPassword}\n`);
    if (exitCode !== 0) throw passwordChangeRefused(login.address, errorOutput);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Refused because an earlier attempt, whose answer was lost, has changed it? Else say what happened first.
    return trySsh(changed).catch((second: unknown) => {
      throw isRefusal(second) ? error : second;
    });
  }
  return trySsh(changed);
}

interface Visit {
  proof: SshProof;
  exitCode: number;
  /** One line, at most 200 characters. */
  errorOutput: string;
}

function visit(login: SshLogin, command: string, input: string): Promise<Visit> {
  const { address, port, username, password, timeoutMs, expectHostKey } = login;
  const client = new ssh2.Client();
  let hostKeyFingerprint = '';
  let banner: string | undefined;
  return new Promise<Visit>((resolve, reject) => {
    // The library's own limit ends with the login; a command that hangs is as bad.
    const timer = setTimeout(() => reject(notAnswering(address, port, 'timeout')), timeoutMs);
    const finish = <T>(settle: (value: T) => void, value: T): void => {
      clearTimeout(timer);
      settle(value);
    };
    client.on('banner', (text) => (banner = text));
    client.on('error', (error) => {
      const isOther = expectHostKey !== undefined && hostKeyFingerprint !== expectHostKey;
      finish(
        reject,
        isOther && hostKeyFingerprint ? identityChanged(login, hostKeyFingerprint) : toFailure(login, error),
      );
    });
    client.on('close', () => finish(reject, notAnswering(address, port, 'closed')));
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) => {
      answer(prompts.map(() => password));
    });
    client.on('ready', () => {
      run(client, command, input).then(
        (outcome) => finish(resolve, { proof: { hostKeyFingerprint, banner }, ...outcome }),
        (error: Error) => finish(reject, toFailure(login, error)),
      );
    });
    client.connect({
      host: address,
      port,
      username,
      password,
      // PAM set-ups offer passwords as an interactive dialogue only.
      tryKeyboard: true,
      authHandler: ['password', 'keyboard-interactive'],
      readyTimeout: timeoutMs,
      hostVerifier: (key: Buffer) => {
        hostKeyFingerprint = fingerprintOf(key);
        return expectHostKey === undefined || hostKeyFingerprint === expectHostKey;
      },
    });
  }).finally(() => client.destroy());
}

function run(client: ssh2.Client, command: string, input: string): Promise<Omit<Visit, 'proof'>> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      let exitCode = -1;
      let errorOutput = '';
      channel.stderr.on(
        'data',
        (chunk: Buffer) => (errorOutput = `${errorOutput}${chunk.toString()}`.slice(0, 200)),
      );
      channel.on('exit', (code: number | null) => (exitCode = code ?? -1));
      channel.on('close', () =>
        resolve({ exitCode, errorOutput: errorOutput.replaceAll(/\s+/g, ' ').trim() }),
      );
      channel.resume();
      channel.end(input);
    });
  });
}

/** SHA-256 of the public key blob in unpadded base64, as `ssh-keygen -l` prints it. */
function fingerprintOf(publicKey: Buffer): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}

function toFailure({ address, port, username }: SshLogin, error: Error & { level?: string }): TenureFailure {
  if (error.level !== 'client-authentication') return notAnswering(address, port, error.level ?? 'protocol');
  return new TenureFailure('retryable', `${address} refuses the password of ${username}.`, {
    reason: CREDENTIALS_REFUSED,
  });
}

function isRefusal(error: unknown): boolean {
  return error instanceof TenureFailure && error.details.reason === CREDENTIALS_REFUSED;
}

function notAnswering(address: string, port: number, upstream: string): TenureFailure {
  return new TenureFailure('retryable', `Nobody answers SSH on ${address} port ${port} (${upstream}).`, {
    reason: NOT_ANSWERING,
    upstream,
  });
}

function identityChanged({ address, expectHostKey }: SshLogin, found: string): TenureFailure {
  return new TenureFailure(
    'needs-a-human',
    `${address} shows the host key ${found} instead of ${expectHostKey}.`,
    {
      reason: IDENTITY_CHANGED,
      nextStep: 'Find out whether the server was reinstalled or somebody else answers in its place.',
    },
  );
}

function passwordChangeRefused(address: string, errorOutput: string): TenureFailure {
  return new TenureFailure(
    'needs-a-human',
    `${address} does not let the password be changed: ${errorOutput}`,
    {
      reason: PASSWORD_CHANGE_REFUSED,
      nextStep: 'Give the account the right to run chpasswd with sudo, or set the password by hand.',
    },
  );
}
