import { describeHypervisor } from '../../../activities/hypervisors/conformance.ts';
import { startCoolifyUnderTest } from './coolify-under-test.ts';

for (const kind of ['service', 'application'] as const) {
  describe(`Coolify with plans of the kind ${kind}`, () => {
    describeHypervisor(
      'coolify',
      {
        snapshots: false,
        snapshotsOutlive: false,
        billsWhileStopped: false,
        userData: true,
        restoresElsewhere: false,
        protocols: ['web'],
      },
      ['reboot', 'resize', 'rename'],
      () => startCoolifyUnderTest(kind),
    );
  });
}
