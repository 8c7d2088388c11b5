/**
 * Who we are at Keystone, and where its catalogue says that the services are
 * (https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management).
 */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { readJson } from '../../http/answers.ts';
import type { HttpClient } from '../../http/client.ts';
import { ANSWER_LOST, NO_ANSWER, UNEXPECTED_ANSWER } from '../../http/failures.ts';
import { failureOf } from './faults.ts';

/** An application credential, which knows its project, or a user with the project to work in. */
export type Credentials =
  | { applicationCredential: { id: string; secret: string } }
  | {
      user: { name: string; domain: string; password: string };
      /** The project by its id, or by its name within a domain. */
      project: { id: string } | { name: string; domain: string };
    };

export interface SessionOptions {
  /** `https://keystone.example/v3`; the version may be left out. */
  authUrl: string;
  credentials: Credentials;
  /** Which of the catalogue's regions; needed only if it has several. */
  region?: string;
  interface: 'public' | 'internal' | 'admin';
}

/** What may be in a catalogue, by the types that it goes by. */
const SERVICE_TYPES = {
  compute: ['compute'],
  image: ['image'],
  volume: ['block-storage', 'volumev3'],
  network: ['network'],
} as const;
export type Service = keyof typeof SERVICE_TYPES;

export interface Session {
  token: string;
  /** Base URL of a service, without a slash at its end; `null` if the cloud has none in this region. */
  endpoint(service: Service): string | null;
  /** When half of the token's life is over, in epoch milliseconds. */
  halfLifeMs: number;
  /** When it is over. */
  expiresAtMs: number;
}

export interface Sessions {
  /**
   * The session in force, or a new one where it is about to end.
   *
   * @param isForLong a service will go on using the token after its answer, so at least half of its life must be left.
   */
  current(isForLong: boolean): Promise<Session>;
  /** Forgets a session whose token was refused. */
  drop(session: Session): void;
}

const Endpoint = z.object({ interface: z.string(), region: z.string().nullish(), url: z.string() });
const Token = z.object({
  token: z.object({
    expires_at: z.string().nullable(),
    catalog: z.array(z.object({ type: z.string(), endpoints: z.array(Endpoint) })),
  }),
});
type Catalog = z.infer<typeof Token>['token']['catalog'];

/** A token this near to its end is not used any more. */
const MARGIN_MS = 30_000;

export function createSessions(http: HttpClient, options: SessionOptions): Sessions {
  let opened: Session | undefined;
  let opening: Promise<Session> | undefined;

  const open = async (): Promise<Session> => {
    opened = await logIn(http, options);
    return opened;
  };
  return {
    current(isForLong) {
      const endsMs = opened && (isForLong ? opened.halfLifeMs : opened.expiresAtMs - MARGIN_MS);
      if (opened && endsMs !== undefined && Date.now() < endsMs) return Promise.resolve(opened);
      // Many calls at once need one session.
      opening ??= open().finally(() => {
        opening = undefined;
      });
      return opening;
    },
    drop(session) {
      if (opened === session) opened = undefined;
    },
  };
}

async function logIn(http: HttpClient, options: SessionOptions): Promise<Session> {
  const { credentials } = options;
  const path = `${options.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
  const call = { method: 'POST', path, body: { auth: authOf(credentials) } } as const;
  const secret = 'user' in credentials ? credentials.user.password : credentials.applicationCredential.secret;
  try {
    const answer = await http.send(call);
    const exchange = { api: http.api, call, answer };
    if (answer.status < 200 || answer.status >= 300) throw failureOf(exchange, [secret]);
    const token = answer.headers['x-subject-token'];
    if (typeof token !== 'string' || token === '') {
      throw new TenureFailure('retryable', 'Keystone gave a token without its X-Subject-Token header.', {
        reason: UNEXPECTED_ANSWER,
        nextStep: 'See whether a proxy in front of Keystone drops headers.',
      });
    }
    return sessionOf(token, readJson(Token, exchange).token, options);
  } catch (error) {
    throw harmless(error);
  }
}

/** A token that nobody got has no effect: what was to be done with it surely was not done. */
function harmless(error: unknown): unknown {
  if (!(error instanceof TenureFailure) || error.details.reason !== ANSWER_LOST) return error;
  const { upstream } = error.details;
  return new TenureFailure('retryable', `Keystone gave no token (${upstream}).`, {
    reason: NO_ANSWER,
    upstream,
  });
}

function authOf(credentials: Credentials): unknown {
  if ('applicationCredential' in credentials) {
    const { id, secret } = credentials.applicationCredential;
    return {
      identity: { methods: ['application_credential'], application_credential: { id, secret } },
    };
  }
  const { user, project } = credentials;
  const { name, domain, password } = user;
  return {
    identity: { methods: ['password'], password: { user: { name, domain: { name: domain }, password } } },
    scope: {
      project: 'id' in project ? project : { name: project.name, domain: { name: project.domain } },
    },
  };
}

function sessionOf(
  token: string,
  { expires_at, catalog }: z.infer<typeof Token>['token'],
  options: SessionOptions,
): Session {
  const nowMs = Date.now();
  // `null` is a token that never ends; an unreadable time is told by the first 401.
  const told = Date.parse(expires_at ?? '');
  const expiresAtMs = Number.isNaN(told) ? Infinity : told;
  return {
    token,
    expiresAtMs,
    halfLifeMs: nowMs + (expiresAtMs - nowMs) / 2,
    endpoint: (service) => findEndpoint(catalog, service, options),
  };
}

/** @throws TenureFailure `needs-a-human` if the catalogue has several regions and none was chosen. */
function findEndpoint(catalog: Catalog, service: Service, options: SessionOptions): string | null {
  const types: readonly string[] = SERVICE_TYPES[service];
  const fitting = catalog
    .filter(({ type }) => types.includes(type))
    .sort((a, b) => types.indexOf(a.type) - types.indexOf(b.type))
    .flatMap(({ endpoints }) => endpoints)
    .filter((endpoint) => endpoint.interface === options.interface)
    .filter(({ region }) => options.region === undefined || region === options.region);
  const regions = new Set(fitting.map(({ region }) => region));
  if (regions.size > 1) {
    throw new TenureFailure('needs-a-human', `The cloud has several regions: ${[...regions].join(', ')}.`, {
      reason: UNEXPECTED_ANSWER,
      nextStep: 'Set OPENSTACK_REGION to one of them.',
    });
  }
  return fitting[0]?.url.replace(/\/+$/, '') ?? null;
}
