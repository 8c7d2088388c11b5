import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { seededRandom } from './random.ts';
import { answerInstead, sendSlowly } from './responses.ts';

/**
 * What goes wrong:
 * - `status` answers `status` (default 503) and has no effect;
 * - `status-after` has the effect, then answers `status` (default 500);
 * - `lost-before` cuts the connection and has no effect;
 * - `lost-after` has the effect, then cuts the connection without an answer;
 * - `throttle` answers 429 and has no effect;
 * - `delay` waits `delayMs`, then goes on as usual;
 * - `slow-body` answers as usual, at `bytesPerSecond`;
 * - `hang` takes the request and never answers.
 */
const kinds = [
  'status',
  'status-after',
  'lost-before',
  'lost-after',
  'throttle',
  'delay',
  'slow-body',
  'hang',
] as const;

/** The body of `POST /__sandbox/faults`. */
export const faultRuleShape = z.strictObject({
  /** HTTP method, or `*` for any. */
  method: z.string().toUpperCase().default('*'),
  /** Regular expression, matched against the path without its query. */
  path: z.string().refine(isRegex, 'is not a regular expression').default('.*'),
  kind: z.enum(kinds),
  /** How often it strikes before it is spent; null means for ever. */
  times: z.int().positive().nullable().default(1),
  /** How many matching requests pass unharmed first. */
  skip: z.int().nonnegative().default(0),
  /** Chance in [0, 1] that a matching request is struck. */
  probability: z.number().min(0).max(1).default(1),
  /** Seed of the chance: the same seed strikes the same requests of a sequence. */
  seed: z.int().default(1),
  status: z.int().min(400).max(599).optional(),
  delayMs: z.int().nonnegative().default(1_000),
  bytesPerSecond: z.int().positive().default(1_024),
});

/** A rule as a caller writes it; everything but `kind` has a default. */
export type FaultRule = z.input<typeof faultRuleShape>;

/** A rule in force. */
export type ActiveFault = z.output<typeof faultRuleShape> & {
  id: string;
  /** How many requests it matched. */
  seen: number;
  /** How many of them it struck. */
  hits: number;
};

/** The fault engine of one stand-in. */
export interface Faults {
  /** Goes in front of everything else, also of body parsing; leaves `/__sandbox/…` alone. */
  middleware: RequestHandler;
  /** @throws ZodError when the rule is malformed. */
  add(rule: FaultRule): ActiveFault;
  list(): ActiveFault[];
  clear(): void;
}

/**
 * Creates a fault engine without any rule. Rules live in memory: a restarted stand-in is healthy.
 *
 * @param errorBody the API's own error body for a status, as its clients know it.
 */
export function createFaults(errorBody: (status: number) => unknown): Faults {
  let rules: { fault: ActiveFault; path: RegExp; random: () => number }[] = [];
  let lastId = 0;

  const firstStriking = (method: string, path: string): ActiveFault | undefined => {
    for (const { fault, path: pattern, random } of rules) {
      const spent = fault.times !== null && fault.hits >= fault.times;
      const matches = (fault.method === '*' || fault.method === method) && pattern.test(path);
      if (spent || !matches) continue;
      fault.seen += 1;
      if (fault.seen <= fault.skip || random() >= fault.probability) continue;
      fault.hits += 1;
      return fault;
    }
    return undefined;
  };

  return {
    middleware: (req, res, next) => {
      const path = req.originalUrl.split('?')[0] ?? '/';
      const fault = path.startsWith('/__sandbox') ? undefined : firstStriking(req.method, path);
      if (fault) strike(fault, errorBody, req, res, next);
      else next();
    },
    add: (rule) => {
      const parsed = faultRuleShape.parse(rule);
      const fault: ActiveFault = { ...parsed, id: `fault-${(lastId += 1)}`, seen: 0, hits: 0 };
      rules.push({ fault, path: new RegExp(fault.path), random: seededRandom(fault.seed) });
      return fault;
    },
    list: () => rules.map(({ fault }) => fault),
    clear: () => {
      rules = [];
    },
  };
}

function strike(
  fault: ActiveFault,
  errorBody: (status: number) => unknown,
  req: Request,
  res: Response,
  next: () => void,
): void {
  const refuse = (status: number): void => {
    res.status(status).json(errorBody(status));
  };
  switch (fault.kind) {
    case 'status':
      return refuse(fault.status ?? 503);
    case 'throttle':
      return refuse(429);
    case 'lost-before':
      req.socket.destroy();
      return;
    case 'hang':
      return;
    case 'delay':
      setTimeout(next, fault.delayMs);
      return;
    case 'slow-body':
      sendSlowly(res, fault.bytesPerSecond);
      return next();
    case 'lost-after':
      answerInstead(res, () => req.socket.destroy());
      return next();
    case 'status-after':
      answerInstead(res, () => refuse(fault.status ?? 500));
      return next();
  }
}

function isRegex(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
