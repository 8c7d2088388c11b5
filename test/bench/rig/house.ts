/** The product on real parts, with its worker and relay in processes of their own that can be measured. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { toEdgeId } from '../../../schemas/ids.ts';
import type { SubscriptionStatus } from '../../../schemas/subscriptions/lifecycle.ts';
import { type Order, pay, placeOrder } from '../../harness/buyer.ts';
import { startTenure, type Tenure, type TenureOptions } from '../../harness/tenure.ts';
import type { Driver, Subject } from './lives.ts';
import { type MeasuredProcess, startProcess } from './process.ts';

const CATALOG = path.resolve(import.meta.dirname, '../catalog.yaml');

export interface House {
  tenure: Tenure;
  /** Starts some workers in a process of their own: see `product-workers.ts`. */
  startWorkers(kinds: 'lifecycle' | 'activities' | 'relay'): Promise<MeasuredProcess>;
  /** Starts the hypervisor worker over a provider that answers at once: see `still-worker.ts`. */
  startStillProvider(): Promise<MeasuredProcess>;
  /** Starts `npm run worker -- all`. */
  startEverything(): Promise<MeasuredProcess>;
}

/** @param bootMs the stand-in's time from a create to a guest that answers */
export async function openHouse(
  name: string,
  { bootMs = 0, ...options }: Partial<TenureOptions> = {},
): Promise<House> {
  const tenure = await startTenure({
    ...options,
    name,
    bootMs,
    catalogFile: CATALOG,
    withoutWorker: true,
    // As in production; libraries are slower elsewhere.
    env: { NODE_ENV: 'production', LOG_LEVEL: 'info', VULTR_POLL_MS: '5', ...options.env },
  });
  return {
    tenure,
    startWorkers: (kinds) =>
      startProcess({
        name: `${name}-${kinds}`,
        entry: 'test/bench/rig/product-workers.ts',
        args: [kinds],
        env: tenure.env,
      }),
    startStillProvider: () =>
      startProcess({ name: `${name}-still`, entry: 'test/bench/rig/still-worker.ts', env: tenure.env }),
    startEverything: () =>
      startProcess({ name: `${name}-all`, entry: 'workers/main.ts', args: ['all'], env: tenure.env }),
  };
}

export interface Sale extends Subject {
  order: Order;
}

/** Drives real purchases: orders through the API, pays on the hosted page, cancels by the workflow's update. */
export function productDriver(tenure: Tenure): Driver<Sale> {
  return {
    async begin() {
      const order = await placeOrder(tenure, { planKey: 'bench' });
      return { order, handle: handleOf(tenure, order) };
    },
    async pay({ order }) {
      const status = await pay(order);
      if (status !== 303) throw new Error(`The hosted page answered the payment with ${status}.`);
    },
    async cancel({ handle }) {
      await handle.executeUpdate<SubscriptionStatus, [object]>('cancel', {
        updateId: randomUUID(),
        args: [{ by: { kind: 'staff', id: 'bench' }, when: 'now', reason: 'measured enough' }],
      });
    },
    async expiryOf({ order }) {
      const { rows } = await tenure.sql.query<{ id: string }>(
        'select id from instances where subscription_id = $1',
        [order.id],
      );
      const [row] = rows;
      if (!row) throw new Error(`${order.subscriptionId} has no instance.`);
      return tenure.temporal.workflow.getHandle(`snapshot-expiry/${toEdgeId('instance', row.id)}`);
    },
  };
}

function handleOf(tenure: Tenure, order: Order): WorkflowHandle {
  return tenure.temporal.workflow.getHandle(`subscription/${order.subscriptionId}`);
}
