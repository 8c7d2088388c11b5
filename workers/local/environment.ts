import { StartError } from './errors.ts';
import {
  chooseProviderStandIns,
  portOfStandIn,
  PROVIDER_STAND_INS,
  type ProviderStandIn,
  standInEnvironment,
} from './provider-stand-ins.ts';
import type { LocalSecrets, Ports, State } from './state.ts';

/** The third-party APIs that have a stand-in. */
export type StandIn = ProviderStandIn | 'stripe' | 'mail';

/** Which parts this machine runs itself; the others are somebody else's, named by the environment. */
export interface Parts {
  ownDatabase: boolean;
  ownTemporal: boolean;
  standIns: Set<StandIn>;
}

/** Ports of what runs here. */
export interface LocalPorts {
  api: number;
  workerMetrics: number;
  temporal: number;
  temporalUi: number;
  providers: Record<ProviderStandIn, number>;
  stripe: number;
  smtp: number;
  mail: number;
  guestSsh: number;
  guestRdp: number;
  guestWeb: number;
}

/** Connection URLs of the three database roles, see schemas/db/README.md. */
export interface DatabaseUrls {
  admin: string;
  app: string;
  gateway: string;
}

const host = '127.0.0.1';

/**
 * Decides what runs here: whatever the environment gives no address or key for.
 *
 * @throws StartError when a setting lacks the one that belongs to it.
 */
export function chooseParts(env: NodeJS.ProcessEnv): Parts {
  if (env.STRIPE_SECRET_KEY && !env.STRIPE_WEBHOOK_SECRET) {
    throw new StartError(
      'STRIPE_SECRET_KEY is set but STRIPE_WEBHOOK_SECRET is not: set the signing secret of the webhook endpoint too, or unset both to use the stand-in.',
    );
  }
  if (env.ADMIN_DATABASE_URL && !(env.DATABASE_URL && env.GATEWAY_DATABASE_URL)) {
    throw new StartError(
      'ADMIN_DATABASE_URL is set without DATABASE_URL and GATEWAY_DATABASE_URL: set all three roles, or only DATABASE_URL with the owner’s URL to have the others made.',
    );
  }
  const standIns = new Set<StandIn>(chooseProviderStandIns(env));
  if (!env.STRIPE_SECRET_KEY) standIns.add('stripe');
  if (!env.SMTP_URL) standIns.add('mail');
  return { ownDatabase: !env.DATABASE_URL, ownTemporal: !env.TEMPORAL_ADDRESS, standIns };
}

/** Takes a port for everything that may run here. */
export async function takePorts(ports: Ports): Promise<LocalPorts> {
  // One after the other: two takers must not be offered the same port.
  return {
    api: await ports.take('API_PORT', 4000),
    workerMetrics: await ports.take('METRICS_PORT'),
    temporal: await ports.take('TEMPORAL_PORT', 7233),
    temporalUi: await ports.take('TEMPORAL_UI_PORT', 8233),
    providers: await takeProviderPorts(ports),
    stripe: await ports.take('SANDBOX_STRIPE_PORT', 4102),
    mail: await ports.take('SANDBOX_MAIL_PORT', 4103),
    smtp: await ports.take('SANDBOX_SMTP_PORT', 4125),
    guestSsh: await ports.take('SANDBOX_GUEST_SSH_PORT', 4122),
    guestRdp: await ports.take('SANDBOX_GUEST_RDP_PORT', 4189),
    guestWeb: await ports.take('SANDBOX_GUEST_WEB_PORT', 4180),
  };
}

async function takeProviderPorts(ports: Ports): Promise<LocalPorts['providers']> {
  const taken: Partial<LocalPorts['providers']> = {};
  for (const name of PROVIDER_STAND_INS) taken[name] = await ports.take(...portOfStandIn(name));
  return taken as LocalPorts['providers'];
}

/**
 * The URLs of the three roles. With `ADMIN_DATABASE_URL` all three are given; otherwise `ownerUrl` (our own Postgres's
 * superuser, or a `DATABASE_URL` of an owner) gets two logins beside it, which the migrations create.
 */
export function databaseUrls(ownerUrl: string, secrets: LocalSecrets, env: NodeJS.ProcessEnv): DatabaseUrls {
  if (env.ADMIN_DATABASE_URL) {
    return { admin: env.ADMIN_DATABASE_URL, app: env.DATABASE_URL!, gateway: env.GATEWAY_DATABASE_URL! };
  }
  const as = (role: string, password: string): string =>
    Object.assign(new URL(ownerUrl), { username: `${role}_${secrets.databaseLoginSuffix}`, password }).href;
  return {
    admin: ownerUrl,
    app: as('tenure_app', secrets.databaseAppPassword),
    gateway: as('tenure_gateway', secrets.databaseGatewayPassword),
  };
}

/** Everything that the children's environment is made of. */
export interface Wiring {
  parts: Parts;
  ports: LocalPorts;
  secrets: LocalSecrets;
  databases: DatabaseUrls;
  state: State;
  env: NodeJS.ProcessEnv;
}

/** The environment of API and workers: what was given, and an address or key of our own for the rest. */
export function childEnvironment({
  parts,
  ports,
  secrets,
  databases,
  state,
  env,
}: Wiring): NodeJS.ProcessEnv {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const own: Record<string, string> = {
    NODE_ENV: 'development',
    TENURE_DIR: state.directory,
    API_HOST: host,
    PUBLIC_URL: `http://${host}:${ports.api}`,
    WORKER_METRICS_URL: `http://${host}:${ports.workerMetrics}/metrics`,
    ENCRYPTION_KEYS: secrets.encryptionKeys,
    TOKEN_SECRET: secrets.tokenSecret,
    BOOTSTRAP_API_KEY: secrets.adminApiKey,
  };
  if (parts.ownTemporal) own.TEMPORAL_UI_URL = `http://${host}:${ports.temporalUi}`;
  if (parts.standIns.has('stripe')) {
    own.STRIPE_API_BASE = `http://${host}:${ports.stripe}`;
    own.STRIPE_SECRET_KEY = secrets.stripeSecretKey;
    own.STRIPE_WEBHOOK_SECRET = secrets.stripeWebhookSecret;
  }
  const played = PROVIDER_STAND_INS.filter((name) => parts.standIns.has(name));
  for (const name of played) {
    const key = name === 'vultr' ? secrets.vultrApiKey : secrets.providerKey;
    Object.assign(own, standInEnvironment(name, ports.providers[name], key, state.path('sandbox', name)));
  }
  if (played.length > 0) {
    own.SSH_PORT = `${ports.guestSsh}`;
    own.RDP_PORT = `${ports.guestRdp}`;
    own.COOLIFY_WEB_PORT = `${ports.guestWeb}`;
  }
  if (parts.standIns.has('mail')) own.SMTP_URL = `smtp://${host}:${ports.smtp}`;
  return {
    ...own,
    ...given,
    API_PORT: `${ports.api}`,
    METRICS_PORT: `${ports.workerMetrics}`,
    TEMPORAL_ADDRESS: env.TEMPORAL_ADDRESS || `${host}:${ports.temporal}`,
    ADMIN_DATABASE_URL: databases.admin,
    DATABASE_URL: databases.app,
    GATEWAY_DATABASE_URL: databases.gateway,
  };
}

/** The environment of the sandbox's process. @param childEnv see `childEnvironment`. */
export function sandboxEnvironment(wiring: Wiring, childEnv: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { parts, ports, state } = wiring;
  return {
    ...childEnv,
    SANDBOX_APIS: [...parts.standIns].join(','),
    SANDBOX_STATE_DIR: state.path('sandbox'),
    ...Object.fromEntries(
      PROVIDER_STAND_INS.map((name) => [portOfStandIn(name)[0], `${ports.providers[name]}`]),
    ),
    SANDBOX_STRIPE_PORT: `${ports.stripe}`,
    SANDBOX_SMTP_PORT: `${ports.smtp}`,
    SANDBOX_MAIL_PORT: `${ports.mail}`,
    SANDBOX_GUEST_SSH_PORT: `${ports.guestSsh}`,
    SANDBOX_GUEST_RDP_PORT: `${ports.guestRdp}`,
    SANDBOX_GUEST_WEB_PORT: `${ports.guestWeb}`,
    SANDBOX_WEBHOOK_URL: wiring.env.SANDBOX_WEBHOOK_URL || `http://${host}:${ports.api}/webhooks/stripe`,
  };
}
