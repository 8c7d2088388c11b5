import { z } from 'zod';

/** Where in the conversation a fault strikes; `data` is when the whole message has arrived. */
export const stages = ['connect', 'mail', 'rcpt', 'data'] as const;
export type Stage = (typeof stages)[number];

/**
 * The body of `POST /__sandbox/faults`. The kinds:
 * - `refuse` answers `code` (4xx come back later, 5xx give up; RFC 5321, 4.2.1) and keeps nothing;
 * - `drop` cuts the connection instead of answering, and keeps nothing;
 * - `drop-after` keeps the message, then cuts the connection before saying so (at `data` only);
 * - `slow` waits `delayMs`, then goes on as usual.
 */
export const smtpFaultShape = z
  .strictObject({
    at: z.enum(stages),
    kind: z.enum(['refuse', 'drop', 'drop-after', 'slow']),
    /** SMTP reply code of a refusal. */
    code: z.int().min(400).max(599).default(451),
    message: z.string().max(400).default('refused on demand'),
    delayMs: z.int().nonnegative().default(1_000),
    /** Strikes only mail to this address; any when left out. */
    to: z.string().optional(),
    /** How often it strikes before it is spent; null means for ever. */
    times: z.int().positive().nullable().default(1),
    /** How many matching moments pass unharmed first. */
    skip: z.int().nonnegative().default(0),
  })
  .refine(({ at, kind }) => kind !== 'drop-after' || at === 'data', {
    message: 'drop-after happens at "data" only',
  })
  .refine(({ at, to }) => to === undefined || at === 'rcpt' || at === 'data', {
    message: 'recipients are known at "rcpt" and "data" only',
  });

/** A fault as a caller writes it; everything but `at` and `kind` has a default. */
export type SmtpFaultRule = z.input<typeof smtpFaultShape>;

/** A rule in force, with how many moments it matched (`seen`) and struck (`hits`). */
export type ActiveSmtpFault = z.output<typeof smtpFaultShape> & { id: string; seen: number; hits: number };

/** The faults of one mail catcher. They live in memory: a restarted one is healthy. */
export interface SmtpFaults {
  /** @throws ZodError when the rule is malformed. */
  add(rule: SmtpFaultRule): ActiveSmtpFault;
  list(): ActiveSmtpFault[];
  clear(): void;
  /** The fault that strikes now, already counted. */
  strike(at: Stage, recipients: string[]): ActiveSmtpFault | undefined;
}

/** Creates a set of faults without any. */
export function createSmtpFaults(): SmtpFaults {
  let faults: ActiveSmtpFault[] = [];
  let lastId = 0;
  return {
    add: (rule) => {
      const fault = { ...smtpFaultShape.parse(rule), id: `fault-${(lastId += 1)}`, seen: 0, hits: 0 };
      faults.push(fault);
      return fault;
    },
    list: () => faults,
    clear: () => {
      faults = [];
    },
    strike: (at, recipients) => {
      for (const fault of faults) {
        const spent = fault.times !== null && fault.hits >= fault.times;
        const meant = fault.to === undefined || recipients.includes(fault.to);
        if (spent || fault.at !== at || !meant) continue;
        fault.seen += 1;
        if (fault.seen <= fault.skip) continue;
        fault.hits += 1;
        return fault;
      }
      return undefined;
    },
  };
}
