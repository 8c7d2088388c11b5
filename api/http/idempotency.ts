/**
 * `Idempotency-Key`: the same request sent again gets the same answer and acts once. The key's row is claimed before the work and
 * keeps the answer after it. A claim whose process died is taken over after a time; because everything the work makes is keyed by the
 * row's id ({@link Attempt.id}), a second run continues the first instead of repeating it.
 */
import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { canonicalJson } from './canonical-json.ts';
import { ApiProblem, PROBLEM_TYPE } from './problem.ts';

/** A claim older than this belongs to nobody any more. Longer than any handler takes. */
const LEASE_SECONDS = 60;
/** Keys are forgotten after this; a row's age is in its id (UUIDv7). */
const RETENTION_MS = 24 * 3_600_000;
/** An answer that is on its way is not far. */
const RETRY_AFTER_SECONDS = 1;

/** An answer as it is kept and given again. */
export interface KeptAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  contentType?: string;
}

/** One piece of work, which may be run more than once. */
export interface Attempt {
  /** The same UUIDv7 for every run under one key: the business key of all that the work makes. */
  readonly id: string;
  /** Keeps the answer in the work's own transaction, for what can be answered only once. */
  keep(tx: EntityManager, answer: KeptAnswer): Promise<void>;
}

export interface IdempotentRequest {
  tenantId: string;
  /** Route and asker: keys of different ones do not meet. */
  scope: string;
  /** The header, or `undefined` if none was sent: then the work is just done. */
  key: string | undefined;
  /** All that makes the request what it is. */
  content: unknown;
}

export interface Idempotency {
  /** Does the work, or gives the answer that it had. @throws ApiProblem `idempotency-key-in-use`, `idempotency-key-reused` */
  run(request: IdempotentRequest, work: (attempt: Attempt) => Promise<KeptAnswer>): Promise<KeptAnswer>;
}

interface Row {
  id: string;
  request_hash: string;
  status: number | null;
  response: { sealed: string } | null;
}

export function createIdempotency(db: DataSource, secretBox: SecretBox): Idempotency {
  const context = (id: string): string => `idempotency/${id}`;

  const keep = async (tx: EntityManager, id: string, answer: KeptAnswer): Promise<void> => {
    // Answers hold order links and credentials, so they are encrypted.
    const response = { sealed: secretBox.seal(JSON.stringify(answer), context(id)) };
    await tx.query('update idempotency_keys set status = $2, response = $3 where id = $1', [
      id,
      answer.status,
      JSON.stringify(response),
    ]);
  };

  const replay = (row: Row): KeptAnswer => {
    const answer = JSON.parse(secretBox.open(row.response?.sealed ?? '', context(row.id))) as KeptAnswer;
    return { ...answer, headers: { ...answer.headers, 'Idempotent-Replayed': 'true' } };
  };

  return {
    async run(request, work) {
      const { tenantId, key } = request;
      if (key === undefined) return work(onlyAttempt());
      const claim = await withTenant(db, tenantId, (tx) => claimKey(tx, { ...request, key }));
      if (claim.status !== null) return replay(claim);

      let kept = false;
      const attempt: Attempt = {
        id: claim.id,
        async keep(tx, answer) {
          await keep(tx, claim.id, answer);
          kept = true;
        },
      };
      try {
        const answer = await work(attempt);
        if (!kept) await withTenant(db, tenantId, (tx) => keep(tx, claim.id, answer));
        return answer;
      } catch (error) {
        const final = error instanceof ApiProblem && error.status < 500;
        await withTenant(db, tenantId, (tx) =>
          final ? keep(tx, claim.id, problemAnswer(error)) : release(tx, claim.id),
        ).catch(() => undefined);
        throw error;
      }
    },
  };
}

/** Of a request without a key; its id is made when it is asked for, which most routes never do. */
function onlyAttempt(): Attempt {
  let id: string | undefined;
  return {
    get id() {
      return (id ??= uuidv7());
    },
    keep: async () => undefined,
  };
}

async function claimKey(tx: EntityManager, request: IdempotentRequest & { key: string }): Promise<Row> {
  const { tenantId, scope, key } = request;
  const hash = createHash('sha256').update(canonicalJson(request.content)).digest('hex');
  await forgetOldKeys(tx, tenantId);
  const claimed: Row[] = await tx.query(
    `insert into idempotency_keys (id, tenant_id, scope, key, request_hash) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, scope, key) do nothing returning id, request_hash, status, response`,
    [uuidv7(), tenantId, scope, key, hash],
  );
  if (claimed[0]) return claimed[0];

  const found: Row[] = await tx.query(
    `select id, request_hash, status, response from idempotency_keys
     where tenant_id = $1 and scope = $2 and key = $3`,
    [tenantId, scope, key],
  );
  const [row] = found;
  if (!row) throw inUse();
  if (row.request_hash !== hash) throw new ApiProblem('idempotency-key-reused');
  if (row.status !== null || (await takeOver(tx, row.id))) return row;
  throw inUse();
}

async function takeOver(tx: EntityManager, id: string): Promise<boolean> {
  // `created_at` is when the claim was made; a released one stands at the beginning of time.
  const [, count]: [unknown, number] = await tx.query(
    `update idempotency_keys set created_at = now()
     where id = $1 and status is null and created_at < now() - make_interval(secs => $2)`,
    [id, LEASE_SECONDS],
  );
  return count > 0;
}

/** The work failed for a passing reason: the next try continues it at once. */
async function release(tx: EntityManager, id: string): Promise<void> {
  await tx.query(
    'update idempotency_keys set created_at = to_timestamp(0) where id = $1 and status is null',
    [id],
  );
}

async function forgetOldKeys(tx: EntityManager, tenantId: string): Promise<void> {
  const oldest = uuidv7({ msecs: Date.now() - RETENTION_MS, seq: 0, random: new Uint8Array(16) });
  await tx.query(
    `delete from idempotency_keys where id in (
       select id from idempotency_keys where tenant_id = $1 and id < $2 order by id limit 20 for update skip locked)`,
    [tenantId, oldest],
  );
}

function inUse(): ApiProblem {
  return new ApiProblem('idempotency-key-in-use', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

function problemAnswer(problem: ApiProblem): KeptAnswer {
  return {
    status: problem.status,
    headers: problem.toHeaders(),
    body: problem.toBody(),
    contentType: PROBLEM_TYPE,
  };
}
