import { type Config, ConfigError } from '../../../schemas/config.ts';
import type { OpenStackOptions } from '../openstack.ts';
import { readNetworks } from './plan.ts';
import type { Credentials } from './session.ts';

/** The driver's options from the configuration, or `null` if OpenStack is not configured. @throws ConfigError if it is by halves. */
export function readOpenStackOptions(config: Config): OpenStackOptions | null {
  const credentials = readCredentials(config);
  if (config.OPENSTACK_AUTH_URL === undefined) {
    if (!credentials) return null;
    throw new ConfigError('OPENSTACK_AUTH_URL: is not set, but OpenStack’s credentials are.');
  }
  if (!credentials) {
    throw new ConfigError(
      'OPENSTACK_AUTH_URL is set: give OPENSTACK_APPLICATION_CREDENTIAL_ID and OPENSTACK_APPLICATION_CREDENTIAL_SECRET, or OPENSTACK_USERNAME, OPENSTACK_PASSWORD and OPENSTACK_PROJECT_ID or OPENSTACK_PROJECT.',
    );
  }
  return {
    authUrl: config.OPENSTACK_AUTH_URL,
    credentials,
    region: config.OPENSTACK_REGION,
    interface: config.OPENSTACK_INTERFACE,
    networks: readNetworks(config.OPENSTACK_NETWORKS),
    floatingNetwork: config.OPENSTACK_FLOATING_NETWORK,
    timeoutMs: config.OPENSTACK_TIMEOUT_MS,
    createSettleMs: config.OPENSTACK_CREATE_SETTLE_MS,
    pollMs: config.OPENSTACK_POLL_MS,
    requestsPerSecond: config.OPENSTACK_REQUESTS_PER_SECOND,
  };
}

/** An application credential goes before a user: it can be limited and taken back alone. */
function readCredentials(config: Config): Credentials | null {
  const { OPENSTACK_APPLICATION_CREDENTIAL_ID: id, OPENSTACK_APPLICATION_CREDENTIAL_SECRET: secret } = config;
  if (id !== undefined && secret !== undefined) return { applicationCredential: { id, secret } };
  const { OPENSTACK_USERNAME: name, OPENSTACK_PASSWORD: password } = config;
  if (name === undefined || password === undefined) return null;
  const user = { name, password, domain: config.OPENSTACK_USER_DOMAIN };
  if (config.OPENSTACK_PROJECT_ID !== undefined)
    return { user, project: { id: config.OPENSTACK_PROJECT_ID } };
  if (config.OPENSTACK_PROJECT === undefined) {
    throw new ConfigError('OPENSTACK_USERNAME is set: give OPENSTACK_PROJECT_ID or OPENSTACK_PROJECT, too.');
  }
  return { user, project: { name: config.OPENSTACK_PROJECT, domain: config.OPENSTACK_PROJECT_DOMAIN } };
}
