/** A fleet of workers whose every call to the world passes a switchboard. */
import { lab } from '../../harness/lab.ts';
import type { Tenure } from '../../harness/tenure.ts';
import { type Fleet, openFleet } from '../fleet.ts';
import { httpProxy } from './http.ts';
import { hearPostgres } from './postgres.ts';
import { hearSmtp } from './smtp.ts';
import { openSwitchboard, type Switchboard } from './switchboard.ts';
import { tcpProxy } from './tcp.ts';
import { temporalProxy } from './temporal.ts';

export interface WiredFleet {
  fleet: Fleet;
  board: Switchboard;
  close(): Promise<void>;
}

/** How the relay looks for messages, and marks them. */
export const OUTBOX_CALL = 'postgres update outbox';

/** Longer than anybody is held, so that a held call is not given up by its caller. */
const PATIENT_TIMEOUT_MS = 20_000;

export async function wireUp(tenure: Tenure): Promise<WiredFleet> {
  const board = openSwitchboard(OUTBOX_CALL);
  const { config } = tenure;
  const [vultr, stripe, smtp, app, gateway, temporal] = await Promise.all([
    httpProxy('vultr', config.VULTR_API_BASE, board),
    httpProxy('stripe', config.STRIPE_API_BASE, board),
    tcpProxy(config.SMTP_URL, board, hearSmtp),
    tcpProxy(config.DATABASE_URL, board, hearPostgres),
    tcpProxy(config.GATEWAY_DATABASE_URL, board, hearPostgres),
    temporalProxy(config.TEMPORAL_ADDRESS, board),
  ]);
  const fleet = await openFleet(tenure, {
    VULTR_API_BASE: vultr.url,
    VULTR_TIMEOUT_MS: String(PATIENT_TIMEOUT_MS),
    STRIPE_API_BASE: stripe.url,
    SMTP_URL: smtp.url,
    DATABASE_URL: app.url,
    GATEWAY_DATABASE_URL: gateway.url,
    TEMPORAL_ADDRESS: temporal.url,
    // Whoever is held holds a connection.
    DATABASE_POOL_SIZE: '60',
  });
  const close = async (): Promise<void> => {
    board.disarm();
    await fleet.close();
    await Promise.all([vultr, stripe, smtp, app, gateway, temporal].map((proxy) => proxy.close()));
  };
  (await lab()).onEnd(close);
  return { fleet, board, close };
}
