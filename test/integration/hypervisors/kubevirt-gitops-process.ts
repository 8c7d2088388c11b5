/** A process that orders one machine and is killed over it. Told what to do by its parent. */
import { type KubevirtOptions, createKubevirtDriver } from '../../../activities/hypervisors/kubevirt.ts';
import type { CreateInstanceRequest } from '../../../activities/hypervisors/port.ts';

process.once('message', (told: { driver: KubevirtOptions; order: CreateInstanceRequest }) => {
  createKubevirtDriver(told.driver)
    .create(told.order)
    .then(
      () => process.exit(0),
      () => process.exit(1),
    );
});
