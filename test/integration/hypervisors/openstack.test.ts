import { describeHypervisor } from '../../../activities/hypervisors/conformance.ts';
import { startOpenStackUnderTest } from './openstack-under-test.ts';

describeHypervisor(
  'openstack',
  {
    snapshots: true,
    snapshotsOutlive: true,
    billsWhileStopped: true,
    userData: true,
    restoresElsewhere: true,
    protocols: ['ssh', 'rdp'],
  },
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
  () => startOpenStackUnderTest(),
);
