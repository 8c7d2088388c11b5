/**
 * First-boot data. Proxmox VE writes the guest's user data itself, from a user name, a password and keys; its API has no way to
 * hand over other user data. A file on a snippet storage can take its place, but must be put there by other means. So:
 * with a snippet directory the user data goes there as it is; without one, what can be said in settings is, and the rest is refused.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

/** Where files for first boot go: the storage's id, and its `snippets` directory as this machine sees it. */
export interface Snippets {
  storage: string;
  directory: string;
}

const keys = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

/** What settings can say, and what a template that is made for Tenure has anyway (docs/providers/proxmox.md). */
const CloudConfig = z.strictObject({
  hostname: z.string().optional(),
  ssh_pwauth: z.literal(true).optional(),
  disable_root: z.literal(false).optional(),
  ssh_authorized_keys: keys.default([]),
  users: z
    .array(
      z.union([
        z.literal('default'),
        z.strictObject({
          name: z.string(),
          shell: z.string().optional(),
          lock_passwd: z.literal(false).optional(),
          sudo: z.union([z.string(), z.array(z.string())]).optional(),
          ssh_authorized_keys: keys.default([]),
        }),
      ]),
    )
    .default([]),
  chpasswd: z
    .strictObject({
      expire: z.literal(false),
      users: z
        .array(z.strictObject({ name: z.string(), password: z.string(), type: z.literal('text') }))
        .max(1),
    })
    .optional(),
  // Tenure's own: sshd's rule that lets passwords in.
  write_files: z.array(z.object({ path: z.literal('/etc/ssh/sshd_config.d/00-tenure.conf') })).default([]),
});

/** The cloud-init settings of a machine. @throws TenureFailure `refused` (`bad-plan`) if settings cannot say it all. */
export function cloudInitOf(userData: string): Record<string, string> {
  if (userData.trim() === '') return {};
  const account = userData.startsWith('#ps1') ? accountOfPowershell(userData) : accountOfYaml(userData);
  if (account === null) throw beyondSettings();
  const { user, password, authorizedKeys } = account;
  return {
    ...(user !== undefined && { ciuser: user }),
    ...(password !== undefined && { cipassword: password }),
    // This value is URL-encoded by itself, whatever the body is.
    ...(authorizedKeys.length > 0 && { sshkeys: encodeURIComponent(authorizedKeys.join('\n')) }),
  };
}

interface Account {
  user?: string;
  password?: string;
  authorizedKeys: string[];
}

function accountOfYaml(userData: string): Account | null {
  if (!/^#cloud-config\s*(\n|$)/.test(userData)) return null;
  const config = CloudConfig.safeParse(readYaml(userData)).data;
  if (config === undefined) return null;
  const named = config.users.filter((user) => user !== 'default');
  const [secret] = config.chpasswd?.users ?? [];
  const names = new Set([...named.map(({ name }) => name), ...(secret ? [secret.name] : [])]);
  // There is one account to set, and it gets all keys.
  if (names.size > 1) return null;
  return {
    user: [...names][0],
    password: secret?.password,
    authorizedKeys: [...config.ssh_authorized_keys, ...named.flatMap((user) => user.ssh_authorized_keys)],
  };
}

function readYaml(userData: string): unknown {
  try {
    return parse(userData) ?? {};
  } catch {
    return undefined;
  }
}

/** Reads the account out of the script that Tenure's Windows plans boot with. */
function accountOfPowershell(userData: string): Account | null {
  const [, user, password] = /^net user '([^']+)' '([^']+)'/m.exec(userData) ?? [];
  return user === undefined ? null : { user, password, authorizedKeys: [] };
}

function beyondSettings(): TenureFailure {
  const message = 'The plan’s first-boot data says more than Proxmox VE’s API can hand to a machine.';
  return new TenureFailure('refused', message, {
    reason: REASONS.badPlan,
    nextStep: 'Set PROXMOX_SNIPPET_STORAGE and PROXMOX_SNIPPET_DIR, or put it into the template.',
  });
}

/** Puts the user data where the machine's host reads it. @returns the setting that names it */
export async function writeSnippet(snippets: Snippets, ref: string, userData: string): Promise<string> {
  const file = fileOf(ref);
  try {
    await mkdir(snippets.directory, { recursive: true });
    await writeFile(join(snippets.directory, file), userData, { mode: 0o640 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TenureFailure('needs-a-human', `First-boot data cannot be written (${code ?? 'unknown'}).`, {
      reason: 'snippets-unwritable',
      nextStep: 'Check that PROXMOX_SNIPPET_DIR is mounted and that the worker may write there.',
    });
  }
  return `user=${snippets.storage}:snippets/${file}`;
}

/** Removes it after the machine: before, the machine could not start without it. */
export async function removeSnippet(snippets: Snippets, ref: string): Promise<void> {
  await rm(join(snippets.directory, fileOf(ref)), { force: true });
}

function fileOf(ref: string): string {
  return `tenure-${ref}.yaml`;
}
