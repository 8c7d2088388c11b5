import { describeHypervisor } from '../../../activities/hypervisors/conformance.ts';
import { startVultrUnderTest } from './vultr-under-test.ts';

describeHypervisor(
  'vultr',
  { snapshots: true, billsWhileStopped: true, userData: true },
  startVultrUnderTest,
);
