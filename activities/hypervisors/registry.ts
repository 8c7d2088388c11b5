/** The providers that Tenure can place instances at. A new driver is added here and nowhere else. */
import type { Config } from '../../schemas/config.ts';
import { createContaboDriver } from './contabo.ts';
import { readContaboOptions } from './contabo/configured.ts';
import { createCoolifyDriver } from './coolify.ts';
import { readCoolifyOptions } from './coolify/configured.ts';
import { createKubevirtDriver } from './kubevirt.ts';
import { readKubevirtOptions } from './kubevirt/configured.ts';
import { createOpenStackDriver } from './openstack.ts';
import { readOpenStackOptions } from './openstack/configured.ts';
import type { Hypervisor } from './port.ts';
import { createProxmoxDriver } from './proxmox.ts';
import { readProxmoxOptions } from './proxmox/configured.ts';
import { createVultrDriver } from './vultr.ts';

/** Each makes its driver from the configuration, or `null` if the provider is not configured. */
const DRIVERS: ((config: Config) => Hypervisor | null)[] = [
  (config) =>
    config.VULTR_API_KEY === undefined
      ? null
      : createVultrDriver({
          apiKey: config.VULTR_API_KEY,
          apiBase: config.VULTR_API_BASE,
          timeoutMs: config.VULTR_TIMEOUT_MS,
          createSettleMs: config.VULTR_CREATE_SETTLE_MS,
          pollMs: config.VULTR_POLL_MS,
          requestsPerSecond: config.VULTR_REQUESTS_PER_SECOND,
        }),
  ifConfigured(readProxmoxOptions, createProxmoxDriver),
  ifConfigured(readContaboOptions, createContaboDriver),
  ifConfigured(readCoolifyOptions, createCoolifyDriver),
  ifConfigured(readOpenStackOptions, createOpenStackDriver),
  ifConfigured(readKubevirtOptions, createKubevirtDriver),
];

function ifConfigured<Options>(
  read: (config: Config) => Options | null,
  create: (options: Options) => Hypervisor,
): (config: Config) => Hypervisor | null {
  return (config) => {
    const options = read(config);
    return options && create(options);
  };
}

/** The drivers of all configured providers, by name. */
export function createHypervisors(config: Config): ReadonlyMap<string, Hypervisor> {
  const drivers = DRIVERS.map((create) => create(config)).filter((driver) => driver !== null);
  return new Map(drivers.map((driver) => [driver.name, driver]));
}
