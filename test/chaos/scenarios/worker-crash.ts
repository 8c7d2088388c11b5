/** F1: the worker dies, at every boundary of provisioning and teardown and at random moments. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../deploy/sandbox/shared/random.ts';
import type { Order } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { openFleet } from '../fleet.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { ask, cancelNow, purchase, purchases, untilAll } from '../market.ts';
import { openVerdict, quantile, type OpenVerdict, type Verdict } from '../verdict.ts';
import { BOUNDARIES, type Point, type Switchboard } from '../wires/switchboard.ts';
import { OUTBOX_CALL, wireUp, type WiredFleet } from '../wires/wired-worker.ts';

/** The worker is killed when nothing has moved for so long … */
const QUIET_MS = 1_500;
/** … or somebody has been held for so long: well within all time-outs of held calls. */
const LONGEST_HOLD_MS = 8_000;
/** Points that nobody reaches for so long are left to the next round. */
const GIVE_UP_MS = 15_000;
/** Rounds beyond the planned ones, for points that were missed. */
const SPARE_ROUNDS = 4;
/** More subscriptions than points in a round, so that the last point is reached by somebody free. */
const SPARE_SUBSCRIPTIONS = 2;

/** Every call that a worker makes in a life without faults, at each of its boundaries. */
export async function crashAtEveryBoundary(): Promise<Verdict> {
  const verdict = openVerdict('F1', 'worker SIGKILL at every boundary of provisioning and teardown');
  const tenure = await startTenure({ name: 'crash-points', withoutWorker: true });
  const wired = await wireUp(tenure);
  await wired.fleet.start();
  const { making, ending } = await rehearse(tenure, wired.board);

  const orders: Order[] = [];
  await crashThrough(verdict, wired, making, async (count) => {
    orders.push(...(await purchases(tenure, count)));
  });
  await untilAll(tenure, orders, 'active');

  const running = [...orders];
  await crashThrough(verdict, wired, ending, async (count) => {
    const missing = count - running.length;
    if (missing > 0) {
      const more = await purchases(tenure, missing);
      orders.push(...more);
      await untilAll(tenure, more, 'active');
      running.push(...more);
    }
    await Promise.all(running.splice(0, count).map((order) => ask(tenure, order, 'cancel', cancelNow)));
  });
  await Promise.all(running.map((order) => ask(tenure, order, 'cancel', cancelNow)));
  await untilAll(tenure, orders, 'torn-down');
  await untilQuiet(tenure, orders);

  verdict.figure('boundaries', making.length + ending.length);
  verdict.figure('kills', wired.fleet.crashes());
  verdict.figure('subscriptions', orders.length);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await wired.close();
  return verdict.close();
}

/** One life without faults tells which calls there are. */
async function rehearse(tenure: Tenure, board: Switchboard): Promise<{ making: Point[]; ending: Point[] }> {
  const order = await purchase(tenure);
  await untilAll(tenure, [order], 'active');
  await untilQuiet(tenure, [order]);
  const before = new Map(board.seen);
  await ask(tenure, order, 'cancel', cancelNow);
  await untilAll(tenure, [order], 'torn-down');
  await untilQuiet(tenure, [order]);
  const later = [...board.seen].filter(([call, times]) => times > (before.get(call) ?? 0));
  // What mails and database do in both was tried with the making.
  const ending = later.filter(([call]) => !before.has(call) || isOutside(call));
  return { making: pointsOf(before.keys()), ending: pointsOf(ending.map(([call]) => call)) };
}

function isOutside(call: string): boolean {
  return /^(vultr|stripe) /.test(call);
}

/** Our own records have no answer to wait for: recorded, the next call comes. */
function pointsOf(calls: Iterable<string>): Point[] {
  return [...calls].flatMap((call) =>
    BOUNDARIES.filter((boundary) => boundary !== 'after-answer' || !/^(postgres|temporal) /.test(call)).map(
      (boundary) => ({ call, boundary }),
    ),
  );
}

/**
 * Sends a cohort into each round of points. Each point holds the first who gets there; then the worker is killed under all of them
 * at once.
 */
async function crashThrough(
  verdict: OpenVerdict,
  { board, fleet }: WiredFleet,
  points: Point[],
  sendCohort: (count: number) => Promise<void>,
): Promise<void> {
  const stops = points.filter(({ call }) => call === OUTBOX_CALL);
  const rounds = plan(points.filter((point) => !stops.includes(point)));
  const most = rounds.length + SPARE_ROUNDS;
  while (rounds.length < stops.length) rounds.push([]);
  for (let round = 0; round < rounds.length; round += 1) {
    const armed = rounds[round] ?? [];
    board.arm(armed);
    const sending = sendCohort(armed.length + SPARE_SUBSCRIPTIONS);
    await untilCaught(board, sending);
    const missed = [...board.armed()];
    // Whoever holds the relay holds everybody: so it comes last.
    board.arm(stops.splice(0, 1));
    await sleep(RELAY_LOOK_MS);
    missed.push(...board.armed().filter((point) => !missed.includes(point)));
    board.release();
    // Long enough for the answers to arrive, too short to act on them.
    await sleep(5);
    await fleet.crash();
    board.disarm();
    await fleet.start();
    await sending;
    if (missed.length === 0) continue;
    if (round + 1 < rounds.length) rounds[round + 1]?.push(...missed);
    else if (rounds.length < most) rounds.push(missed);
    else for (const { boundary, call } of missed) verdict.never(MISSED, false, () => `${boundary} ${call}`);
  }
  points.forEach(() => verdict.never(MISSED, true, () => ''));
}

/** The relay looks for messages at least that often. */
const RELAY_LOOK_MS = 1_200;
const MAILS_AT_ONCE = 4;
const MISSED = 'a boundary that nobody was killed at';

/** Spreads points over rounds: whoever is held over a mail holds one of the mail transport's five connections. */
function plan(points: Point[]): Point[][] {
  const ofMail = points.filter(({ call }) => /smtp|mails/.test(call));
  const others = points.filter((point) => !ofMail.includes(point));
  const count = Math.max(2, Math.ceil(ofMail.length / MAILS_AT_ONCE));
  const rounds: Point[][] = Array.from({ length: count }, () => []);
  for (const members of [ofMail, others]) {
    members.forEach((point, index) => rounds[index % count]?.push(point));
  }
  return rounds;
}

/** Waits until all armed points hold somebody, or it can be waited no longer. */
async function untilCaught(board: Switchboard, sending: Promise<void>): Promise<void> {
  let sent = false;
  void sending.finally(() => (sent = true)).catch(() => undefined);
  while (board.armed().length > 0) {
    await sleep(20);
    const quietMs = sent ? board.quietForMs() : 0;
    if (board.held().length > 0 && (quietMs > QUIET_MS || board.heldForMs() > LONGEST_HOLD_MS)) return;
    if (quietMs > GIVE_UP_MS) return;
  }
}

export interface RandomCrashes {
  subscriptions: number;
  seed: number;
}

/** Steps in the customers' timelines between one kill and the next: so the pace does not hang on the machine. */
const STEPS_BETWEEN_KILLS = { least: 40, most: 240 };

/** Many subscriptions, bought and cancelled while workers die at random moments. */
export async function crashAtRandom({ subscriptions, seed }: RandomCrashes): Promise<Verdict> {
  const verdict = openVerdict('F1', 'worker SIGKILL at random moments');
  const random = seededRandom(seed);
  const tenure = await startTenure({ name: 'crash-random', withoutWorker: true });
  const fleet = await openFleet(tenure);
  await fleet.start();

  const recoveries: number[] = [];
  const crashWhile = async (busy: Promise<unknown>): Promise<void> => {
    let done = false;
    void busy.finally(() => (done = true)).catch(() => undefined);
    while (!done) {
      const { least, most } = STEPS_BETWEEN_KILLS;
      const next = (await steps(tenure)) + least + random() * (most - least);
      while (!done && (await steps(tenure)) < next) await sleep(20);
      if (done) break;
      const killedAt = performance.now();
      await fleet.crash();
      const before = await steps(tenure);
      await sleep(random() * 500);
      await fleet.start();
      while (!done && (await steps(tenure)) === before) await sleep(20);
      recoveries.push(performance.now() - killedAt);
    }
    await busy;
  };

  const orders: Order[] = [];
  const inSteps = async (each: (index: number) => Promise<void>): Promise<void> => {
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      for (let index = lane; index < subscriptions; index += LANES) await each(index);
    });
    await Promise.all(lanes);
  };
  await purchase(tenure).then((order) => orders.push(order));
  const buyAll = inSteps(async (index) => {
    if (index > 0) orders.push(await purchase(tenure, { quantity: index % 5 === 0 ? 2 : 1 }));
  });
  await crashWhile(buyAll.then(() => untilAll(tenure, orders, 'active')));
  const cancelAll = inSteps(async (index) => {
    const order = orders[index];
    if (order) await ask(tenure, order, 'cancel', cancelNow);
  });
  await crashWhile(cancelAll.then(() => untilAll(tenure, orders, 'torn-down')));
  await untilQuiet(tenure, orders);

  verdict.figure('subscriptions', orders.length);
  verdict.figure('kills', fleet.crashes());
  verdict.figure('kill to next step p50 ms', Math.round(quantile(recoveries, 0.5)));
  verdict.figure('p95 ms', Math.round(quantile(recoveries, 0.95)));
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await fleet.close();
  return verdict.close();
}

/** Customers who act at the same time. */
const LANES = 20;

/** How many steps all timelines have together. */
async function steps(tenure: Tenure): Promise<number> {
  const { rows } = await tenure.sql.query<{ last: number }>(
    'select coalesce(max(seq), 0)::int as last from timeline',
  );
  return rows[0]?.last ?? 0;
}
