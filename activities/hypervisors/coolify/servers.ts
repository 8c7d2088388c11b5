/** The servers that Coolify runs containers on. */
import { TenureFailure } from '../../../schemas/failures.ts';
import { readJson } from '../../http/answers.ts';
import type { Api } from '../../http/api.ts';
import { type CapacityPart, HYPERVISOR_REASONS as REASONS } from '../port.ts';
import { badPlan } from './plan.ts';
import { Resources, Server, Servers } from './wire.ts';

/**
 * Looks before ordering: an order on a server that is away is taken, and fails much later.
 *
 * @throws TenureFailure `refused` (`region-sold-out`, or `bad-plan` if there is no such server)
 */
export async function refuseIfClosed({ callUnlessGone }: Api, server: string): Promise<void> {
  const exchange = await callUnlessGone({ method: 'GET', path: `/servers/${encodeURIComponent(server)}` });
  if (exchange === null) throw badPlan('providers.coolify.regions', `Coolify has no server ${server}`);
  if (isOpen(readJson(Server, exchange))) return;
  throw new TenureFailure('refused', `Coolify cannot use its server ${server} now.`, {
    reason: REASONS.regionSoldOut,
    nextStep: 'Validate the server in Coolify, or choose another region.',
  });
}

/** One part per server. Coolify tells what runs there, but not how much room there is. */
export async function readCapacity({ call }: Api): Promise<CapacityPart[]> {
  const servers = readJson(Servers, await call({ method: 'GET', path: '/servers' }));
  const unknown = { used: null, total: null };
  const parts: CapacityPart[] = [];
  for (const server of servers) {
    const path = `/servers/${encodeURIComponent(server.uuid)}/resources`;
    const { length } = readJson(Resources, await call({ method: 'GET', path }));
    parts.push({
      name: server.uuid,
      open: isOpen(server),
      cpus: unknown,
      memoryMb: unknown,
      diskGb: unknown,
      instances: { used: length, total: null },
    });
  }
  return parts;
}

/** Only what is said to be wrong counts. */
function isOpen({ settings }: Server): boolean {
  const { is_reachable: isReachable, is_usable: isUsable } = settings ?? {};
  const isClosed = settings?.force_disabled === true || settings?.is_build_server === true;
  return isReachable !== false && isUsable !== false && !isClosed;
}
