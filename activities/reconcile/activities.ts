/** What a pass asks of a provider. Each may be repeated; one that dies starts anew. */
import { Context } from '@temporalio/activity';
import type { DataSource } from 'typeorm';
import { withTenant } from '../../schemas/db/tenancy.ts';
import type { Inventory, Pass } from '../../schemas/fleet/findings.ts';
import { businessKey } from '../../schemas/ids.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import { beating } from '../temporal.ts';
import { measureCapacity } from './capacity.ts';
import { readInventory, sizesOfPlans } from './inventory.ts';
import { confirmMissing } from './missing.ts';
import { removeLeftovers } from './removal.ts';

export interface ReconcileDependencies {
  db: DataSource;
  hypervisor: Hypervisor;
  brakePercent: number;
  /** Off: only says what would be removed. */
  isRemovalOn: boolean;
  minAgeHours: number;
}

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

type ReadPass = Pass & { inventory: Inventory };

export function createReconcileActivities(deps: ReconcileDependencies) {
  return {
    /** Reads the whole inventory into the sightings. */
    readInventory: (pass: Pass): Promise<Inventory> =>
      beating(() => {
        const { attempt } = Context.current().info;
        return readInventory(deps, pass, businessKey(pass.passId, attempt));
      }),

    /** What size the plans of one tenant mean here. */
    readSizes: ({ tenantId }: Pass): Promise<Inventory['sizes']> =>
      beating(() => withTenant(deps.db, tenantId, (tx) => sizesOfPlans(tx, deps.hypervisor))),

    /** Asks for each instance that the inventory lacks. */
    confirmMissing: (pass: ReadPass) => beating(() => confirmMissing(deps, pass)),

    /** Removes what belongs to nobody, as far as it is allowed. */
    removeLeftovers: (pass: ReadPass) => beating(() => removeLeftovers(deps, pass)),

    /** Asks how full the provider is. */
    measureCapacity: (pass: ReadPass): Promise<void> => beating(() => measureCapacity(deps, pass)),
  };
}
