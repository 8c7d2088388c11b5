import { rmSync } from 'node:fs';
import type { DatabaseUrls, LocalPorts, Parts } from './environment.ts';
import { writeJson } from './files.ts';
import type { LocalSecrets, State } from './state.ts';

/** `.tenure/runtime.json`: what a script needs to talk to the running installation. There only while it runs. */
export interface RuntimeFile {
  /** UTC, ISO 8601. */
  readyAt: string;
  addresses: {
    shop: string;
    api: string;
    apiDocs: string;
    temporal: string;
    temporalUi: string | null;
    /** The page to read the mail; null with a real mail server. */
    mail: string | null;
    /** The stand-ins; null where the real one is used. */
    stripe: string | null;
    vultr: string | null;
    smtp: string | null;
  };
  /** By the names of the logs; `supervisor` is the process to stop. */
  pids: Record<string, number>;
  /** A development admin: an API key with every scope. */
  admin: { apiKey: string };
  /** The keys that the stand-ins take; null where the real one is used. */
  sandboxKeys: {
    stripeSecretKey: string | null;
    stripeWebhookSecret: string | null;
    vultrApiKey: string | null;
  };
  databases: DatabaseUrls;
  logs: string;
}

interface RuntimeFacts {
  state: State;
  parts: Parts;
  ports: LocalPorts;
  secrets: LocalSecrets;
  databases: DatabaseUrls;
  childEnv: NodeJS.ProcessEnv;
}

/** What the file says about an installation, but for its processes. */
export function describeRuntime(facts: RuntimeFacts): Omit<RuntimeFile, 'pids'> {
  const { state, parts, ports, secrets, databases, childEnv } = facts;
  const { standIns } = parts;
  const shop = childEnv.PUBLIC_URL!.replace(/\/$/, '');
  const api = `http://127.0.0.1:${ports.api}`;
  return {
    readyAt: new Date().toISOString(),
    addresses: {
      shop,
      api,
      apiDocs: `${shop}/docs`,
      temporal: childEnv.TEMPORAL_ADDRESS!,
      temporalUi: childEnv.TEMPORAL_UI_URL ?? null,
      mail: standIns.has('mail') ? `http://127.0.0.1:${ports.mail}` : null,
      stripe: standIns.has('stripe') ? `http://127.0.0.1:${ports.stripe}` : null,
      vultr: standIns.has('vultr') ? `http://127.0.0.1:${ports.providers.vultr}/v2` : null,
      smtp: standIns.has('mail') ? `smtp://127.0.0.1:${ports.smtp}` : null,
    },
    admin: { apiKey: childEnv.BOOTSTRAP_API_KEY! },
    sandboxKeys: {
      stripeSecretKey: standIns.has('stripe') ? secrets.stripeSecretKey : null,
      stripeWebhookSecret: standIns.has('stripe') ? (childEnv.STRIPE_WEBHOOK_SECRET ?? null) : null,
      vultrApiKey: standIns.has('vultr') ? secrets.vultrApiKey : null,
    },
    databases,
    logs: state.path('logs'),
  };
}

/** Writes the file, whole or not at all; only its owner may read it. */
export function writeRuntimeFile(state: State, runtime: RuntimeFile): void {
  writeJson(state.path('runtime.json'), runtime, 0o600);
}

export function removeRuntimeFile(state: State): void {
  rmSync(state.path('runtime.json'), { force: true });
}
