import type { Logger } from 'pino';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import type { Hypervisor } from '../activities/hypervisors/port.ts';
import type { Billing } from '../activities/payments/billing.ts';
import type { PaymentGateway } from '../activities/payments/port.ts';
import type { Config } from '../schemas/config.ts';
import type { SecretBox } from '../schemas/crypto/secret-box.ts';
import type { TenantRef } from '../schemas/db/tenancy.ts';
import type { RateLimit } from './http/rate-limit.ts';
import type { SubscriptionMessenger } from './temporal/messenger.ts';

/** All that the API needs of the world; `workers/api.ts` puts it together. */
export interface ApiDependencies {
  config: Config;
  /** As the role `tenure_app`. */
  db: DataSource;
  /** As the role `tenure_gateway`: webhooks in, outbox depth out. */
  gatewayPool: Pool;
  payments: Pick<PaymentGateway, 'name' | 'createCheckout' | 'paymentPage' | 'previewPrice' | 'readWebhook'>;
  /** Reads afresh how a payment stands, when the row turns out to be behind. */
  billing: Pick<Billing, 'refresh'>;
  /** The configured providers' drivers by name; a plan is sold where one of its providers is among them. */
  hypervisors: ReadonlyMap<string, Pick<Hypervisor, 'name' | 'checkPlan' | 'capabilities'>>;
  messenger: SubscriptionMessenger;
  /** Whose shop this is. */
  tenant: TenantRef;
  secretBox: SecretBox;
  registry: Registry;
  logger: Logger;
  /** Of public routes that change something, per address of the sender. */
  rateLimit?: RateLimit;
  /** Folder of the built pages; by default `web/dist`. */
  pagesDir?: string;
  /** Text in Prometheus's format that is appended to /metrics, such as the Temporal SDK's. */
  moreMetrics?: () => Promise<string>;
  /** When aborted, live streams end, so that the server can close. */
  stopping?: AbortSignal;
}
