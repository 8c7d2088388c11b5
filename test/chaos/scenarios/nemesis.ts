/** F16: everything at once, drawn from a seed: customers come and go while a nemesis breaks one thing after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../deploy/sandbox/shared/random.ts';
import { CARDS, type Order } from '../../harness/buyer.ts';
import { newPostgres, newTemporal } from '../../harness/stack.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { judge, judgeWorld, untilQuiet } from '../invariants.ts';
import { leversOf, type Levers } from '../levers.ts';
import { ask, cancelNow, purchase, type Standing, standings, untilAll } from '../market.ts';
import { judgeReplay } from '../replay.ts';
import { openVerdict, type Verdict } from '../verdict.ts';
import { linkUp } from '../wires/linked-worker.ts';
import { STROKES, type Battlefield } from './strokes.ts';

export interface NemesisOptions {
  minutes: number;
  seed: number;
  onProgress?: (line: string) => void;
}

/** How long the world may take to come to rest afterwards. */
const LAST_ACT_MS = 240_000;
const SHOPPERS = 3;
const HOUR_MS = 3_600_000;

const pick = <T>(random: () => number, items: readonly T[]): T => {
  const found = items[Math.floor(random() * items.length)];
  if (found === undefined) throw new Error('Nothing to pick from.');
  return found;
};

/** Runs for `minutes`, then lets the world come to rest, ends every subscription, and judges. */
export async function nemesis({ minutes, seed, onProgress = ignore }: NemesisOptions): Promise<Verdict> {
  const verdict = openVerdict('F16', `a nemesis with seed ${seed} for ${minutes} min`);
  const postgres = await newPostgres('nemesis-postgres', { max_connections: '200' });
  const temporal = await newTemporal('nemesis-temporal');
  const tenure = await startTenure({ name: 'nemesis', postgres, temporal, withoutWorker: true });
  const { fleet, links } = await linkUp(tenure);
  await fleet.start();
  const levers = leversOf(tenure);
  const orders: Order[] = [];
  let endAt = performance.now() + minutes * 60_000;
  const isOver = (): boolean => performance.now() >= endAt;
  // Each actor draws from a sequence of its own: what it does depends on the seed alone, not on who was quicker.
  const actor = (index: number): (() => number) => seededRandom(seed * 100 + index);

  const shopping = Array.from({ length: SHOPPERS }, (_, index) => shop(tenure, orders, isOver, actor(index)));
  const life = meddle({ tenure, levers, orders, isOver, random: actor(SHOPPERS) });
  const battlefield = { tenure, fleet, links, levers, postgres, temporal, random: actor(SHOPPERS + 1) };
  const strokes = await strike(battlefield, isOver, onProgress).finally(() => (endAt = 0));
  await Promise.all([...shopping, life]);

  onProgress(`${orders.length} orders; everything is mended and everybody leaves`);
  await levers.mend();
  await levers.holdBoots(false);
  await levers.releaseWebhooks();
  await endAll(tenure, orders);
  await untilQuiet(tenure, orders);
  verdict.figure('orders', orders.length);
  for (const [name, count] of strokes) verdict.figure(name, count);
  verdict.never(
    'a worker that ended by itself',
    fleet.unexpectedEnds() === 0,
    () => `${fleet.unexpectedEnds()} did`,
  );
  await judge(verdict, tenure, orders);
  await judgeWorld(verdict, tenure);
  await judgeReplay(verdict, tenure, orders);
  await fleet.close();
  await temporal.kill('SIGTERM');
  return verdict.close();
}

/** Buys one thing after the other. */
async function shop(
  tenure: Tenure,
  orders: Order[],
  isOver: () => boolean,
  random: () => number,
): Promise<void> {
  while (!isOver()) {
    const quantity = random() < 0.2 ? 2 : 1;
    const card = random() < 0.2 ? CARDS.failsLater : CARDS.good;
    const planKey = random() < 0.2 ? 'patient' : 'vps';
    orders.push(await purchase(tenure, { quantity, planKey }, card));
    await sleep(500 + random() * 1_500);
  }
}

async function strike(
  battlefield: Battlefield,
  isOver: () => boolean,
  onProgress: (line: string) => void,
): Promise<Map<string, number>> {
  const { random } = battlefield;
  const counts = new Map<string, number>();
  while (!isOver()) {
    await sleep(500 + random() * 2_500);
    const name = pick(random, Object.keys(STROKES));
    onProgress(name);
    await STROKES[name]?.(battlefield);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const WISHES = {
  suspend: { reason: 'a test' },
  resume: {},
  cancel: cancelNow,
  'cancel at the end': { when: 'period-end', reason: 'a test' },
  'rotate-credentials': {},
  retry: {},
  refund: { reason: 'a test' },
} as const;

interface Meddling {
  tenure: Tenure;
  levers: Levers;
  orders: Order[];
  isOver: () => boolean;
  random: () => number;
}

/** Staff and customers ask for this and that, periods end, late payments come. What is not possible just then is refused. */
async function meddle({ tenure, levers, orders, isOver, random }: Meddling): Promise<void> {
  const names = [...(Object.keys(WISHES) as (keyof typeof WISHES)[]), 'renew', 'pay', 'renew'] as const;
  while (!isOver()) {
    await sleep(200 + random() * 600);
    const wish = pick(random, names);
    const which = random();
    const order = orders[Math.floor(which * orders.length)];
    if (!order) continue;
    if (wish === 'renew' || wish === 'pay') {
      const [row] = await standings(tenure, [order]).catch(() => []);
      if (!row?.billingRef) continue;
      const lever = wish === 'renew' ? levers.renew(row.billingRef) : levers.payOpenInvoice(row.billingRef);
      // There may be nothing to renew or to pay.
      await lever.catch(ignore);
      continue;
    }
    await ask(tenure, order, wish === 'cancel at the end' ? 'cancel' : wish, WISHES[wish]);
  }
}

/** The story is over, or keeps the data for longer than anybody here waits. */
function hasLeft({ stage, attention, dueAt }: Standing): boolean {
  const isKept =
    stage === 'cancelling' && attention === null && (dueAt?.getTime() ?? 0) > Date.now() + HOUR_MS;
  return isKept || stage === 'torn-down';
}

/** Everybody leaves, and whoever needs a person on the way out gets one. */
async function endAll(tenure: Tenure, orders: Order[]): Promise<void> {
  const giveUpAt = performance.now() + LAST_ACT_MS;
  while (performance.now() < giveUpAt) {
    const left = (await standings(tenure, orders)).filter((one) => !hasLeft(one));
    if (left.length === 0) return;
    await Promise.all(
      left.map(async ({ id, attention }) => {
        const order = orders.find((one) => one.id === id);
        if (!order) return;
        // Refused where it has been asked for before, which is fine.
        await ask(tenure, order, 'cancel', cancelNow);
        if (attention) await ask(tenure, order, 'retry');
      }),
    );
    await sleep(2_000);
  }
  await untilAll(tenure, orders, hasLeft, 1);
}

function ignore(): void {
  // Nobody wants to know.
}
