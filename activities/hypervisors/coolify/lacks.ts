/** What an application cannot have, said for the portal. */
import { TenureFailure } from '../../../schemas/failures.ts';
import { type Capabilities, HYPERVISOR_REASONS as REASONS } from '../port.ts';

const VOLUMES = 'Volumes belong to the plan’s template; choose a plan that has what you need.';
const SHARED_ADDRESS = 'All applications of a server share its address; each has a name of its own.';
const PROXY_ONLY = 'Nothing but the application’s web address is open; there are no rules to set.';

export const LACKS: Capabilities['lacks'] = {
  reinstall: 'An application has no disk to install over; order a new one and delete this one.',
  console: 'An application has no screen; its logs are on Coolify’s own pages.',
  restoreSnapshot: 'Coolify takes no snapshots; back the data up from within the application.',
  addDisk: VOLUMES,
  disks: VOLUMES,
  removeDisk: VOLUMES,
  addAddress: SHARED_ADDRESS,
  addresses: SHARED_ADDRESS,
  removeAddress: SHARED_ADDRESS,
  setFirewall: PROXY_ONLY,
  firewall: PROXY_ONLY,
};

export function noSnapshots(): TenureFailure {
  return new TenureFailure('refused', 'Coolify takes no snapshots.', {
    reason: REASONS.unsupported,
    nextStep: 'Back the data up from within the application.',
  });
}
