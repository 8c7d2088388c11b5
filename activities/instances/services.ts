/** The services of an image, asked before its server is handed over. */
import { askService, type ServiceTarget } from '../access/services.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import type { FirstBootRecords } from './first-boot.ts';
import { patiently } from './patience.ts';
import type { LoadedInstance } from './rows.ts';

/**
 * Waits until each service has answered once. Only after a first boot: what becomes of them later is up to the customer.
 *
 * @throws TenureFailure as `askService`, once the time is over
 */
export async function awaitServices(
  { firstBoots, hypervisor }: { firstBoots: FirstBootRecords; hypervisor: Pick<Hypervisor, 'pollMs'> },
  loaded: LoadedInstance,
  login: ServiceTarget,
): Promise<void> {
  const { row, terms } = loaded;
  const { probes = [], phoneHome } = terms.image.readiness ?? {};
  if (probes.length === 0) return;
  const boot = await firstBoots.newest({ tenantId: row.tenantId, instanceId: row.id });
  if (!boot || boot.servicesAnsweredAt !== null) return;
  // Of a reinstallation that was refused: the server is as it was.
  if (phoneHome?.required && boot.status !== 'ok') return;
  for (const probe of probes) await patiently(() => askService(probe, login), { pollMs: hypervisor.pollMs });
  await firstBoots.noteServices(boot, loaded);
}
