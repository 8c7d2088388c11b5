import type { FirstBootWork } from './first-boot.ts';
import type { GuestService } from './services.ts';
import { lookUp } from '../shared/lookup.ts';
import { type PasswordHash, hashPassword } from './passwords.ts';

export type OsFamily = 'linux' | 'windows';

/** One account of a guest. */
export interface Account {
  name: string;
  /** Absolute path inside the guest. */
  home: string;
  /** null: no password works. */
  password: PasswordHash | null;
  /** A locked password is refused until a new one is set. */
  locked: boolean;
  /** Lets the user in, and then into nothing but a password change, as `chage -d 0` does. */
  mustChangePassword: boolean;
  /** Public keys in the form of an `authorized_keys` line. */
  authorizedKeys: string[];
  /** What `sudo` says: no, only with a password, or yes. */
  sudo: 'none' | 'password' | 'free';
}

/** What a guest is, apart from its files. */
export interface GuestRecord {
  family: OsFamily;
  /** As the image is called, e.g. `Ubuntu 24.04 LTS x64`. */
  osName: string;
  hostname: string;
  /** Private key as PEM (SEC 1), kept over restarts so that clients can pin it. */
  hostKey: string;
  /** Certificate of the remote desktop listener; only on Windows. */
  tls?: { key: string; cert: string };
  accounts: Record<string, Account>;
  /** Whether sshd takes passwords at all. */
  passwordLogin: boolean;
  /** Whether sshd lets root in. */
  rootLogin: boolean;
  /** What the first boot has to do, or has done. */
  firstBoot?: FirstBootWork | undefined;
  /** What runs in it: brought up by its first boot, and by each boot after that. */
  services?: GuestService[];
  /** Units of systemd that were started. */
  units?: string[];
}

/** The account that an image comes with. */
export function superuserOf(family: OsFamily): string {
  return family === 'windows' ? 'Administrator' : 'root';
}

/** The account of that name; Windows does not tell upper from lower case. */
export function accountOf(guest: GuestRecord, name: string): Account | undefined {
  if (guest.family === 'linux') return lookUp(guest.accounts, name);
  return Object.values(guest.accounts).find((account) => account.name.toLowerCase() === name.toLowerCase());
}

/** A new account without a password; it may not use `sudo` unless it is the image's superuser. */
export function newAccount(family: OsFamily, name: string): Account {
  const isSuperuser = name === superuserOf(family);
  return {
    name,
    home: family === 'windows' ? `/Users/${name}` : isSuperuser ? '/root' : `/home/${name}`,
    password: null,
    locked: false,
    mustChangePassword: false,
    authorizedKeys: [],
    sudo: isSuperuser ? 'free' : 'none',
  };
}

/** Sets a password; like `chpasswd`, that also unlocks the account. */
export function setPassword(account: Account, password: string): void {
  account.password = hashPassword(password);
  account.locked = false;
  account.mustChangePassword = false;
}
