import { describeHypervisor } from '../../../activities/hypervisors/conformance.ts';
import { startVultrUnderTest } from './vultr-under-test.ts';

describeHypervisor(
  'vultr',
  { snapshots: true, billsWhileStopped: true, userData: true },
  [
    'reboot',
    'resize',
    'reinstall',
    'rename',
    'console',
    'restoreSnapshot',
    'addDisk',
    'disks',
    'removeDisk',
    'addAddress',
    'addresses',
    'removeAddress',
    'setFirewall',
    'firewall',
  ],
  startVultrUnderTest,
);
