/** Changing an instance's password without ever losing the one that works. */
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { OPERATION_REASONS } from '../../schemas/operations/operations.ts';
import { CREDENTIALS_REFUSED } from '../access/failures.ts';
import { generatePassword } from '../access/passwords.ts';
import { changePasswordOverSsh, trySsh, type SshLogin } from '../access/ssh.ts';
import type { InstanceRows, InstanceTarget } from './rows.ts';
import { isShutOut } from './verify.ts';

export interface RotateDependencies {
  rows: InstanceRows;
  secretBox: SecretBox;
  probeTimeoutMs: number;
}

/**
 * Writes the new password as pending, sets it on the server, tries it, and only then makes it the one that counts. Repeated after a crash
 * it finds out which of the two works.
 */
export async function changeCredentials(
  { rows, secretBox, probeTimeoutMs }: RotateDependencies,
  target: InstanceTarget & { key: string },
): Promise<void> {
  const row = await rows.load(target);
  if (row.protocol !== 'ssh') {
    const where = row.protocol === 'rdp' ? 'a Windows server' : 'an application';
    throw new TenureFailure('refused', `The password of ${where} is changed there itself.`, {
      reason: 'not-supported',
      nextStep: 'Sign in and change it there.',
    });
  }
  if (row.credentialsUnknown) {
    throw new TenureFailure(
      'refused',
      'The password of this server was never told to us, so it cannot be changed here.',
      {
        reason: 'credentials-unknown',
        nextStep: 'Change it on the server itself.',
      },
    );
  }
  if (isShutOut(row)) {
    throw new TenureFailure('refused', 'The firewall of this server keeps us out.', {
      reason: OPERATION_REASONS.shutOut,
      nextStep: `Open port ${row.port} to 0.0.0.0/0 for the moment, then ask again.`,
    });
  }
  const context = `instance/${row.id}`;
  const pending = row.pendingSecret ?? secretBox.seal(generatePassword(), context);
  if (row.pendingSecret === null) await rows.save(target, { pendingSecret: pending });

  const login: SshLogin = {
    address: row.address ?? '',
    port: row.port,
    username: row.username,
    password: secretBox.open(pending, context),
    timeoutMs: probeTimeoutMs,
    ...(row.fingerprint === null ? {} : { expectHostKey: row.fingerprint }),
  };
  if (!(await works(login))) {
    const current = { ...login, password: secretBox.open(row.secret, context) };
    await changePasswordOverSsh({ ...current, newPassword: login.password });
  }
  await rows.save(
    target,
    { secret: pending, pendingSecret: null, credentialsVerifiedAt: new Date() },
    { kind: 'credentials-verified', row, occasion: target.key },
  );
}

async function works(login: SshLogin): Promise<boolean> {
  try {
    await trySsh(login);
    return true;
  } catch (error) {
    if (error instanceof TenureFailure && error.details.reason === CREDENTIALS_REFUSED) return false;
    throw error;
  }
}
