/**
 * R3: how long the making takes when the provider takes no time, over a bare chain of the same hops. The mails go beside the story and
 * wait on both sides.
 */
import type { Bench } from '../bench.ts';
import { atMost, ratioFinding, type Finding } from '../finding.ts';
import { signalToActiveMs } from '../rig/histories.ts';
import { openHouse, productDriver } from '../rig/house.ts';
import { activate, type Driver, type Subject } from '../rig/lives.ts';
import { openSharedBare } from '../rig/world.ts';
import { compare } from '../statistics.ts';

export async function measureLatency({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const [house, bare] = [await openHouse('latency'), await openSharedBare('latency')];
  const processes = [
    await house.startWorkers('lifecycle'),
    await house.startStillProvider(),
    await house.startWorkers('relay'),
    await bare.startWorker('lifecycle'),
    await bare.startWorker('hypervisor'),
  ];
  const one =
    <S extends Subject>(driver: Driver<S>) =>
    async (): Promise<number> => {
      const subject = await activate(driver);
      return signalToActiveMs(subject.handle);
    };
  const all = await compare(
    quick ? 1 : Math.max(pairs, 15),
    one(productDriver(house.tenure)),
    one(bare.driver),
    (done) => say(`pair ${done}`),
  );
  for (const process of processes) await process.end();
  return [
    ratioFinding(
      {
        id: 'R3',
        what: 'signal → active, provider without latency ÷ bare chain of equal hops',
        goal: atMost(1.15),
      },
      all,
      (a, b) => `${a} ÷ ${b} ms`,
    ),
  ];
}
