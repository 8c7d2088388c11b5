/** The driver as the configuration describes it. */
import { readFileSync } from 'node:fs';
import type { Config } from '../../../schemas/config.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { ProxmoxOptions } from '../proxmox.ts';
import { readIpPool } from './addresses.ts';

/** @returns `null` without a token. @throws TenureFailure `refused` (`bad-setting`) that names the setting */
export function readProxmoxOptions(config: Config): ProxmoxOptions | null {
  const { PROXMOX_TOKEN: token, PROXMOX_API_BASE: apiBase } = config;
  if (token === undefined || apiBase === undefined) return null;
  if (!/^[^@!=\s]+@[^@!=\s]+![^@!=\s]+=\S+$/.test(token)) {
    throw badSetting('PROXMOX_TOKEN', 'is not of the form USER@REALM!ID=SECRET');
  }
  const range = { from: config.PROXMOX_VMID_FROM, to: config.PROXMOX_VMID_TO };
  if (range.to < range.from) throw badSetting('PROXMOX_VMID_TO', 'is less than PROXMOX_VMID_FROM');
  const { PROXMOX_SNIPPET_STORAGE: storage, PROXMOX_SNIPPET_DIR: directory } = config;
  return {
    apiBase,
    token,
    ca: config.PROXMOX_CA_FILE === undefined ? undefined : readCa(config.PROXMOX_CA_FILE),
    timeoutMs: config.PROXMOX_TIMEOUT_MS,
    requestsPerSecond: config.PROXMOX_REQUESTS_PER_SECOND,
    taskWaitMs: config.PROXMOX_TASK_WAIT_MS,
    pollMs: config.PROXMOX_POLL_MS,
    createSettleMs: config.PROXMOX_CREATE_SETTLE_MS,
    range,
    rules: { nodes: list(config.PROXMOX_NODES), memoryOvercommit: config.PROXMOX_MEMORY_OVERCOMMIT },
    pool: config.PROXMOX_IP_POOL === undefined ? null : readIpPool(config.PROXMOX_IP_POOL),
    nameservers: list(config.PROXMOX_NAMESERVERS),
    snippets: storage !== undefined && directory !== undefined ? { storage, directory } : null,
    backupStorage: config.PROXMOX_BACKUP_STORAGE ?? null,
    resourcePool: config.PROXMOX_POOL,
  };
}

function list(setting: string): string[] {
  return setting
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badSetting('PROXMOX_CA_FILE', `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function badSetting(name: string, wrong: string): TenureFailure {
  return new TenureFailure('refused', `${name}: ${wrong}.`, {
    reason: 'bad-setting',
    nextStep: `Mend ${name} and start again.`,
  });
}
