import { join } from 'node:path';
import express from 'express';
import pino, { type Logger } from 'pino';
import { sandboxRouter } from '../shared/admin.ts';
import { createFaults, type Faults } from '../shared/faults.ts';
import { openLedger, type Ledger } from '../shared/ledger.ts';
import { startHttp } from '../shared/server.ts';
import { openStore } from '../shared/store.ts';
import { billingEndpoints } from './api/billing.ts';
import { catalogEndpoints } from './api/catalog.ts';
import { checkoutEndpoints } from './api/checkout.ts';
import { customerEndpoints } from './api/customers.ts';
import { discountEndpoints } from './api/discounts.ts';
import { subscriptionEndpoints } from './api/subscriptions.ts';
import { controlRouter } from './controls.ts';
import { tick } from './money/clock.ts';
import { pageRouter } from './page/routes.ts';
import { createCourier } from './webhooks/courier.ts';
import { faultBody } from './wire/errors.ts';
import { wireRouter } from './wire/router.ts';
import { freshState } from './world/state.ts';
import { openWorld } from './world/world.ts';

export interface StripeSandboxOptions {
  /** TCP port on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** Where its state and ledger live; both survive a restart, also after a SIGKILL. */
  stateDir: string;
  /** The only API key it accepts. */
  secretKey: string;
  /** Signs webhooks. */
  webhookSecret: string;
  /** Where events go; null for nowhere. */
  webhookUrl: string | null;
  /** Address written into the links of payment pages; its own by default. */
  publicUrl?: string;
  /** How long an API request takes at least. Default 10 ms. */
  latencyMs?: number;
  /** Requests per second and key, beyond which it answers 429. Default 100, as Stripe's live mode. */
  requestsPerSecond?: number;
  /** How long a SEPA debit takes. Default 60,000 ms (really: days). */
  debitSettlesMs?: number;
  /** Wait before an undelivered event is sent again; doubles up to a minute. Default 1,000 ms. */
  webhookRetryMs?: number;
  log?: Logger;
}

export interface StripeSandbox {
  /** Base address of API and payment pages, without a trailing slash. */
  url: string;
  faults: Faults;
  ledger: Ledger;
  close(): Promise<void>;
}

const TICK_MS = 500;

const endpoints = [
  ...customerEndpoints,
  ...catalogEndpoints,
  ...discountEndpoints,
  ...checkoutEndpoints,
  ...subscriptionEndpoints,
  ...billingEndpoints,
];

/**
 * Starts the stand-in for Stripe: API, payment pages, webhooks and the controls of README.md.
 *
 * @throws Error with one sentence when the port is taken.
 */
export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const log = options.log ?? pino({ name: 'sandbox-stripe', level: 'warn' });
  const store = openStore(join(options.stateDir, 'state.jsonl'), () => freshState(null, []));
  const ledger = openLedger(join(options.stateDir, 'ledger.jsonl'), 'stripe');
  const faults = createFaults(faultBody);
  let publicUrl = options.publicUrl?.replace(/\/$/, '') ?? '';
  const world = openWorld({
    store,
    ledger,
    publicUrl: () => publicUrl,
    debitSettlesMs: options.debitSettlesMs ?? 60_000,
  });
  Object.assign(world.state.settings, {
    webhookUrl: options.webhookUrl,
    webhookSecrets: [options.webhookSecret],
  });
  world.saveSettings();
  const courier = createCourier(world, options.webhookRetryMs ?? 1_000);
  world.onDeliveries(() => courier.wake());

  const app = express();
  app.disable('x-powered-by');
  app.use(faults.middleware);
  app.use('/__sandbox/stripe', controlRouter(world, courier));
  app.use('/__sandbox', sandboxRouter(faults, ledger));
  app.use('/v1', wireRouter(endpoints, wireOptions(options, world)));
  app.use(pageRouter(world));
  const server = await startHttp(app, options.port);
  publicUrl ||= server.url;

  const clock = setInterval(() => {
    try {
      tick(world);
    } catch (error) {
      log.error({ err: error }, 'the sandbox could not do what was due');
    }
  }, TICK_MS);
  courier.wake();

  return {
    url: server.url,
    faults,
    ledger,
    close: async () => {
      clearInterval(clock);
      courier.close();
      await server.close();
      store.close();
    },
  };
}

function wireOptions(options: StripeSandboxOptions, world: ReturnType<typeof openWorld>) {
  return {
    world,
    secretKey: options.secretKey,
    latencyMs: options.latencyMs ?? 10,
    requestsPerSecond: options.requestsPerSecond ?? 100,
  };
}
