import { describeHypervisor } from '../../../activities/hypervisors/conformance.ts';
import { startKubevirtUnderTest } from './kubevirt-under-test.ts';

describeHypervisor(
  'kubevirt',
  {
    snapshots: true,
    snapshotsOutlive: true,
    billsWhileStopped: false,
    userData: true,
    restoresElsewhere: false,
    protocols: ['ssh', 'rdp'],
  },
  [
    'reboot',
    'resize',
    'reinstall',
    'rename',
    'restoreSnapshot',
    'addDisk',
    'disks',
    'removeDisk',
    'addresses',
    'setFirewall',
    'firewall',
  ],
  startKubevirtUnderTest,
);
