/** How many history events a month adds to a subscription that rests: a renewal that is paid, and nothing else. */
import axios from 'axios';
import { eventually, viewSubscription } from '../../harness/buyer.ts';
import type { Bench } from '../bench.ts';
import { atMost, valueOf, type Finding } from '../finding.ts';
import { openHouse, productDriver, type House, type Sale } from '../rig/house.ts';
import { activate, untilResting } from '../rig/lives.ts';
import { summarise } from '../statistics.ts';

export async function measureMonth({ quick, say }: Bench): Promise<Finding[]> {
  const house = await openHouse('month');
  const worker = await house.startEverything();
  const sale = await activate(productDriver(house.tenure));
  await untilResting(sale);
  const added: number[] = [];
  for (let month = 0; month < (quick ? 1 : 3); month += 1) {
    const { historyLength: before } = await sale.handle.describe();
    await renew(house, sale);
    const { historyLength: after } = await sale.handle.describe();
    added.push(after - before);
    say(`month ${month + 1}: ${after - before} events`);
  }
  await worker.end();
  return [
    {
      id: 'month',
      what: 'history events of a resting subscription per month',
      goal: atMost(5, ' events'),
      ...valueOf(summarise(added)),
      detail: 'over a renewal that is paid, with all its webhooks',
    },
  ];
}

/** One period further: charged, all its webhooks received, looked at and delivered. */
async function renew({ tenure }: House, { order }: Sale): Promise<void> {
  const { billing } = await viewSubscription(tenure, order);
  await axios.post(
    `${tenure.stripe.url}/__sandbox/stripe/subscriptions/${billing.billingRef ?? ''}/renew`,
    {},
  );
  await eventually('the new period is on record', async () => {
    const now = await viewSubscription(tenure, order);
    return now.billing.periodEnd !== billing.periodEnd;
  });
  await eventually('every webhook of the renewal is applied', async () => {
    const { data } = await axios.get<{ waiting: unknown[] }>(`${tenure.stripe.url}/__sandbox/stripe/webhook`);
    const { rows } = await tenure.sql.query('select 1 from outbox where delivered_at is null');
    return data.waiting.length === 0 && rows.length === 0;
  });
}
