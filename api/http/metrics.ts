/** What Prometheus reads of the API. */
import type { RequestHandler } from 'express';
import type { Pool } from 'pg';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type WebhookOutcome = 'stored' | 'ignored' | 'repeated' | 'rejected' | 'failed';

export interface ApiMetrics {
  /** Times every request by method, route template and status. */
  observeRequests: RequestHandler;
  countWebhook(outcome: WebhookOutcome): void;
}

const DURATION_BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Adds the API's metrics to the registry. */
export function createApiMetrics(registry: Registry, gatewayPool: Pool): ApiMetrics {
  const registers = [registry];
  const durations = new Histogram({
    name: 'tenure_http_request_duration_seconds',
    help: 'Time to answer, by method, route and status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const webhooks = new Counter({
    name: 'tenure_webhooks_total',
    help: 'Payment webhooks by outcome.',
    labelNames: ['outcome'] as const,
    registers,
  });
  watchOutbox(registry, gatewayPool);
  return {
    observeRequests(req, res, next) {
      const stop = durations.startTimer();
      res.once('finish', () => {
        const route = String(res.locals['route'] ?? 'unmatched');
        // A live stream's length is the reader's patience, not our speed.
        if (!res.locals['streaming']) stop({ method: req.method, route, status: res.statusCode });
      });
      next();
    },
    countWebhook: (outcome) => webhooks.inc({ outcome }),
  };
}

function watchOutbox(registry: Registry, gatewayPool: Pool): void {
  const depth = sharedWhileRunning(() => outboxDepth(gatewayPool));
  new Gauge({
    name: 'tenure_outbox_waiting',
    help: 'Messages that wait for delivery.',
    registers: [registry],
    async collect() {
      setOrForget(this, (await depth())?.waiting);
    },
  });
  new Gauge({
    name: 'tenure_outbox_oldest_age_seconds',
    help: 'Age of the oldest message that waits for delivery; 0 if none waits.',
    registers: [registry],
    async collect() {
      setOrForget(this, (await depth())?.ageSeconds);
    },
  });
}

interface OutboxDepth {
  waiting: number;
  ageSeconds: number;
}

/** `null` if the database does not say. */
async function outboxDepth(gatewayPool: Pool): Promise<OutboxDepth | null> {
  try {
    const { rows } = await gatewayPool.query<OutboxDepth>(
      `select count(*)::int as waiting, coalesce(extract(epoch from now() - min(created_at)), 0)::float as "ageSeconds"
       from outbox where delivered_at is null`,
    );
    return rows[0] ?? null;
  } catch {
    return null;
  }
}

/** Unknown is not zero: an alert on a missing value must be able to fire. */
function setOrForget(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}

/** Calls made while one is under way get its result. */
export function sharedWhileRunning<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}
