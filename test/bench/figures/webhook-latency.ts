/** R4: how long a payment provider waits for its 2xx, over how long a bare signal-with-start takes. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import axios from 'axios';
import type { Bench } from '../bench.ts';
import { atMost, ratioFinding, type Finding } from '../finding.ts';
import { bareStart, PAID } from '../rig/bare.ts';
import { openDoors } from '../rig/doors.ts';
import { openHouse } from '../rig/house.ts';
import { signedPost } from '../rig/posts.ts';
import { openSharedBare } from '../rig/world.ts';
import { compare, summarise } from '../statistics.ts';

export async function measureWebhookLatency({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const { tenure } = await openHouse('webhook-latency');
  const doors = await openDoors(tenure, 'webhook-latency');
  const { client } = await openSharedBare('webhook-latency');
  const calls = quick ? 5 : 100;
  const http = axios.create({ httpAgent: new Agent({ keepAlive: true }) });

  const post = async (): Promise<void> => {
    const { body, headers } = signedPost(tenure.config.STRIPE_WEBHOOK_SECRET);
    await http.post(doors.product.url, body, { headers });
  };
  const signal = async (): Promise<void> => {
    await client.workflow.signalWithStart('bareLife', {
      ...bareStart(randomUUID()),
      signal: 'billing-changed',
      signalArgs: [PAID],
    });
  };
  const all = await compare(pairs, medianOf(calls, post), medianOf(calls, signal), (done) =>
    say(`pair ${done} of ${pairs}`),
  );
  await Promise.all([doors.product.process.end(), doors.bare.process.end()]);
  return [
    ratioFinding(
      { id: 'R4', what: 'webhook → 2xx ÷ bare signal-with-start', goal: atMost(1.3) },
      all,
      (a, b) => `${a} ÷ ${b} ms, one after the other`,
      1,
    ),
  ];
}

/** The median time of one call, in ms. */
function medianOf(calls: number, call: () => Promise<void>): () => Promise<number> {
  return async () => {
    const times: number[] = [];
    for (let i = 0; i < calls; i += 1) {
      const startedAt = performance.now();
      await call();
      times.push(performance.now() - startedAt);
    }
    return summarise(times).median;
  };
}
