import { randomBytes, randomInt, scryptSync, timingSafeEqual } from 'node:crypto';

/** A password as a guest keeps it. */
export interface PasswordHash {
  salt: string;
  hash: string;
}

// Cheap on purpose: a stand-in's passwords need hiding from a reader of its files, not from a cracker.
const scryptCost = { N: 1_024, r: 8, p: 1 };

/** Salts and hashes a password. */
export function hashPassword(password: string): PasswordHash {
  const salt = randomBytes(16).toString('base64');
  return { salt, hash: derive(password, salt).toString('base64') };
}

/** Whether the password is the one that was hashed; takes the same time either way. */
export function passwordMatches(password: string, kept: PasswordHash): boolean {
  return timingSafeEqual(derive(password, kept.salt), Buffer.from(kept.hash, 'base64'));
}

/** Makes up an initial password of 16 characters with at least one of each kind. */
export function makePassword(): string {
  const kinds = ['abcdefghijkmnopqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '#%+=?@[]{}!'];
  const pick = (letters: string): string => letters.charAt(randomInt(letters.length));
  const characters = [...kinds.map(pick), ...Array.from({ length: 12 }, () => pick(kinds.join('')))];
  for (let i = characters.length - 1; i > 0; i -= 1) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] ?? '', characters[i] ?? ''];
  }
  return characters.join('');
}

function derive(password: string, salt: string): Buffer {
  return scryptSync(password, salt, 32, scryptCost);
}
