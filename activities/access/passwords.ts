/** Passwords of new servers. */
import { randomInt } from 'node:crypto';
import { TenureFailure } from '../../schemas/failures.ts';
import { BAD_PASSWORD } from './failures.ts';

/** Without the look-alikes 0 O o, 1 l I, so that a password survives being read aloud. */
const CLASSES = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789'];
const ALPHABET = CLASSES.join('');

/**
 * What passes unharmed and unquoted through YAML, POSIX shells, PowerShell and `net.exe`, and has the length for Windows
 * policies (at most 127 there).
 */
const SAFE_PASSWORD = /^[A-Za-z0-9][A-Za-z0-9._+=@-]{11,126}$/;

/**
 * A new password of letters and digits, with at least one of each class as Windows' complexity rule asks
 * (three of its classes). 24 characters carry 138 bits.
 *
 * @param length at least 20.
 * @throws RangeError if `length` is less.
 */
export function generatePassword(length = 24): string {
  if (length < 20) throw new RangeError('A password needs at least 20 characters.');
  for (;;) {
    const password = Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
    // Drawing anew keeps all acceptable passwords equally likely; about one in thirty is turned down.
    if (CLASSES.every((letters) => [...letters].some((letter) => password.includes(letter)))) return password;
  }
}

/** @throws TenureFailure `refused` (`bad-password`), without the password, if it is not safe to carry around. */
export function checkPassword(password: string): void {
  if (SAFE_PASSWORD.test(password)) return;
  throw new TenureFailure(
    'refused',
    'The password is too short or has characters that are not safe to carry.',
    {
      reason: BAD_PASSWORD,
      nextStep: 'Use 12 to 127 letters, digits and . _ + = @ -, beginning with a letter or digit.',
    },
  );
}
