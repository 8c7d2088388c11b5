/** What an application cannot have, said for the portal. */
import { TenureFailure } from '../../../schemas/failures.ts';
import { type Capabilities, HYPERVISOR_REASONS as REASONS } from '../port.ts';

const VOLUMES = {
  en: 'Volumes belong to the plan’s template; choose a plan that has what you need.',
  de: 'Speicherbereiche gehören zur Vorlage des Tarifs; wählen Sie einen Tarif, der hat, was Sie brauchen.',
};
const SHARED_ADDRESS = {
  en: 'All applications of a server share its address; each has a name of its own.',
  de: 'Alle Anwendungen eines Servers teilen sich dessen Adresse; jede hat einen eigenen Namen.',
};
const PROXY_ONLY = {
  en: 'Nothing but the application’s web address is open; there are no rules to set.',
  de: 'Offen ist nur die Webadresse der Anwendung; Regeln gibt es nicht einzustellen.',
};

export const LACKS: Capabilities['lacks'] = {
  reinstall: {
    en: 'An application has no disk to install over; order a new one and delete this one.',
    de: 'Eine Anwendung hat keine Platte, die sich neu installieren ließe; bestellen Sie eine neue und löschen Sie diese.',
  },
  console: {
    en: 'An application has no screen; its logs are on Coolify’s own pages.',
    de: 'Eine Anwendung hat keinen Bildschirm; ihre Protokolle stehen auf Coolifys eigenen Seiten.',
  },
  restoreSnapshot: {
    en: 'Coolify takes no snapshots; back the data up from within the application.',
    de: 'Coolify erstellt keine Snapshots; sichern Sie die Daten aus der Anwendung heraus.',
  },
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
