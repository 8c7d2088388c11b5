import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Account, type GuestRecord, accountOf, newAccount, setPassword } from './record.ts';
import { hashPassword } from './passwords.ts';

/** A file that first boot puts into the guest. */
export interface FirstBootFile {
  path: string;
  content: Buffer;
  append: boolean;
  mode: number;
}

/** A command given as words, as a line of them. */
function joinWords(words: string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

const strings = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const lines = z.union([z.string().transform((text) => text.split('\n')), z.array(z.string())]);

const userShape = z.object({
  name: z.string(),
  plain_text_passwd: z.string().optional(),
  lock_passwd: z.boolean().default(true),
  ssh_authorized_keys: strings.default([]),
  sudo: z.union([strings, z.literal(false), z.null()]).optional(),
  groups: z.union([z.string().transform((text) => text.split(/,\s*/)), z.array(z.string())]).default([]),
});

const configShape = z.object({
  hostname: z.string().optional(),
  password: z.string().optional(),
  ssh_pwauth: z.union([z.boolean(), z.string()]).optional(),
  disable_root: z.union([z.boolean(), z.number()]).optional(),
  ssh_authorized_keys: strings.default([]),
  users: z.array(z.union([z.string(), userShape])).default([]),
  chpasswd: z
    .object({
      expire: z.boolean().default(true),
      list: lines.default([]),
      users: z
        .array(
          z.object({
            name: z.string(),
            password: z.string().optional(),
            type: z.enum(['hash', 'text', 'RANDOM']).default('hash'),
          }),
        )
        .default([]),
    })
    .optional(),
  write_files: z
    .array(
      z.object({
        path: z.string(),
        content: z.string().default(''),
        encoding: z.string().default('text/plain'),
        append: z.boolean().default(false),
        permissions: z.string().default('0644'),
      }),
    )
    .default([]),
  runcmd: z.array(z.union([z.string(), z.array(z.coerce.string()).transform(joinWords)])).default([]),
});

type CloudConfig = z.output<typeof configShape>;
type UserEntry = z.output<typeof userShape>;

/**
 * Applies `#cloud-config` user data to a fresh guest, as cloud-init's first boot does where the default user is
 * root: users, passwords, keys, sshd settings, files and host name. Packages are left out; `runcmd` waits for the boot.
 * As there, user data that cannot be understood is skipped and the machine boots without it.
 *
 * See https://cloudinit.readthedocs.io/en/latest/reference/modules.html
 *
 * @returns the files to write, and the commands to run after that, in order.
 */
export function applyCloudConfig(
  guest: GuestRecord,
  userData: string,
): { files: FirstBootFile[]; commands: string[] } {
  const config = readConfig(userData);
  if (!config) return { files: [], commands: [] };
  if (config.hostname !== undefined) guest.hostname = config.hostname;
  for (const entry of config.users) addUser(guest, entry);
  guest.accounts['root']?.authorizedKeys.push(...config.ssh_authorized_keys);
  setPasswords(guest, config);
  if (config.ssh_pwauth !== undefined) guest.passwordLogin = isTrue(config.ssh_pwauth);
  if (config.disable_root !== undefined) guest.rootLogin = !isTrue(config.disable_root);
  const files = config.write_files.map((file) => ({
    path: file.path,
    content: decode(file.content, file.encoding),
    append: file.append,
    mode: Number.parseInt(file.permissions, 8),
  }));
  return { files, commands: config.runcmd };
}

function readConfig(userData: string): CloudConfig | undefined {
  if (!/^#cloud-config\s*(\n|$)/.test(userData)) return undefined;
  try {
    return configShape.safeParse(parse(userData) ?? {}).data;
  } catch {
    return undefined;
  }
}

function addUser(guest: GuestRecord, entry: string | UserEntry): void {
  // The default user of these images is root, who is there already.
  if (entry === 'default') return;
  const user = typeof entry === 'string' ? userShape.parse({ name: entry }) : entry;
  const account = accountOf(guest, user.name) ?? newAccount('linux', user.name);
  guest.accounts[user.name] = account;
  if (user.plain_text_passwd !== undefined) account.password = hashPassword(user.plain_text_passwd);
  account.locked = user.lock_passwd;
  account.authorizedKeys.push(...user.ssh_authorized_keys);
  if (account.sudo !== 'free') account.sudo = sudoRight(user);
}

function sudoRight(user: UserEntry): Account['sudo'] {
  const rules = Array.isArray(user.sudo) ? user.sudo : [];
  if (rules.some((rule) => rule.includes('NOPASSWD'))) return 'free';
  const privileged = rules.length > 0 || user.groups.some((group) => ['sudo', 'wheel'].includes(group));
  return privileged ? 'password' : 'none';
}

function setPasswords(guest: GuestRecord, config: CloudConfig): void {
  const { chpasswd } = config;
  const wanted = [
    ...(config.password === undefined ? [] : [{ name: 'root', password: config.password }]),
    ...(chpasswd?.list ?? []).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 ? [{ name: line.slice(0, colon), password: line.slice(colon + 1) }] : [];
    }),
    // A hash cannot be checked here and a random password is told to nobody, so neither opens the account.
    ...(chpasswd?.users ?? []).flatMap(({ name, password, type }) =>
      type === 'text' && password !== undefined ? [{ name, password }] : [],
    ),
  ];
  for (const { name, password } of wanted) {
    const account = accountOf(guest, name);
    if (!account) continue;
    setPassword(account, password);
    account.mustChangePassword = chpasswd?.expire ?? true;
  }
}

function decode(content: string, encoding: string): Buffer {
  const packed = /^(gz|gzip)/.test(encoding);
  const bytes = Buffer.from(content, /b64|base64/.test(encoding) ? 'base64' : packed ? 'binary' : 'utf8');
  return packed ? gunzipSync(bytes) : bytes;
}

function isTrue(value: boolean | string | number): boolean {
  return value === true || value === 1 || (typeof value === 'string' && /^(true|yes|on|1)$/i.test(value));
}
