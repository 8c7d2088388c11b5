/** What Contabo has, and for what it lacks, what is done instead. */
import type { Capabilities } from '../port.ts';

const NO_EXTRA_DISKS = {
  en: 'There are no extra disks at Contabo.',
  de: 'Zusätzliche Platten gibt es bei Contabo nicht.',
};

export const CONTABO_CAPABILITIES: Capabilities = {
  snapshots: true,
  // They go with their server when the period of its cancellation ends, as the disk itself does.
  snapshotsOutlive: false,
  // The period is paid for as a whole, whatever the server does in it.
  billsWhileStopped: true,
  userData: true,
  // A rollback takes only snapshots of the same server.
  restoresElsewhere: false,
  protocols: ['ssh', 'rdp'],
  lacks: {
    resize: {
      en: 'Contabo cannot change the size of a server: a new one of the wanted size is made and everything is moved there.',
      de: 'Contabo kann die Größe eines Servers nicht ändern: Es wird ein neuer in der gewünschten Größe angelegt, und alles zieht dorthin um.',
    },
    console: {
      en: 'Contabo’s API gives no link to the screen; open its VNC access from Contabo’s control panel.',
      de: 'Contabos Schnittstelle gibt keinen Link zum Bildschirm; der VNC-Zugang lässt sich in Contabos Verwaltung öffnen.',
    },
    addDisk: {
      en: 'Contabo sells more disk only with a new server; move to a plan with a larger one.',
      de: 'Mehr Speicherplatz verkauft Contabo nur mit einem neuen Server; ziehen Sie in einen Tarif mit einer größeren Platte um.',
    },
    disks: NO_EXTRA_DISKS,
    removeDisk: NO_EXTRA_DISKS,
    addAddress: {
      en: 'Contabo sells more addresses only with a new server; use those of the IPv6 network that every server has.',
      de: 'Weitere Adressen verkauft Contabo nur mit einem neuen Server; nutzen Sie die des IPv6-Netzes, das jeder Server hat.',
    },
    removeAddress: {
      en: 'Addresses at Contabo end with their server.',
      de: 'Adressen enden bei Contabo mit ihrem Server.',
    },
    setFirewall: {
      en: 'Contabo’s API has no firewall; set the rules on the server itself.',
      de: 'Contabos Schnittstelle hat keine Firewall; richten Sie die Regeln auf dem Server selbst ein.',
    },
    firewall: {
      en: 'Contabo’s API has no firewall; the rules are on the server itself.',
      de: 'Contabos Schnittstelle hat keine Firewall; die Regeln stehen auf dem Server selbst.',
    },
  },
};
