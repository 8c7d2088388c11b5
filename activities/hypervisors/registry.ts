/** The providers that Tenure can place instances at. A new driver is added here and nowhere else. */
import type { Config } from '../../schemas/config.ts';
import type { Pace } from '../http/pace.ts';
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

/** What keeps one provider's calls to its quota; `undefined` leaves that to the driver. */
export type PaceOf = (provider: string, perSecond: number) => Pace | undefined;

/** Each makes its driver from the configuration, or `null` if the provider is not configured. */
const DRIVERS: ((config: Config, paceOf: PaceOf) => Hypervisor | null)[] = [
  (config, paceOf) =>
    config.VULTR_API_KEY === undefined
      ? null
      : createVultrDriver({
          pace: paceOf('vultr', config.VULTR_REQUESTS_PER_SECOND),
          apiKey: config.VULTR_API_KEY,
          apiBase: config.VULTR_API_BASE,
          timeoutMs: config.VULTR_TIMEOUT_MS,
          createSettleMs: config.VULTR_CREATE_SETTLE_MS,
          pollMs: config.VULTR_POLL_MS,
          requestsPerSecond: config.VULTR_REQUESTS_PER_SECOND,
        }),
  ifConfigured('proxmox', readProxmoxOptions, createProxmoxDriver),
  ifConfigured('contabo', readContaboOptions, createContaboDriver),
  ifConfigured('coolify', readCoolifyOptions, createCoolifyDriver),
  ifConfigured('openstack', readOpenStackOptions, createOpenStackDriver),
  ifConfigured('kubevirt', readKubevirtOptions, createKubevirtDriver),
];

function ifConfigured<Options extends { requestsPerSecond?: number }>(
  name: string,
  read: (config: Config) => Options | null,
  create: (options: Options & { pace?: Pace }) => Hypervisor,
): (config: Config, paceOf: PaceOf) => Hypervisor | null {
  return (config, paceOf) => {
    const options = read(config);
    if (options === null) return null;
    const { requestsPerSecond } = options;
    const pace = requestsPerSecond === undefined ? undefined : paceOf(name, requestsPerSecond);
    return create({ ...options, pace });
  };
}

/** The drivers of all configured providers, by name. By default each keeps to its quota for itself, as if there were no other process. */
export function createHypervisors(
  config: Config,
  paceOf: PaceOf = () => undefined,
): ReadonlyMap<string, Hypervisor> {
  const drivers = DRIVERS.map((create) => create(config, paceOf)).filter((driver) => driver !== null);
  return new Map(drivers.map((driver) => [driver.name, driver]));
}
