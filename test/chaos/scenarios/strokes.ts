/** What the nemesis does. Each stroke leaves the world whole again, or broken for a few calls only. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tenure } from '../../harness/tenure.ts';
import type { Fleet } from '../fleet.ts';
import type { Levers } from '../levers.ts';
import { LINKED, type LinkedFleet } from '../wires/linked-worker.ts';
import { AILMENTS } from './bad-links.ts';

export interface Battlefield {
  tenure: Tenure;
  fleet: Fleet;
  links: LinkedFleet['links'];
  levers: Levers;
  postgres: Mortal;
  temporal: Mortal;
  random: () => number;
}

interface Mortal {
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<unknown>;
}

type Stroke = (battlefield: Battlefield) => Promise<void>;

/** Longer than a client waits for an answer. */
const HANG_TIMES = 2;
const EVENTS_AT_ONCE = 10;

export const STROKES: Record<string, Stroke> = {
  'worker SIGKILL': ({ fleet, random }) => fleet.crashAndRestart(random() * 1_000),
  'worker rolled': ({ fleet }) => fleet.roll(),
  'Temporal SIGKILL': ({ temporal, random }) => dieFor(temporal, 'SIGKILL', 500 + random() * 2_500),
  'Postgres immediate stop': ({ postgres, random }) => dieFor(postgres, 'SIGQUIT', 300 + random() * 2_000),
  'provider loses answers': async ({ levers }) => {
    await levers.breakVultr({ kind: 'lost-after', times: 4 });
    await levers.breakVultr({ kind: 'status-after', times: 4, skip: 6 });
    await levers.breakVultr({ kind: 'lost-before', times: 3, skip: 12 });
  },
  'provider throttles': ({ levers }) => levers.breakVultr({ kind: 'throttle', times: 25 }),
  'provider is slow': async ({ levers, random }) => {
    await levers.breakVultr({ kind: 'delay', delayMs: 300 + Math.round(random() * 1_200), times: 15 });
    await levers.breakVultr({ kind: 'hang', times: HANG_TIMES, skip: 3 });
    await levers.breakVultr({ kind: 'slow-body', bytesPerSecond: 1_024, times: 4, skip: 6 });
  },
  'a link falls ill': fallIll,
  'provider refuses a create': ({ levers }) =>
    levers.breakVultr({ kind: 'status', status: 400, method: 'POST', path: '^/v2/instances$' }),
  'payments lose answers': async ({ levers }) => {
    levers.breakStripe({ kind: 'lost-after', path: '^/v1/', times: 4 });
    levers.breakStripe({ kind: 'status', path: '^/v1/', times: 4, skip: 8 });
    levers.breakStripe({ kind: 'status-after', path: '^/v1/', times: 3, skip: 14 });
  },
  'payments throttle': async ({ levers }) => {
    levers.breakStripe({ kind: 'throttle', path: '^/v1/', times: 10 });
  },
  'mail breaks off': async ({ levers }) => {
    await levers.breakMail({ at: 'data', kind: 'drop-after', times: 1 });
    await levers.breakMail({ at: 'data', kind: 'drop', times: 1, skip: 2 });
    await levers.breakMail({ at: 'rcpt', kind: 'refuse', code: 451, times: 3 });
  },
  'webhooks out of order': async ({ levers, random }) => {
    await levers.holdWebhooks();
    await sleep(1_500);
    const types = [
      'invoice.paid',
      'invoice.payment_failed',
      'checkout.session.completed',
      'customer.subscription.updated',
    ];
    const keys = new Map(types.map((type) => [type, random()]));
    await levers.releaseWebhooks(types.sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0)));
  },
  'webhooks repeated': async ({ tenure, levers }) => {
    const { rows } = await tenure.sql.query<{ id: string }>(
      'select event_id as id from payment_events order by id desc limit 30',
    );
    await Promise.all(rows.map(({ id }) => levers.redeliver(id, EVENTS_AT_ONCE)));
  },
};

/** One link suffers from one thing for a while. */
async function fallIll({ links, random }: Battlefield): Promise<void> {
  const pickOf = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const ill = links[pickOf(LINKED) ?? 'provider'];
  const ailment = pickOf(Object.values(AILMENTS)) ?? {};
  for (const link of ill) link.fallIll(ailment);
  await sleep(1_000 + random() * 4_000);
  for (const link of ill) link.recover();
}

async function dieFor(part: Mortal, signal: NodeJS.Signals, ms: number): Promise<void> {
  await part.kill(signal);
  await sleep(ms);
  await part.restart();
}
