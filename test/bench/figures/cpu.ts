/** R2: CPU time of the workers per life, over that of the bare workflow. */
import type { Bench } from '../bench.ts';
import { atMost, ratioFinding, type Finding } from '../finding.ts';
import { openHouse, productDriver } from '../rig/house.ts';
import { liveMany, type Driver, type Subject } from '../rig/lives.ts';
import type { MeasuredProcess } from '../rig/process.ts';
import { openSharedBare } from '../rig/world.ts';
import { compare, type Comparison, summarise } from '../statistics.ts';

const AT_ONCE = 4;

/** CPU time per life by process, in ms. */
interface Round {
  lifecycle: number;
  activities: number;
  relay: number;
}

export async function measureCpu({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const lives = quick ? 4 : 16;
  const [house, bare] = [await openHouse('cpu'), await openSharedBare('cpu')];
  const product = {
    lifecycle: await house.startWorkers('lifecycle'),
    activities: await house.startWorkers('activities'),
    relay: await house.startWorkers('relay'),
  };
  const plain = {
    lifecycle: await bare.startWorker('lifecycle'),
    activities: await bare.startWorker('activities'),
  };

  const rounds: { product: Round[]; bare: Round[] } = { product: [], bare: [] };
  const measured =
    <S extends Subject>(
      kind: 'product' | 'bare',
      driver: Driver<S>,
      processes: Partial<Record<keyof Round, MeasuredProcess>>,
    ) =>
    async (): Promise<number> => {
      const round = await cpuOf(processes, () => liveMany(driver, lives, AT_ONCE), lives);
      rounds[kind].push(round);
      return round.lifecycle + round.activities;
    };
  const all = await compare(
    pairs,
    measured('product', productDriver(house.tenure), product),
    measured('bare', bare.driver, plain),
    (done) => say(`pair ${done} of ${pairs}`),
  );
  for (const process of [...Object.values(product), ...Object.values(plain)]) await process.end();

  // The first of each was for warming up.
  const [ours, theirs] = [rounds.product.slice(1), rounds.bare.slice(1)];
  const part = (of: (round: Round) => number): Comparison => ({
    ratio: summarise(ours.map((round, pair) => of(round) / of(theirs[pair] ?? round))),
    product: summarise(ours.map(of)),
    bare: summarise(theirs.map(of)),
  });
  const relay = summarise(ours.map((round) => round.relay)).median.toFixed(0);
  return [
    ratioFinding(
      { id: 'R2', what: 'CPU per life, all workers ÷ bare with empty activities', goal: atMost(1.25) },
      all,
      (a, b) => `${a} ÷ ${b} ms; logins, mails, HTTP and SQL included; the relay takes ${relay} ms more`,
    ),
    ratioFinding(
      { id: 'R2 a', what: 'of which the workflow worker with its local activities', goal: atMost(1.25) },
      part((round) => round.lifecycle),
      (a, b) => `${a} ÷ ${b} ms`,
    ),
    ratioFinding(
      { id: 'R2 b', what: 'of which the activity workers', goal: atMost(1.25) },
      part((round) => round.activities),
      (a, b) => `${a} ÷ ${b} ms`,
    ),
  ];
}

async function cpuOf(
  processes: Partial<Record<keyof Round, MeasuredProcess>>,
  work: () => Promise<unknown>,
  lives: number,
): Promise<Round> {
  const read = async (): Promise<Round> => ({
    lifecycle: (await processes.lifecycle?.cpuMs()) ?? 0,
    activities: (await processes.activities?.cpuMs()) ?? 0,
    relay: (await processes.relay?.cpuMs()) ?? 0,
  });
  const before = await read();
  await work();
  const after = await read();
  return {
    lifecycle: (after.lifecycle - before.lifecycle) / lives,
    activities: (after.activities - before.activities) / lives,
    relay: (after.relay - before.relay) / lives,
  };
}
