import type { Listener } from './tcp.ts';

const WRITES =
  /^\s*(?:with \w+ as \()?\s*(insert into|update|delete from)\s+"?(\w+)"?(?:\s+(?:as )?\w+)?\s+(?:set\s+"?(\w+)"?)?/i;
/** One process's wire format (Postgres manual, "Message Formats"): a type byte, a length that counts itself, the rest. */
const HEADER_BYTES = 5;

/**
 * Names a Postgres client's writes: a transaction by what it writes, at its COMMIT; a single statement by itself. Reads have no name.
 */
export const hearPostgres: Listener = () => {
  let pending = Buffer.alloc(0);
  let started = false;
  let inTransaction = false;
  let writes: string[] = [];

  const hear = (type: string, body: Buffer): string | null => {
    if (type !== 'P' && type !== 'Q') return null;
    const sql = textOf(type, body);
    if (/^\s*(start transaction|begin)/i.test(sql)) {
      inTransaction = true;
      writes = [];
      return null;
    }
    if (/^\s*(commit|rollback)/i.test(sql)) {
      inTransaction = false;
      return /^\s*commit/i.test(sql) && writes.length > 0 ? `postgres commit ${writes.join(', ')}` : null;
    }
    const [, verb = '', table = '', column] = WRITES.exec(sql) ?? [];
    if (verb === '') return null;
    const write = `${verb.toLowerCase()} ${table}${column ? `.${column}` : ''}`;
    if (!inTransaction) return `postgres ${write}`;
    if (!writes.includes(write)) writes.push(write);
    return null;
  };

  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    let name: string | null = null;
    for (;;) {
      if (!started) {
        // The first message has no type.
        if (pending.length < 4 || pending.length < pending.readInt32BE(0)) return name;
        pending = pending.subarray(pending.readInt32BE(0));
        started = true;
      }
      if (pending.length < HEADER_BYTES) return name;
      const length = 1 + pending.readInt32BE(1);
      if (pending.length < length) return name;
      name = hear(String.fromCharCode(pending[0] ?? 0), pending.subarray(HEADER_BYTES, length)) ?? name;
      pending = pending.subarray(length);
    }
  };
};

/** `Q`: the text. `P`: the statement's name, then its text; both end with a zero byte. */
function textOf(type: string, body: Buffer): string {
  const [first = '', second = ''] = body.toString('utf8').split('\0');
  return type === 'Q' ? first : second;
}
