/** What Contabo has, and for what it lacks, what is done instead. */
import type { Capabilities } from '../port.ts';

export const CONTABO_CAPABILITIES: Capabilities = {
  snapshots: true,
  // The period is paid for as a whole, whatever the server does in it.
  billsWhileStopped: true,
  userData: true,
  // A rollback takes only snapshots of the same server.
  restoresElsewhere: false,
  protocols: ['ssh', 'rdp'],
  lacks: {
    resize:
      'Contabo cannot change the size of a server: a new one of the wanted size is made and everything is moved there.',
    console: 'Contabo’s API gives no link to the screen; open its VNC access from Contabo’s control panel.',
    addDisk: 'Contabo sells more disk only with a new server; move to a plan with a larger one.',
    disks: 'There are no extra disks at Contabo.',
    removeDisk: 'There are no extra disks at Contabo.',
    addAddress:
      'Contabo sells more addresses only with a new server; use those of the IPv6 network that every server has.',
    removeAddress: 'Addresses at Contabo end with their server.',
    setFirewall: 'Contabo’s API has no firewall; set the rules on the server itself.',
    firewall: 'Contabo’s API has no firewall; the rules are on the server itself.',
  },
};
