/** Whether servers can reach the API that their first boot reports to. */
import type { Catalog } from '../../schemas/catalog/plan.ts';
import type { Config } from '../../schemas/config.ts';
import { PROVIDER_ADDRESSES } from '../../schemas/providers/settings.ts';

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/;

/**
 * Why the servers of some plan could not report, in one sentence; `null` if they can. On loopback only the stand-ins' servers reach us.
 *
 * @param connected names of the providers that have a driver
 */
export function whyServersAreDeaf(
  { plans }: Catalog,
  config: Config,
  connected: ReadonlySet<string>,
): string | null {
  if (!isLoopback(config.PUBLIC_URL)) return null;
  for (const { key, image, providers } of plans) {
    if (!image.readiness?.phoneHome?.required) continue;
    const distant = Object.keys(providers).find((name) => connected.has(name) && isDistant(name, config));
    if (distant === undefined) continue;
    return `PUBLIC_URL is ${config.PUBLIC_URL}, where servers at ${distant} cannot report their first boot, and the plan ${key} waits for that: set PUBLIC_URL to the address at which the internet reaches this shop.`;
  }
  return null;
}

function isDistant(provider: string, config: Config): boolean {
  const setting = PROVIDER_ADDRESSES[provider];
  const address = setting === undefined ? undefined : config[setting];
  return typeof address === 'string' && !isLoopback(address);
}

function isLoopback(url: string): boolean {
  return LOOPBACK.test(new URL(url).hostname);
}
