/** R1: how many history events a life has, over the fewest it could have. */
import type { Bench } from '../bench.ts';
import { atMost, valueOf, type Finding } from '../finding.ts';
import { openHouse, productDriver } from '../rig/house.ts';
import { untilResting, untilStage } from '../rig/lives.ts';
import { summarise } from '../statistics.ts';
import { ACTIVE_TO_TORN_DOWN, CHECKOUT_TO_ACTIVE, countOf } from './minimum.ts';

const GOAL = atMost(1.1);

export async function measureEvents({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const house = await openHouse('events');
  const worker = await house.startEverything();
  const driver = productDriver(house.tenure);
  const lives: { making: number; ending: number }[] = [];
  for (let life = 0; life < (quick ? 1 : pairs); life += 1) {
    const sale = await driver.begin();
    // A payment in the same workflow task as the start would hide events that a real customer's pause brings.
    await untilResting(sale);
    await driver.pay(sale);
    await untilStage(sale, 'active');
    await untilResting(sale);
    const { historyLength: making } = await sale.handle.describe();
    await driver.cancel(sale);
    await sale.handle.result();
    const { historyLength: whole } = await sale.handle.describe();
    lives.push({ making, ending: whole - making });
    say(`life ${life + 1}: ${making} events to active, ${whole - making} to torn down`);
  }
  await worker.end();
  const [making, ending] = [countOf(CHECKOUT_TO_ACTIVE), countOf(ACTIVE_TO_TORN_DOWN)];
  return [
    finding(
      'R1',
      'whole life',
      lives.map((life) => life.making + life.ending),
      making + ending,
    ),
    finding(
      'R1 a',
      'checkout → active',
      lives.map((life) => life.making),
      making,
    ),
    finding(
      'R1 b',
      'active → torn down',
      lives.map((life) => life.ending),
      ending,
    ),
  ];
}

function finding(id: string, part: string, counts: number[], minimum: number): Finding {
  const { median } = summarise(counts);
  return {
    id,
    what: `history events, ${part} ÷ hand count`,
    goal: GOAL,
    ...valueOf(summarise(counts.map((count) => count / minimum))),
    detail: `${median} ÷ ${minimum} events`,
  };
}
