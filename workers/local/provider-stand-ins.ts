/** The providers' stand-ins of the local runtime: when each is used, where it listens, and how Tenure is connected to it. */
import { PROJECT_UUID, SERVER_UUIDS } from '../../deploy/sandbox/coolify/state.ts';

export const PROVIDER_STAND_INS = [
  'vultr',
  'contabo',
  'proxmox',
  'openstack',
  'kubevirt',
  'coolify',
] as const;
export type ProviderStandIn = (typeof PROVIDER_STAND_INS)[number];

interface StandInSettings {
  /** Whoever sets one of these means a real provider; an address alone may be a proxy's in front of the stand-in. */
  credentials: readonly string[];
  /** Its port's setting, and the port that is tried first. */
  port: [setting: string, preferred: number];
  /** Settings that connect Tenure to it. @param origin its address @param stateDir its own directory */
  env(origin: string, key: string, stateDir: string): Record<string, string>;
}

/** A stand-in boots in seconds and answers at once: it is looked at more often than a cloud, and a lost create is settled soon. */
function hasty(prefix: string): Record<string, string> {
  return {
    [`${prefix}_POLL_MS`]: '250',
    [`${prefix}_TIMEOUT_MS`]: '3000',
    [`${prefix}_CREATE_SETTLE_MS`]: '3500',
  };
}

const SETTINGS: Record<ProviderStandIn, StandInSettings> = {
  vultr: {
    credentials: ['VULTR_API_KEY'],
    port: ['SANDBOX_VULTR_PORT', 4101],
    env: (origin, key) => ({ VULTR_API_BASE: `${origin}/v2`, VULTR_API_KEY: key, ...hasty('VULTR') }),
  },
  contabo: {
    credentials: ['CONTABO_CLIENT_ID', 'CONTABO_CLIENT_SECRET', 'CONTABO_USERNAME', 'CONTABO_PASSWORD'],
    port: ['SANDBOX_CONTABO_PORT', 4104],
    env: (origin, key) => ({
      CONTABO_API_BASE: `${origin}/v1`,
      CONTABO_AUTH_URL: `${origin}/auth/realms/contabo/protocol/openid-connect/token`,
      CONTABO_CLIENT_ID: 'sandbox-contabo-client',
      CONTABO_CLIENT_SECRET: key,
      CONTABO_USERNAME: 'sandbox@example.com',
      CONTABO_PASSWORD: key,
      ...hasty('CONTABO'),
    }),
  },
  proxmox: {
    credentials: ['PROXMOX_TOKEN'],
    port: ['SANDBOX_PROXMOX_PORT', 4105],
    env: (origin, key, stateDir) => ({
      PROXMOX_API_BASE: `${origin}/api2/json`,
      PROXMOX_TOKEN: `tenure@pve!sandbox=${key}`,
      PROXMOX_SNIPPET_STORAGE: 'snippets',
      PROXMOX_SNIPPET_DIR: `${stateDir}/snippets`,
      PROXMOX_BACKUP_STORAGE: 'backup',
      ...hasty('PROXMOX'),
    }),
  },
  openstack: {
    credentials: [
      'OPENSTACK_APPLICATION_CREDENTIAL_ID',
      'OPENSTACK_APPLICATION_CREDENTIAL_SECRET',
      'OPENSTACK_USERNAME',
      'OPENSTACK_PASSWORD',
    ],
    port: ['SANDBOX_OPENSTACK_PORT', 4106],
    env: (origin, key) => ({
      OPENSTACK_AUTH_URL: `${origin}/identity/v3`,
      OPENSTACK_APPLICATION_CREDENTIAL_ID: 'sandbox-openstack-credential',
      OPENSTACK_APPLICATION_CREDENTIAL_SECRET: key,
      ...hasty('OPENSTACK'),
    }),
  },
  kubevirt: {
    credentials: ['KUBEVIRT_TOKEN'],
    port: ['SANDBOX_KUBEVIRT_PORT', 4107],
    env: (origin, key) => ({ KUBEVIRT_API_BASE: origin, KUBEVIRT_TOKEN: key, ...hasty('KUBEVIRT') }),
  },
  coolify: {
    credentials: ['COOLIFY_TOKEN'],
    port: ['SANDBOX_COOLIFY_PORT', 4108],
    env: (origin, key) => ({
      COOLIFY_API_BASE: `${origin}/api/v1`,
      COOLIFY_TOKEN: key,
      COOLIFY_PROJECT_UUID: PROJECT_UUID,
      COOLIFY_SERVER_UUID: SERVER_UUIDS[0] ?? '',
      ...hasty('COOLIFY'),
    }),
  },
};

/**
 * The providers that are played here: all where nobody has connected any. As soon as one is real, only the first one is played as long
 * as it is not the real one: servers of all providers are signed in to at one port, and nobody is to buy one that is not there.
 */
export function chooseProviderStandIns(env: NodeJS.ProcessEnv): ProviderStandIn[] {
  const played = PROVIDER_STAND_INS.filter((name) => !SETTINGS[name].credentials.some((key) => env[key]));
  return played.length === PROVIDER_STAND_INS.length ? played : played.filter((name) => name === 'vultr');
}

export function portOfStandIn(name: ProviderStandIn): [setting: string, preferred: number] {
  return SETTINGS[name].port;
}

/** Settings that connect Tenure to a stand-in. @param stateDir the stand-in's own directory */
export function standInEnvironment(
  name: ProviderStandIn,
  port: number,
  key: string,
  stateDir: string,
): Record<string, string> {
  return SETTINGS[name].env(`http://127.0.0.1:${port}`, key, stateDir);
}
