import { describeHypervisor } from '../../../activities/hypervisors/conformance.ts';
import { startProxmoxUnderTest } from './proxmox-under-test.ts';

describeHypervisor(
  'proxmox',
  {
    snapshots: true,
    snapshotsOutlive: true,
    billsWhileStopped: false,
    userData: true,
    restoresElsewhere: false,
    protocols: ['ssh', 'rdp'],
  },
  ['reboot', 'resize', 'rename', 'console', 'restoreSnapshot', 'addDisk', 'disks', 'removeDisk'],
  startProxmoxUnderTest,
);
