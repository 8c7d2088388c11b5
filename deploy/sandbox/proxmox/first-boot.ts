/** What a machine's first boot reads: files on the snippet storage, or what the cluster makes of the machine's settings. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import type { GuestSetup } from '../guests/guests.ts';
import type { Vm } from './state.ts';

/** The guest that a machine becomes at its first start. @throws Error, as the start fails, where a snippet is missing */
export function guestSetup(vm: Vm, snippetDir: string): GuestSetup {
  return {
    family: vm.family,
    osName: vm.osName,
    hostname: String(vm.config['name'] ?? 'localhost').split('.')[0] ?? 'localhost',
    userData: userDataOf(vm, snippetDir),
    // Images have none; a random one that nobody is told comes to the same.
    initialPassword: crypto.randomUUID(),
    limitedUser: false,
    authorizedKeys: [],
  };
}

function userDataOf(vm: Vm, snippetDir: string): string {
  const custom = /user=([^:]+:snippets\/([^,]+))/.exec(String(vm.config['cicustom'] ?? ''));
  if (custom) {
    const [, volume = '', file = ''] = custom;
    const path = join(snippetDir, basename(file));
    if (!existsSync(path)) throw new Error(`volume '${volume}' does not exist`);
    return readFileSync(path, 'utf8');
  }
  const user = String(vm.config['ciuser'] ?? (vm.family === 'windows' ? 'Administrator' : 'root'));
  if (vm.family === 'windows') {
    return vm.password === '' ? '' : `#ps1_sysnative\r\nnet user '${user}' '${vm.password}'\r\n`;
  }
  const keys = decodeURIComponent(String(vm.config['sshkeys'] ?? ''))
    .split('\n')
    .filter(Boolean);
  const account = {
    name: user,
    ssh_authorized_keys: keys,
    lock_passwd: false,
    ...(user !== 'root' && { sudo: 'ALL=(ALL) NOPASSWD:ALL' }),
  };
  const secret = { name: user, password: vm.password, type: 'text' };
  return `#cloud-config\n${stringify({
    users: [account],
    disable_root: user !== 'root',
    // The templates let passwords in.
    ssh_pwauth: true,
    ...(vm.password !== '' && { chpasswd: { expire: false, users: [secret] } }),
  })}`;
}
