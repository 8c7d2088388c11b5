/** First-boot user data: gives a new server the account that its customer will sign in with. */
import { type Document, Scalar, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { PlanImage } from '../../schemas/catalog/image.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { BAD_CLOUD_INIT } from './failures.ts';
import { FIRST_BOOT_SCRIPT, firstBootShell, powershellReport, powershellStep } from './first-boot.ts';
import { checkPassword } from './passwords.ts';

export interface FirstBootData {
  image: Pick<PlanImage, 'family' | 'access' | 'cloudInit' | 'powershell'>;
  password: string;
  /** Where the end of the first boot is reported, with its token; nothing is reported without it. */
  reportUrl?: string | null;
}

/**
 * User data for an image: `#cloud-config` for Linux, a PowerShell script for Windows, environment variables for an application on the
 * web (`NAME=value` lines, which no character of name or password can break).
 *
 * @throws TenureFailure `refused`: `bad-password`, or `bad-cloud-init` if the plan's extra first-boot data cannot be
 * merged.
 */
export function buildUserData({ image, password, reportUrl = null }: FirstBootData): string {
  checkPassword(password);
  const account = { username: image.access.username, password };
  if (image.access.protocol === 'web') {
    return `TENURE_USERNAME=${account.username}\nTENURE_PASSWORD=${password}\n`;
  }
  return image.family === 'linux'
    ? cloudConfig(account, image.cloudInit ?? '', reportUrl)
    : powershell(account, image.powershell ?? '', reportUrl);
}

interface NewAccount {
  username: string;
  password: string;
}

/**
 * Checks a plan's extra first-boot data, for the catalogue.
 *
 * @throws TenureFailure `refused` (`bad-cloud-init`) that says what is wrong.
 */
export function checkCloudInit(cloudInit: string): void {
  parseCloudInit(cloudInit);
}

/**
 * The plan's own settings stay as they are written; the account's are added to them and win
 * (https://cloudinit.readthedocs.io/en/latest/reference/modules.html, "Users and Groups", "Set Passwords").
 */
function cloudConfig(
  { username, password }: NewAccount,
  cloudInit: string,
  reportUrl: string | null,
): string {
  const config = parseCloudInit(cloudInit);
  config.set('ssh_pwauth', true);
  if (username === 'root') {
    config.set('disable_root', false);
    // sshd obeys the first value that it reads; images differ in it, and cloud-init leaves root's alone.
    put(config, ['write_files'], 'path', {
      path: '/etc/ssh/sshd_config.d/00-tenure.conf',
      permissions: '0644',
      content: 'PermitRootLogin yes\nPasswordAuthentication yes\n',
    });
  } else {
    // A list of users takes the place of the image's own user unless it names it.
    if (!config.has('users')) config.set('users', config.createNode(['default']));
    put(config, ['users'], 'name', {
      name: username,
      shell: '/bin/bash',
      lock_passwd: false,
      sudo: 'ALL=(ALL) NOPASSWD:ALL',
    });
  }
  if (!config.has('chpasswd')) config.set('chpasswd', config.createNode({}));
  config.setIn(['chpasswd', 'expire'], false);
  put(config, ['chpasswd', 'users'], 'name', { name: username, password, type: 'text' });
  if (reportUrl !== null) reportAtTheEnd(config, reportUrl);
  return `#cloud-config\n${config.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: 1_000 }).trimStart()}`;
}

/** The last of the commands that cloud-init runs, which are the last of all that it does. */
function reportAtTheEnd(config: Document, reportUrl: string): void {
  put(config, ['write_files'], 'path', {
    path: FIRST_BOOT_SCRIPT,
    permissions: '0700',
    content: firstBootShell(reportUrl),
  });
  if (!config.hasIn(['runcmd'])) config.setIn(['runcmd'], config.createNode([]));
  const commands = config.getIn(['runcmd']);
  if (isSeq(commands)) commands.items.push(config.createNode([FIRST_BOOT_SCRIPT]));
}

/** cloud-init reads YAML 1.1, where `yes`, `0644` and `12:30:00` are no strings. */
function parseCloudInit(cloudInit: string): Document {
  // Its first line is written anew; the line itself stays, for the numbers in error messages.
  const config: Document = parseDocument(cloudInit.replace(/^#cloud-config.*/, ''), { version: '1.1' });
  const [error] = config.errors;
  if (error) throw badCloudInit(`${error.code} in line ${error.linePos?.[0].line ?? '?'}`);
  try {
    // Finds what only shows on reading: aliases of nothing, and too many of them.
    config.toJS();
  } catch (unreadable) {
    throw badCloudInit((unreadable as Error).message);
  }
  if (config.contents === null) config.contents = config.createNode({});
  if (!isMap(config.contents)) throw badCloudInit('it is not a mapping');
  if (config.has('chpasswd') && !isMap(config.get('chpasswd')))
    throw badCloudInit('chpasswd is not a mapping');
  for (const path of [['users'], ['write_files'], ['runcmd'], ['chpasswd', 'users']]) {
    if (config.hasIn(path) && !isSeq(config.getIn(path)))
      throw badCloudInit(`${path.join('.')} is not a list`);
  }
  return config;
}

/** Adds an entry to a list, or overwrites these values in the entry that has the same `id`. */
function put(config: Document, path: string[], id: string, values: Record<string, string | boolean>): void {
  if (!config.hasIn(path)) config.setIn(path, config.createNode([]));
  const list = config.getIn(path);
  if (!isSeq(list)) return;
  // A user may also stand there by the bare name.
  list.items = list.items.filter((item) => !(isScalar(item) && item.value === values[id]));
  const known = list.items.find((item) => isMap(item) && item.get(id) === values[id]);
  const entry = isMap(known) ? known : config.createNode({});
  for (const [name, value] of Object.entries(values)) entry.set(name, quoted(value));
  if (entry !== known) list.items.push(entry);
}

/** Text in quotes is text in every version of YAML, and so are the lines of a block. */
function quoted(value: string | boolean): Scalar {
  const scalar = new Scalar(value);
  if (typeof value === 'string')
    scalar.type = value.includes('\n') ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
  return scalar;
}

/**
 * Run once by cloudbase-init (https://cloudbase-init.readthedocs.io/en/latest/userdata.html, "PowerShell"). Neither name
 * nor password can contain a quote. Groups and the firewall rules have other names in other languages: they are
 * addressed by SID and resource id. Remote desktop comes after the account and the image's own part, so that it does not answer before.
 */
function powershell({ username, password }: NewAccount, recipe: string, reportUrl: string | null): string {
  const isBuiltIn = username.toLowerCase() === 'administrator';
  return [
    '#ps1_sysnative',
    // Longer passwords than 14 characters are asked about without /y.
    `net user '${username}' '${password}'${isBuiltIn ? '' : ' /add'} /y`,
    `net user '${username}' /active:yes`,
    `Set-LocalUser -Name '${username}' -PasswordNeverExpires $true`,
    ...(isBuiltIn
      ? []
      : ['S-1-5-32-544', 'S-1-5-32-555'].map(
          (group) =>
            `Add-LocalGroupMember -SID '${group}' -Member '${username}' -ErrorAction SilentlyContinue`,
        )),
    ...(recipe !== '' || reportUrl !== null ? powershellStep(recipe) : []),
    "Enable-NetFirewallRule -Group '@FirewallAPI.dll,-28752'",
    "Set-ItemProperty -Path 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server' -Name fDenyTSConnections -Value 0",
    ...(reportUrl === null ? [] : powershellReport(reportUrl)),
    '',
  ].join('\r\n');
}

function badCloudInit(wrong: string): TenureFailure {
  return new TenureFailure('refused', `The plan’s cloudInit cannot be used: ${wrong}.`, {
    reason: BAD_CLOUD_INIT,
    nextStep: 'Mend image.cloudInit in the catalogue; it must be a #cloud-config mapping.',
  });
}
