/** Who is asking, proven before anything else is looked at. */
import { timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import type { Scope } from '../../schemas/api/staff.ts';
import { readApiKey } from '../../schemas/crypto/api-keys.ts';
import { readToken, type TokenPurpose } from '../../schemas/crypto/tokens.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { readCodecSession } from '../codec/session.ts';
import { noteKeyUse } from '../api-keys/last-used.ts';
import type { Access } from './contract.ts';
import { ApiProblem } from './problem.ts';
import type { ProblemReason } from './problem-catalogue.ts';

/** Anyone: belongs to the shop's tenant. */
export interface PublicCaller {
  kind: 'public';
  tenantId: string;
}
/** Whoever has the link of an order. */
export interface OrderCaller {
  kind: 'order';
  tenantId: string;
  subscriptionId: string;
}
/** Whoever has a one-time credentials link. */
export interface CredentialsCaller {
  kind: 'credentials';
  tenantId: string;
  linkId: string;
}
/** A server at its first boot. */
export interface FirstBootCaller {
  kind: 'first-boot';
  tenantId: string;
  firstBootId: string;
}
export interface StaffCaller {
  kind: 'staff';
  tenantId: string;
  keyId: string;
  /** Its public half, as it stands in the key. */
  prefix: string;
  scopes: readonly Scope[];
}
export type Caller = PublicCaller | OrderCaller | CredentialsCaller | FirstBootCaller | StaffCaller;

export type CallerOf<A extends Access> = A extends 'public'
  ? PublicCaller
  : A extends 'order'
    ? OrderCaller
    : A extends 'credentials'
      ? CredentialsCaller
      : A extends 'first-boot'
        ? FirstBootCaller
        : StaffCaller;

type AuthDependencies = Pick<ApiDependencies, 'config' | 'db' | 'tenant' | 'secretBox'>;

/** @throws ApiProblem `unknown-order`, `unknown-link`, `unknown-first-boot`, `api-key-…` or `scope-missing` */
export async function identify(deps: AuthDependencies, req: Request, access: Access): Promise<Caller> {
  if (access === 'public') return { kind: 'public', tenantId: deps.tenant.id };
  if (typeof access === 'string') return readLink(deps, req, access);
  const caller = await identifyStaff(deps, req, access.cookie === true);
  if (!caller.scopes.includes(access.scope)) {
    throw new ApiProblem('scope-missing', { detail: `The scope ${access.scope} is needed.` });
  }
  return caller;
}

const UNKNOWN_LINKS = {
  order: 'unknown-order',
  credentials: 'unknown-link',
  'first-boot': 'unknown-first-boot',
} as const satisfies Record<TokenPurpose, ProblemReason>;

function readLink(deps: AuthDependencies, req: Request, purpose: TokenPurpose): Caller {
  const named = readToken(deps.config.TOKEN_SECRET, purpose, String(req.params['token'] ?? ''));
  if (!named) throw new ApiProblem(UNKNOWN_LINKS[purpose]);
  const { tenantId, rowId } = named;
  switch (purpose) {
    case 'order':
      return { kind: purpose, tenantId, subscriptionId: rowId };
    case 'credentials':
      return { kind: purpose, tenantId, linkId: rowId };
    case 'first-boot':
      return { kind: purpose, tenantId, firstBootId: rowId };
  }
}

async function identifyStaff(
  deps: AuthDependencies,
  req: Request,
  cookieAccepted: boolean,
): Promise<StaffCaller> {
  const { authorization, cookie } = req.headers;
  if (authorization === undefined && cookieAccepted) {
    const prefix = readCodecSession(deps.secretBox, cookie);
    if (prefix !== null) return loadKey(deps, prefix, null);
  }
  const key = /^bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1];
  if (key === undefined) throw new ApiProblem('api-key-missing', unauthorized());
  return staffByKey(deps, key);
}

/** The holder of an API key. @throws ApiProblem `api-key-…` */
export async function staffByKey(deps: AuthDependencies, key: string): Promise<StaffCaller> {
  const parts = readApiKey(key);
  if (!parts) throw new ApiProblem('api-key-invalid', unauthorized());
  return loadKey(deps, parts.prefix, parts.hash);
}

interface KeyRow {
  id: string;
  tenant_id: string;
  hash: string;
  scopes: Scope[];
  expires_at: Date | null;
  revoked_at: Date | null;
}

/** @param hash `null` if the key itself was proven before, by a session */
async function loadKey(deps: AuthDependencies, prefix: string, hash: string | null): Promise<StaffCaller> {
  const rows: KeyRow[] = await deps.db.query('select * from tenure_api_key($1)', [prefix]);
  const [row] = rows;
  if (!row || (hash !== null && !sameHash(row.hash, hash))) {
    throw new ApiProblem('api-key-invalid', unauthorized());
  }
  if (row.revoked_at) throw new ApiProblem('api-key-revoked', unauthorized());
  if (row.expires_at && row.expires_at.getTime() <= Date.now()) {
    throw new ApiProblem('api-key-expired', unauthorized());
  }
  await noteKeyUse(deps.db, row.tenant_id, row.id);
  return { kind: 'staff', tenantId: row.tenant_id, keyId: row.id, prefix, scopes: row.scopes };
}

function sameHash(stored: string, given: string): boolean {
  const [a, b] = [Buffer.from(stored), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function unauthorized(): { headers: Record<string, string> } {
  return { headers: { 'WWW-Authenticate': 'Bearer' } };
}
