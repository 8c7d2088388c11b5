import { type GuestRecord, accountOf, newAccount, setPassword } from './record.ts';
import { splitWords } from './words.ts';

/**
 * Applies PowerShell user data (`#ps1_sysnative`, `#ps1_x86` or `#ps1`) to a fresh Windows guest, as
 * cloudbase-init's first boot does; of the script, only its `net user` lines are carried out.
 *
 * @returns where the script reports its end, if it does.
 */
export function applyPowershell(guest: GuestRecord, userData: string): string | undefined {
  if (!/^#ps1(_sysnative|_x86)?\s*(\n|$)/.test(userData)) return undefined;
  for (const line of userData.split(/\r?\n/)) {
    const words = splitWords(line);
    if (/^net(\.exe)?$/i.test(words[0] ?? '') && /^user$/i.test(words[1] ?? ''))
      netUser(guest, words.slice(2));
  }
  return /^\$tenureUrl = '([^']+)'\r?$/m.exec(userData)?.[1];
}

/**
 * `net user NAME PASSWORD [/add]`: sets a password, or adds an account with one. Names are case-insensitive.
 *
 * @returns the account, or undefined when there is none of that name and `/add` was not given.
 */
export function netUser(guest: GuestRecord, words: string[]): string | undefined {
  const [name, password] = words.filter((word) => !word.startsWith('/'));
  if (name === undefined || password === undefined) return undefined;
  const adds = words.some((word) => /^\/add$/i.test(word));
  const account = accountOf(guest, name) ?? (adds ? newAccount('windows', name) : undefined);
  if (!account) return undefined;
  guest.accounts[account.name] = account;
  setPassword(account, password);
  return account.name;
}
