/** R8: from a killed worker to the result, over the sum of what that has to take. */
import { eventually, viewOrder } from '../../harness/buyer.ts';
import type { Bench } from '../bench.ts';
import { atMost, valueOf, type Finding } from '../finding.ts';
import { openHouse, productDriver, type House } from '../rig/house.ts';
import { untilResting, untilStage, type Subject } from '../rig/lives.ts';
import type { MeasuredProcess } from '../rig/process.ts';
import { summarise } from '../statistics.ts';

/** Long enough to be killed in. */
const BOOT_MS = 600;
const HEARTBEAT_TIMEOUT_MS = 4_000;
const SECONDS_GOAL = 8;

export async function measureRecovery({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const house = await openHouse('recovery', { bootMs: BOOT_MS, env: { VULTR_POLL_MS: '50' } });
  const stickyMs = house.tenure.config.STICKY_TIMEOUT_MS;
  const trials: { recoveryMs: number; dueMs: number }[] = [];
  let worker = await house.startEverything();
  // The first life pays for compiling and connecting.
  await makeOne(house, async () => undefined);
  for (let trial = 0; trial < (quick ? 1 : pairs); trial += 1) {
    // What is left to do at that point, undisturbed.
    const { restMs: reworkMs } = await makeOne(house, async () => undefined);
    let next: Promise<MeasuredProcess> | undefined;
    const { restMs: recoveryMs } = await makeOne(house, async () => {
      await worker.end('SIGKILL');
      // A supervisor starts another one at once.
      next = house.startEverything();
    });
    if (next) worker = await next;
    const dueMs = worker.bootMs + HEARTBEAT_TIMEOUT_MS + stickyMs + reworkMs;
    trials.push({ recoveryMs, dueMs });
    say(`${(recoveryMs / 1_000).toFixed(1)} s; due ${(dueMs / 1_000).toFixed(1)} s`);
  }
  await worker.end();
  const recoveries = summarise(trials.map(({ recoveryMs }) => recoveryMs / 1_000));
  const due = summarise(trials.map(({ dueMs }) => dueMs / 1_000)).median.toFixed(1);
  return [
    {
      id: 'R8',
      what: 'kill → result ÷ (boot + heartbeat + sticky + rework)',
      goal: atMost(1.2),
      ...valueOf(summarise(trials.map(({ recoveryMs, dueMs }) => recoveryMs / dueMs))),
      detail: `${recoveries.median.toFixed(1)} ÷ ${due} s; killed between the order and the proof of a server`,
    },
    {
      id: 'R8 s',
      what: 'kill → result, in seconds',
      goal: { text: `< ${SECONDS_GOAL} s`, isMet: (value) => value < SECONDS_GOAL },
      ...valueOf(recoveries),
      detail: 'a new worker process is started as soon as the old one is gone',
    },
  ];
}

/** One sale up to `active`; `disturb` happens as soon as the server is ordered, and `restMs` counts from then. */
async function makeOne(
  { tenure }: House,
  disturb: () => Promise<void>,
): Promise<{ restMs: number; subject: Subject }> {
  const driver = productDriver(tenure);
  const sale = await driver.begin();
  await untilResting(sale);
  await driver.pay(sale);
  await eventually('the server is ordered', async () => {
    const { timeline } = await viewOrder(tenure, sale.order);
    return timeline.some(({ kind }) => kind === 'instance-ordered');
  });
  const startedAt = performance.now();
  await disturb();
  await untilStage(sale, 'active');
  return { restMs: performance.now() - startedAt, subject: sale };
}
