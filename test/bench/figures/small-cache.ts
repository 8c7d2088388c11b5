/** R6: how fast resting subscriptions are woken when a worker can keep a fifth of them in memory, over when it keeps all. */
import type { Bench } from '../bench.ts';
import { atLeast, ratioFinding, type Finding } from '../finding.ts';
import { openHouse, productDriver, type Sale } from '../rig/house.ts';
import { activate, untilStage } from '../rig/lives.ts';
import { compare } from '../statistics.ts';

const AT_ONCE = 16;
const FACTOR = 5;

/** The live subscriptions of one house, and what their last message was. */
interface Live {
  sales: Sale[];
  version: number;
}

export async function measureSmallCache({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const entities = quick ? 10 : 80;
  const houses = {
    small: await openHouse('small-cache', { env: { WORKFLOW_CACHE_SIZE: String(entities / FACTOR) } }),
    large: await openHouse('large-cache', { env: { WORKFLOW_CACHE_SIZE: String(entities * 2) } }),
  };
  const open = async (house: (typeof houses)['small']) => {
    const workers = await house.startEverything();
    const driver = productDriver(house.tenure);
    const live: Live = { sales: [], version: 1_000 };
    let left = entities;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        live.sales.push(await activate(driver));
      }
    };
    await Promise.all(Array.from({ length: 6 }, lane));
    say(`${live.sales.length} subscriptions live`);
    return { workers, live };
  };
  const [small, large] = [await open(houses.small), await open(houses.large)];
  const all = await compare(
    pairs,
    () => wakeAll(small.live),
    () => wakeAll(large.live),
    (done) => say(`pair ${done} of ${pairs}`),
  );
  await Promise.all([small.workers.end(), large.workers.end()]);
  return [
    ratioFinding(
      {
        id: 'R6',
        what: `wake-ups per second with ${FACTOR} × more live than cached ÷ all cached`,
        goal: atLeast(0.5),
      },
      all,
      (a, b) => `${a} ÷ ${b} per second; ${entities} subscriptions fall due and are paid again`,
      1,
    ),
  ];
}

/** Every subscription falls due and is paid again; wake-ups per second. */
async function wakeAll(live: Live): Promise<number> {
  const startedAt = performance.now();
  const waiting = [...live.sales];
  live.version += 2;
  const { version } = live;
  const lane = async (): Promise<void> => {
    for (let sale = waiting.pop(); sale; sale = waiting.pop()) {
      await tell(sale, 'past-due', version - 1);
      await untilStage(sale, 'past-due');
      // Put back at the end of the queue in effect: the others are served between its two messages.
      fallen.push(sale);
    }
  };
  const fallen: Sale[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const rise = async (): Promise<void> => {
    for (let sale = fallen.pop(); sale; sale = fallen.pop()) {
      await tell(sale, 'paid', version);
      await untilStage(sale, 'active');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, rise));
  return (live.sales.length * 2) / ((performance.now() - startedAt) / 1_000);
}

async function tell({ handle }: Sale, standing: 'paid' | 'past-due', version: number): Promise<void> {
  await handle.signal('billing-changed', {
    standing,
    version,
    periodEnd: '2030-01-01T00:00:00.000Z',
    eventId: `evt_bench_${version}`,
  });
}
