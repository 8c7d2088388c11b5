/**
 * The whole configuration: environment variables, validated once, listed here and nowhere else.
 * `npm run config` prints what is in force, with secrets masked.
 */
import { z } from 'zod';
import { FLEET_SETTINGS } from './fleet/settings.ts';
import { PROVIDER_CREDENTIALS, PROVIDER_SETTINGS } from './providers/settings.ts';

const url = z.url();
const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(1);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** "keyId:base64(32 bytes)", several separated by commas; the first one encrypts, all decrypt. */
const encryptionKeys = z.string().transform((text, context) => {
  const keys = text.split(',').map((entry) => {
    const [id = '', encoded = ''] = entry.trim().split(':');
    return { id, key: Buffer.from(encoded, 'base64') };
  });
  if (keys.some(({ id, key }) => !/^[A-Za-z0-9_-]{1,32}$/.test(id) || key.length !== 32)) {
    context.addIssue({
      code: 'custom',
      message: 'must be "id:base64 of 32 bytes", several separated by commas',
    });
    return z.NEVER;
  }
  return keys;
});

const SHAPE = {
  NODE_ENV: z
    .string()
    .default('production')
    .describe('development relaxes nothing; it only names the environment'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('pino level'),

  DATABASE_URL: z.string().describe('Postgres, as the application role (row-level security applies)'),
  GATEWAY_DATABASE_URL: z
    .string()
    .describe('Postgres, as the role that stores webhooks and relays the outbox'),
  ADMIN_DATABASE_URL: z.string().optional().describe('Postgres, as the owner; only for migrations'),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).default(10).describe('connections per process and role'),

  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233').describe('host:port of the Temporal frontend'),
  TEMPORAL_NAMESPACE: z.string().default('default').describe('Temporal namespace'),
  TEMPORAL_API_KEY: z.string().optional().describe('Temporal Cloud API key; turns TLS on'),
  TEMPORAL_UI_URL: url.default('http://127.0.0.1:8233').describe('where staff open the Temporal UI'),
  TEMPORAL_BUILD_ID: z
    .string()
    .optional()
    .describe('turns on worker deployment versioning with this build id'),
  WORKFLOW_CACHE_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .default(600)
    .describe('workflows kept in a worker’s memory'),
  STICKY_TIMEOUT_MS: milliseconds.default(1_000).describe('how long a dead worker’s workflows wait for it'),
  WORKFLOW_BUNDLE: z.string().optional().describe('path of a prebuilt workflow bundle'),

  ENCRYPTION_KEYS: encryptionKeys.describe(
    'AES-256-GCM keys for payloads and columns: "id:base64", newest first',
  ),
  TOKEN_SECRET: z.string().min(32).describe('signs order links and one-time links'),

  OTEL_EXPORTER_OTLP_ENDPOINT: url
    .optional()
    .describe('where traces go (OTLP over HTTP); unset turns tracing off'),

  API_HOST: z.string().default('127.0.0.1').describe('address the API listens on'),
  API_PORT: port.default(4000).describe('port the API listens on'),
  PUBLIC_URL: url.default('http://127.0.0.1:4000').describe('where customers reach the API and the pages'),
  METRICS_PORT: port.default(0).describe('port of a worker’s own /metrics; 0 turns it off'),
  METRICS_HOST: z.string().default('127.0.0.1').describe('address a worker’s /metrics listens on'),
  WORKER_METRICS_URL: url
    .optional()
    .describe('a worker’s /metrics, appended to the API’s own (one-host set-ups)'),
  TRUST_PROXY: z.coerce.number().int().min(0).default(0).describe('number of reverse proxies in front'),
  TENANT_NAME: z.string().default('Tenure').describe('name of the first tenant, shown on pages and in mails'),

  BOOTSTRAP_API_KEY: z
    .string()
    .optional()
    .describe(
      'API key with every scope for the first tenant, created by the migrations: "tnr_" + 8 + "_" + 32 or more',
    ),
  CATALOG_FILE: z.string().default('catalog.yaml').describe('the catalogue that is on sale'),

  STRIPE_SECRET_KEY: z.string().describe('Stripe secret key'),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .describe('Stripe webhook signing secret; several separated by commas while rotating'),
  STRIPE_API_BASE: url.default('https://api.stripe.com').describe('Stripe API, or a stand-in'),
  STRIPE_TAX: flag.default(false).describe('automatic tax by Stripe Tax'),
  STRIPE_WEBHOOK_TOLERANCE_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(300)
    .describe('age limit of a signature'),

  ...PROVIDER_SETTINGS,
  ...FLEET_SETTINGS,

  SSH_PORT: port.default(22).describe('port on which new Linux servers are tried'),
  RDP_PORT: port.default(3389).describe('port on which new Windows servers are tried'),

  SMTP_URL: z.string().describe('smtp://user:password@host:port or smtps://…'),
  MAIL_FROM: z.string().default('Tenure <no-reply@tenure.example>').describe('sender of all mails'),
  STAFF_EMAIL: z.email().default('staff@tenure.example').describe('who is told when a person is needed'),
  SUPPORT_EMAIL: z.email().optional().describe('the address customers may write to; STAFF_EMAIL if unset'),
  TIME_ZONE: z.string().default('Europe/Berlin').describe('IANA zone in which mails write times'),

  CHECKOUT_EXPIRES_MINUTES: z.coerce
    .number()
    .min(30)
    .max(1_440)
    .default(60)
    .describe('how long a checkout may be paid'),
  CREDENTIALS_LINK_HOURS: z.coerce.number().min(1).default(72).describe('how long a one-time link works'),
} as const;

const Config = z.object(SHAPE).superRefine((config, context) => {
  const halfGiven = PROVIDER_CREDENTIALS.filter((group) => group.some((name) => config[name] !== undefined));
  for (const name of halfGiven.flat()) {
    if (config[name] === undefined) context.addIssue({ code: 'custom', path: [name], message: 'is not set' });
  }
});
export type Config = z.infer<typeof Config>;

const SECRET = /KEY|SECRET|PASSWORD|TOKEN|_URL$/;

/** A setting is missing or wrong; `message` names each in a line of its own. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** Reads the configuration. Empty strings count as not set. @throws ConfigError naming every wrong variable. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Config.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]) as keyof typeof SHAPE;
    return `${name}: ${given[name] === undefined ? 'is not set' : issue.message} (${SHAPE[name].description ?? ''})`;
  });
  throw new ConfigError(`The configuration is not usable:\n  ${lines.join('\n  ')}`);
}

export interface Setting {
  name: string;
  /** As text; `null` if not set. Secrets are masked. */
  value: string | null;
  description: string;
}

/** Every setting with its value in force (default or given) and what it is for; secrets masked. */
export function describeConfig(env: NodeJS.ProcessEnv = process.env): Setting[] {
  return Object.entries(SHAPE).map(([name, shape]) => {
    const given = env[name] || undefined;
    const fallback: unknown = shape.safeParse(undefined).data;
    const value = given ?? (fallback === undefined ? null : JSON.stringify(fallback).replaceAll('"', ''));
    return { name, value: mask(name, value), description: shape.description ?? '' };
  });
}

function mask(name: string, value: string | null): string | null {
  if (value === null || !SECRET.test(name)) return value;
  if (!/KEY|SECRET|PASSWORD|TOKEN/.test(name)) return value.replace(/:\/\/([^:/@]*):[^@]*@/, '://$1:***@');
  return '***';
}
