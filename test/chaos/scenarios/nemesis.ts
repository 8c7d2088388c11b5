/** F16: everything at once, drawn from a seed: customers come and go while a nemesis breaks one thing after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../deploy/sandbox/shared/random.ts';
import { CARDS, type Order } from '../../harness/buyer.ts';
import { newPostgres, newTemporal, type Part } from '../../harness/stack.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf, type Levers } from '../levers.ts';
import { ask, cancelNow, purchase, standings, untilAll } from '../market.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

export interface NemesisOptions {
  minutes: number;
  seed: number;
  onProgress?: (line: string) => void;
}

interface World {
  tenure: Tenure;
  levers: Levers;
  postgres: Part<{ pid: number; port: number; url: string }>;
  temporal: Part<{ pid: number; port: number; address: string }>;
  random: () => number;
}

/** How long the world may take to come to rest afterwards. */
const LAST_ACT_MS = 120_000;

type Stroke = (world: World) => Promise<void>;

const pick = <T>(random: () => number, items: readonly T[]): T => {
  const found = items[Math.floor(random() * items.length)];
  if (found === undefined) throw new Error('Nothing to pick from.');
  return found;
};

/** What the nemesis does; each leaves the world whole again. */
const STROKES: Record<string, Stroke> = {
  'worker SIGKILL': async ({ tenure }) => {
    await tenure.killWorker('SIGKILL');
    await tenure.startWorker();
  },
  'worker SIGTERM': async ({ tenure }) => {
    await tenure.killWorker('SIGTERM');
    await tenure.startWorker();
  },
  'Temporal SIGKILL': async ({ temporal, random }) => {
    await temporal.kill('SIGKILL');
    await sleep(1_000 + random() * 2_000);
    await temporal.restart();
  },
  'Postgres immediate stop': async ({ postgres, random }) => {
    await postgres.kill('SIGQUIT');
    await sleep(500 + random() * 2_000);
    await postgres.restart();
  },
  'provider loses answers': async ({ levers }) => {
    await levers.breakVultr({ kind: 'lost-after', times: 4 });
    await levers.breakVultr({ kind: 'status-after', times: 4, skip: 6 });
    await levers.breakVultr({ kind: 'lost-before', times: 3, skip: 12 });
  },
  'provider throttles': async ({ levers }) => {
    await levers.breakVultr({ kind: 'throttle', times: 25 });
  },
  'payments lose answers': async ({ levers }) => {
    levers.breakStripe({ kind: 'lost-after', path: '^/v1/', times: 4 });
    levers.breakStripe({ kind: 'status', path: '^/v1/', times: 4, skip: 8 });
  },
  'mail breaks off': async ({ levers }) => {
    await levers.breakMail({ at: 'data', kind: 'drop-after', times: 1 });
    await levers.breakMail({ at: 'rcpt', kind: 'refuse', code: 451, times: 3 });
  },
  'webhooks out of order': async ({ levers, random }) => {
    await levers.holdWebhooks();
    await sleep(1_500);
    const types = [
      'invoice.paid',
      'checkout.session.completed',
      'customer.subscription.updated',
      'charge.succeeded',
    ];
    await levers.releaseWebhooks(types.sort(() => random() - 0.5));
  },
};

/** Runs for `minutes`, then lets the world come to rest, ends every subscription, and judges. */
export async function nemesis({
  minutes,
  seed,
  onProgress = () => undefined,
}: NemesisOptions): Promise<Verdict> {
  const verdict = openVerdict('F16', `a seeded nemesis for ${minutes} min`);
  const postgres = await newPostgres('nemesis-postgres', { max_connections: '200' });
  const temporal = await newTemporal('nemesis-temporal');
  const tenure = await startTenure({ name: 'nemesis', postgres, temporal });
  const levers = leversOf(tenure);
  const random = seededRandom(seed);
  const world: World = { tenure, levers, postgres, temporal, random };
  const orders: Order[] = [];
  const endAt = performance.now() + minutes * 60_000;
  const isOver = (): boolean => performance.now() >= endAt;

  const customers = Array.from({ length: 3 }, async () => {
    while (!isOver()) {
      const quantity = random() < 0.2 ? 2 : 1;
      const card = random() < 0.15 ? CARDS.failsLater : CARDS.good;
      orders.push(await purchase(tenure, { quantity }, card));
      await sleep(500 + random() * 1_000);
    }
  });
  const life = disturb(world, orders, isOver);
  const strokes = await strike(world, isOver, onProgress);
  await Promise.all([...customers, life]);

  await levers.mend();
  await levers.releaseWebhooks();
  verdict.figure('seed', seed);
  verdict.figure('orders', orders.length);
  for (const [name, count] of strokes) verdict.figure(name, count);
  await endAll(tenure, orders);
  await untilQuiet(tenure, orders);
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await tenure.killWorker();
  return verdict.close();
}

async function strike(
  world: World,
  isOver: () => boolean,
  onProgress: (line: string) => void,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  while (!isOver()) {
    await sleep(1_000 + world.random() * 3_000);
    const name = pick(world.random, Object.keys(STROKES));
    onProgress(name);
    await STROKES[name]?.(world);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Staff and customers ask for this and that; what is not possible just then is refused, which is fine. */
async function disturb(
  { tenure, levers, random }: World,
  orders: Order[],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await sleep(700);
    if (orders.length === 0) continue;
    const order = pick(random, orders);
    const wish = pick(random, ['suspend', 'resume', 'cancel', 'renew', 'pay', 'rotate-credentials'] as const);
    if (wish === 'renew' || wish === 'pay') {
      const [row] = await standings(tenure, [order]).catch(() => []);
      if (!row?.billingRef) continue;
      const lever = wish === 'renew' ? levers.renew(row.billingRef) : levers.payOpenInvoice(row.billingRef);
      await lever.catch(() => undefined);
      continue;
    }
    const body = { suspend: { reason: 'a test' }, cancel: cancelNow, resume: {}, 'rotate-credentials': {} }[
      wish
    ];
    await ask(tenure, order, wish, body);
  }
}

/** Everybody leaves, and whoever needs a person on the way out gets one. */
async function endAll(tenure: Tenure, orders: Order[]): Promise<void> {
  const giveUpAt = performance.now() + LAST_ACT_MS;
  await Promise.all(orders.map((order) => ask(tenure, order, 'cancel', cancelNow)));
  while (performance.now() < giveUpAt) {
    const left = (await standings(tenure, orders)).filter(({ stage }) => stage !== 'torn-down');
    if (left.length === 0) return;
    for (const { id, stage, attention } of left) {
      const order = orders.find((one) => one.id === id);
      if (order && attention) await ask(tenure, order, 'retry');
      // One that was resumed in the meantime runs again.
      else if (order && stage === 'active') await ask(tenure, order, 'cancel', cancelNow);
    }
    await sleep(1_000);
  }
  await untilAll(tenure, orders, 'torn-down', 1);
}
