/** The fleet's proof: many creations across six providers, with faults in some of them and workers killed at random moments. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../deploy/sandbox/shared/random.ts';
import type { Order } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { openFleet, type Fleet } from '../fleet.ts';
import { judgeBusiness, judgeWorld, untilQuiet } from '../invariants.ts';
import { judgeInventories } from '../inventories.ts';
import { ask, purchase, standings } from '../market.ts';
import { APPLICATION_PLAN, SERVER_PLAN, type SixProviders, startSixProviders } from '../providers.ts';
import { PASSING, TROUBLES } from '../troubles.ts';
import { openVerdict, quantile, type Verdict } from '../verdict.ts';

export interface CreationsSize {
  creations: number;
  kills: number;
  /** Whoever is stuck is given up after half of it; 2.5 by default. */
  deadlineMinutes?: number;
  /** The share of the creations that meet a fault; one in twenty by default. */
  faultShare?: number;
  seed: number;
  onProgress?: (line: string) => void;
}

export interface Creations {
  verdict: Verdict;
  /** How many came to their end without anybody's help. */
  byThemselves: number;
  /** From the payment's webhook to the hand-over, in ms, by the provider that made it. */
  readyMs: ReadonlyMap<string, number[]>;
  bootMs: number;
}

/** At most what the goals allow for. */
const BOOT_MS = 1_000;
/** Customers at a time: a provider's quota decides how many it can serve, and nobody is to wait for another's. */
const SERVER_LANES = 20;
const APPLICATION_LANES = 4;
const LOOK_MS = 300;
/** Without anybody being served it goes on no longer than this. */
const STANDSTILL_MS = 600_000;

/** Customers buy `creations` servers and applications, a few at a time; in the end each has one that works, and nobody anything else. */
export async function creations(size: CreationsSize): Promise<Creations> {
  const { creations: count, kills, seed, faultShare = 0.05, deadlineMinutes = 2.5 } = size;
  const { onProgress = () => undefined } = size;
  const verdict = openVerdict('FLEET', `${count} creations across six providers`);
  const six = await startSixProviders({ bootMs: BOOT_MS, deadlineMinutes });
  const { env, catalogFile } = six;
  const tenure = await startTenure({ name: 'six-providers', env, catalogFile, withoutWorker: true });
  const fleet = await openFleet(tenure);
  await fleet.start();

  const run = openRun(tenure, count, onProgress);
  const troubles = new Map<string, number>();
  const underWay: Promise<void>[] = [];
  const random = seededRandom(seed);
  const plans = Array.from({ length: count }, (_, index) => drawOne(six, index, faultShare, random));
  const lane = async (waiting: Drawn[]): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { planKey, trouble, provider } = next;
      if (trouble !== null) {
        troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
        const struck = six.providers.get(provider);
        if (struck) underWay.push(TROUBLES[trouble]?.(struck) ?? Promise.resolve());
      }
      await run.serve(await purchase(tenure, { planKey }));
    }
  };
  const watching = run.watch();
  const killing = killNowAndThen(fleet, run, count, kills, seededRandom(seed + 1));
  const lanes = (planKey: string, most: number): Promise<void>[] => {
    const waiting = plans.filter((one) => one.planKey === planKey);
    return Array.from({ length: Math.min(most, waiting.length) }, () => lane(waiting));
  };
  const all = [...lanes(SERVER_PLAN, SERVER_LANES), ...lanes(APPLICATION_PLAN, APPLICATION_LANES)];
  // The watch ends before the lanes only by giving up.
  await Promise.race([watching, Promise.all(all)]);
  run.end();
  await Promise.all([watching, killing, ...underWay]);
  await untilQuiet(tenure, run.orders);
  onProgress('all are served; looking at what the providers have');

  for (const [name, times] of troubles) verdict.figure(name, times);
  verdict.figure(
    'faults',
    [...troubles.values()].reduce((sum, times) => sum + times, 0),
  );
  verdict.figure('kills', fleet.crashes());
  for (const { id } of run.orders) {
    const help = run.helped.get(id);
    verdict.never('a creation that needed a person', help === undefined, () => `${id}: ${help ?? ''}`);
  }
  await judgeInventories(verdict, tenure, six, run.orders);
  await judgeBusiness(verdict, tenure, run.orders);
  await judgeWorld(verdict, tenure);
  const readyMs = await timesToReady(tenure);
  for (const [name, times] of readyMs) {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => seconds(quantile(times, share) - BOOT_MS));
    verdict.figure(`${name} ready p50/p95/p99 s`, `${p50}/${p95}/${p99} (n ${times.length})`);
  }
  await fleet.close();
  const byThemselves = run.orders.length - run.helped.size;
  return { verdict: verdict.close(), byThemselves, readyMs, bootMs: BOOT_MS };
}

interface Drawn {
  planKey: string;
  trouble: string | null;
  provider: string;
}

/** Every sixth is an application; a share of all meets trouble, and an application only what passes: there is one place for it. */
function drawOne(
  { ofServers, ofApplications }: SixProviders,
  index: number,
  faultShare: number,
  random: () => number,
): Drawn {
  const isApplication = index % 6 === 5;
  const kinds = isApplication ? PASSING : Object.keys(TROUBLES);
  const [isStruck, which, where] = [random() < faultShare, random(), random()];
  const provider = isApplication ? ofApplications : ofServers[Math.floor(where * ofServers.length)];
  return {
    planKey: isApplication ? APPLICATION_PLAN : SERVER_PLAN,
    trouble: isStruck ? (kinds[Math.floor(which * kinds.length)] ?? null) : null,
    provider: provider ?? '',
  };
}

/** The orders and how far they have come. */
interface Run {
  readonly orders: readonly Order[];
  /** Those that a person had to help, with what was wrong. */
  readonly helped: ReadonlyMap<string, string>;
  /** How many are active. */
  done(): number;
  /** Resolves when the order is active. */
  serve(order: Order): Promise<void>;
  /** Looks after all orders until the end. Whoever needs a person gets one, and is remembered. */
  watch(): Promise<void>;
  isOver(): boolean;
  end(): void;
}

function openRun(tenure: Tenure, count: number, onProgress: (line: string) => void): Run {
  const orders: Order[] = [];
  const helped = new Map<string, string>();
  const waiting = new Map<string, { order: Order; served: () => void }>();
  let isOver = false;
  let told = 0;
  const done = (): number => orders.length - waiting.size;

  async function look(): Promise<void> {
    const open = [...waiting.values()].map(({ order }) => order);
    for (const { id, stage, attention } of open.length > 0 ? await standings(tenure, open) : []) {
      const one = waiting.get(id);
      if (!one) continue;
      if (attention !== null) {
        helped.set(id, attention.message);
        await ask(tenure, one.order, 'retry');
      } else if (stage === 'active') {
        waiting.delete(id);
        one.served();
      }
    }
    const tenths = Math.floor((done() / count) * 10);
    if (tenths > told) onProgress(`${done()} of ${count} are ready`);
    told = Math.max(told, tenths);
  }

  return {
    orders,
    helped,
    done,
    serve: (order) => {
      orders.push(order);
      return new Promise((served) => waiting.set(order.id, { order, served }));
    },
    async watch() {
      for (let [last, at] = [0, performance.now()]; !isOver;) {
        await look();
        await sleep(LOOK_MS);
        if (done() !== last) [last, at] = [done(), performance.now()];
        if (performance.now() - at < STANDSTILL_MS) continue;
        throw new Error(
          `Nobody got a server for long; ${waiting.size} wait: ${[...waiting.keys()].join(', ')}.`,
        );
      }
    },
    isOver: () => isOver,
    end: () => {
      isOver = true;
    },
  };
}

/** Kills the workers at moments spread over the whole run, each within its part at random. */
async function killNowAndThen(
  fleet: Fleet,
  run: Run,
  count: number,
  kills: number,
  random: () => number,
): Promise<void> {
  for (let kill = 0; kill < kills; kill += 1) {
    const at = Math.floor(((kill + random()) / kills) * count * 0.95);
    while (!run.isOver() && run.done() < at) await sleep(20);
    if (run.isOver()) return;
    await sleep(random() * 500);
    await fleet.crashAndRestart(random() * 500);
  }
}

/** By the database's clock. */
async function timesToReady({ sql }: Tenure): Promise<Map<string, number[]>> {
  const { rows } = await sql.query<{ provider: string; ms: number }>(
    `select i.provider, extract(epoch from
       (select min(at) from timeline t where t.subscription_id = i.subscription_id and t.kind = 'activated')
       - (select min(received_at) from payment_events e where e.subscription_id = i.subscription_id))::float * 1000 as ms
     from instances i where i.deleted_at is null order by i.provider`,
  );
  const found = new Map<string, number[]>();
  for (const { provider, ms } of rows) found.set(provider, [...(found.get(provider) ?? []), ms]);
  return found;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
