/** Two doors for webhooks, each a process of its own on the same database: the product's API, and the least that one can do. */
import { freePort } from '../../../workers/local/ports.ts';
import type { Tenure } from '../../harness/tenure.ts';
import { type MeasuredProcess, startProcess } from './process.ts';

export interface Door {
  url: string;
  process: MeasuredProcess;
}

export async function openDoors(tenure: Tenure, name: string): Promise<{ product: Door; bare: Door }> {
  await tenure.sql.query(
    `create table if not exists bare_events (event_id text primary key, type text not null, received_at timestamptz default now());
     grant select, insert on bare_events to tenure_gateway`,
  );
  const [productPort, barePort] = [await freePort(), await freePort()];
  const open = async (
    port: number,
    kind: string,
    entry: string,
    env: Record<string, string>,
  ): Promise<Door> => ({
    url: `http://127.0.0.1:${port}/webhooks/stripe`,
    process: await startProcess({
      name: `${name}-${kind}`,
      entry,
      env: { ...tenure.env, ...env, API_PORT: String(port) },
    }),
  });
  return {
    product: await open(productPort, 'api', 'workers/api.ts', {}),
    bare: await open(barePort, 'bare-webhooks', 'test/bench/bare/webhook-server.ts', {
      DATABASE_URL: tenure.config.GATEWAY_DATABASE_URL,
    }),
  };
}
