/** The bare counterpart of a house: a namespace of its own, its worker process, and a client to drive it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { createSecretBox } from '../../../schemas/crypto/secret-box.ts';
import { loadConfig } from '../../../schemas/config.ts';
import { createDataConverter } from '../../../schemas/data-converter.ts';
import { LIFECYCLE_QUEUE } from '../../../schemas/queues.ts';
import {
  TenureCustomer,
  TenureDueAt,
  TenurePlan,
  TenureProvider,
  TenureStage,
  TenureTenant,
} from '../../../schemas/search-attributes.ts';
import type { BillingChanged, SubscriptionInput } from '../../../schemas/subscriptions/lifecycle.ts';
import type { BareKinds } from '../bare/worker.ts';
import { lab } from '../../harness/lab.ts';
import { startTracing, type Tracing } from '../../../workers/tracing.ts';
import type { Driver } from './lives.ts';
import { type MeasuredProcess, startProcess } from './process.ts';

export interface BareOptions {
  /** Distinguishes log and namespace. */
  name: string;
  /** A namespace with the search attributes. */
  namespace: string;
  address: string;
  /** Payloads are encrypted, as the product's are. Default true. */
  codec?: boolean;
  /** OTLP endpoint for traces of worker and client. */
  tracesTo?: string;
  /** Port of the worker's metrics. */
  metricsPort?: number;
  env?: Record<string, string>;
}

export interface Bare {
  client: Client;
  driver: Driver;
  /** Starts the workers, all in one process or only some. */
  startWorker(kinds?: BareKinds): Promise<MeasuredProcess>;
}

export async function openBare(options: BareOptions): Promise<Bare> {
  const { name, namespace, address, codec = true, tracesTo, metricsPort = 0 } = options;
  const { onEnd } = await lab();
  const env: Record<string, string> = {
    NODE_ENV: 'production',
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    BENCH_CODEC: codec ? 'on' : 'off',
    METRICS_PORT: String(metricsPort),
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    VULTR_REQUESTS_PER_SECOND: '10000',
    // Not used, but a configuration is only valid whole.
    DATABASE_URL: 'postgres://127.0.0.1/none',
    GATEWAY_DATABASE_URL: 'postgres://127.0.0.1/none',
    TOKEN_SECRET: 'x'.repeat(32),
    STRIPE_SECRET_KEY: 'none',
    STRIPE_WEBHOOK_SECRET: 'none',
    SMTP_URL: 'smtp://127.0.0.1',
    ...(tracesTo === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: tracesTo }),
    ...options.env,
  };
  const config = loadConfig(env);
  const connection = await Connection.connect({ address });
  onEnd(() => connection.close());
  const tracing: Tracing = startTracing(config, 'bare-client');
  onEnd(() => tracing.stop());
  const client = new Client({
    connection,
    namespace,
    plugins: tracing.plugins,
    ...(codec ? { dataConverter: createDataConverter(createSecretBox(config.ENCRYPTION_KEYS)) } : {}),
  });
  return {
    client,
    driver: bareDriver(client),
    startWorker: (kinds = 'all') =>
      startProcess({ name: `${name}-bare-${kinds}`, entry: 'test/bench/bare/worker.ts', args: [kinds], env }),
  };
}

/** What the product's relay sends when a first payment arrives. */
export const PAID: BillingChanged = {
  standing: 'paid',
  version: 1,
  periodEnd: '2030-01-01T00:00:00.000Z',
  eventId: 'evt_1TenureBenchmarkEvent00',
};

/** The start of a bare workflow, with the options that the product gives its own. */
export function bareStart(id: string) {
  const input: SubscriptionInput = {
    tenantId: randomUUID(),
    subscriptionId: id,
    customerId: randomUUID(),
    language: 'en',
    quantity: 1,
    currency: 'usd',
    region: 'fra',
    provider: 'bare',
    checkoutExpiresAt: new Date(Date.now() + 7_200_000).toISOString(),
    terms: {
      key: 'bench',
      name: { en: 'Bench', de: 'Bench' },
      version: 1,
      credentialDelivery: 'link',
      provisioning: { delayedAfterMinutes: 10, deadlineMinutes: 30 },
      overdue: { suspendAfterDays: 7, cancelAfterDays: 14 },
      retention: { graceDays: 0.0000025, finalSnapshotDays: 0.000005 },
    },
  };
  return {
    workflowId: `subscription/${id}`,
    taskQueue: LIFECYCLE_QUEUE,
    args: [input],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    workflowTaskTimeout: '5s' as const,
    staticSummary: '1 × Bench (bench v1)',
    staticDetails: 'Region fra, USD.',
    priority: { priorityKey: 2, fairnessKey: input.tenantId },
    typedSearchAttributes: [
      { key: TenureTenant, value: input.tenantId },
      { key: TenureCustomer, value: input.customerId },
      { key: TenureStage, value: 'awaiting-payment' },
      { key: TenureProvider, value: input.provider },
      { key: TenurePlan, value: input.terms.key },
      { key: TenureDueAt, value: new Date(input.checkoutExpiresAt) },
    ],
  };
}

function bareDriver(client: Client): Driver {
  return {
    async begin() {
      return { handle: await client.workflow.start('bareLife', bareStart(randomUUID())) };
    },
    async pay({ handle }) {
      await client.workflow.signalWithStart('bareLife', {
        ...bareStart(handle.workflowId.slice('subscription/'.length)),
        signal: 'billing-changed',
        signalArgs: [PAID],
      });
    },
    async cancel({ handle }) {
      await handle.executeUpdate<object, [object]>('cancel', {
        updateId: randomUUID(),
        args: [{ by: { kind: 'staff', id: 'bench' }, when: 'now', reason: 'measured enough' }],
      });
    },
    async expiryOf({ handle }) {
      return client.workflow.getHandle(`${handle.workflowId}/expiry`);
    },
  };
}
