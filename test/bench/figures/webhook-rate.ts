/** How many webhooks per second the API takes, over a bare handler that verifies the signature and inserts one row. */
import autocannon from 'autocannon';
import type { Bench } from '../bench.ts';
import { atLeast, ratioFinding, type Finding } from '../finding.ts';
import { openDoors, type Door } from '../rig/doors.ts';
import { openHouse } from '../rig/house.ts';
import { signedPost } from '../rig/posts.ts';
import { compare } from '../statistics.ts';

const CONNECTIONS = 10;

export async function measureWebhookRate({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const { tenure } = await openHouse('webhook-rate');
  const doors = await openDoors(tenure, 'webhook-rate');
  const requests = quick ? 200 : 6_000;
  const secret = tenure.config.STRIPE_WEBHOOK_SECRET;
  const rateOf = (door: Door) => (): Promise<number> => flood(door.url, secret, requests);
  const all = await compare(pairs, rateOf(doors.product), rateOf(doors.bare), (done) =>
    say(`pair ${done} of ${pairs}`),
  );
  await Promise.all([doors.product.process.end(), doors.bare.process.end()]);
  return [
    ratioFinding(
      {
        id: 'webhooks',
        what: 'webhooks per second ÷ bare Express that verifies and inserts one row',
        goal: atLeast(0.7),
      },
      all,
      (a, b) => `${a} ÷ ${b} per second, ${CONNECTIONS} connections, each event another one`,
    ),
  ];
}

/** Posts events as fast as they are taken; requests per second. @throws Error if one was not taken */
async function flood(url: string, secret: string, amount: number): Promise<number> {
  // Signed before, so that signing is not measured.
  const posts = Array.from({ length: amount }, () => signedPost(secret));
  let next = 0;
  const startedAt = performance.now();
  let endedAt = startedAt;
  const options: autocannon.Options = {
    url,
    connections: CONNECTIONS,
    amount,
    requests: [
      {
        method: 'POST',
        setupRequest: (request) => ({ ...request, ...posts[next++ % amount] }),
      },
    ],
  };
  const { non2xx, errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error: Error | null, result) =>
      error ? reject(error) : resolve(result),
    );
    // It ends on its next full second, so the last answer tells when it was over.
    run.on('response', () => (endedAt = performance.now()));
  });
  const seconds = (endedAt - startedAt) / 1_000;
  if (non2xx + errors > 0) throw new Error(`${url} refused ${non2xx + errors} of ${amount} webhooks.`);
  return amount / seconds;
}
