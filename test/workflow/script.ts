/**
 * Scripted activities: real Temporal activities over a model of the world. They record every call, and a test decides how
 * the next ones end.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { TenureFailure, type FailureKind } from '../../schemas/failures.ts';
import {
  effects,
  freshWorld,
  serverOf,
  type Activities,
  type ActivityName,
  type InputOf,
  type ResultOf,
  type World,
} from './model.ts';

/** How a call ends; `effect` is what it does in the model. */
export type Ending<A extends ActivityName> = (
  effect: () => ResultOf<A>,
) => ResultOf<A> | Promise<ResultOf<A>>;

interface Plan<A extends ActivityName> {
  name: A;
  ordinal: number | null;
  left: number;
  ending: Ending<A>;
}

export interface Call {
  name: ActivityName;
  /** Of the server it is about; `null` for what is about the whole subscription. */
  ordinal: number | null;
}

/** A call whose answer is held. */
export interface Held {
  /** Settles when the call has arrived. */
  arrived: Promise<void>;
  letGo(): void;
}

export interface Script {
  readonly world: World;
  readonly calls: Call[];
  /** Decides how the next `times` calls end (default: one), all of them with `Infinity`. */
  plan<A extends ActivityName>(
    name: A,
    ending: Ending<A>,
    options?: { ordinal?: number; times?: number },
  ): void;
  /** Holds the answer of the next call, not its effect, until it is let go or the workflow cancels it. */
  hold(name: ActivityName, options?: { ordinal?: number }): Held;
  /** What was planned and has not happened is forgotten; what is held is let go. */
  unplan(): void;
  count(name: ActivityName, ordinal?: number): number;
  /** Waits until the model is so. @throws Error after 10 s. */
  until(what: string, holds: (world: World) => boolean): Promise<void>;
  perform<A extends ActivityName>(name: A, input: InputOf<A>): Promise<ResultOf<A>>;
}

const LONGEST_WAIT_MS = 10_000;
const HEARTBEAT_MS = 50;

export function createScript(): Script {
  const world = freshWorld();
  const calls: Call[] = [];
  let plans: Plan<ActivityName>[] = [];
  const gates: Held[] = [];
  const watchers = new Set<() => void>();
  const tellWatchers = (): void => watchers.forEach((watcher) => watcher());

  function planned<A extends ActivityName>(name: A, ordinal: number | null): Plan<A> | undefined {
    const plan = plans.find((one) => one.name === name && (one.ordinal === null || one.ordinal === ordinal));
    if (!plan) return undefined;
    plan.left -= 1;
    if (plan.left <= 0) plans = plans.filter((other) => other !== plan);
    // Found by its name, so it is of that kind.
    return plan as unknown as Plan<A>;
  }

  return {
    world,
    calls,
    plan(name, ending, { ordinal, times = 1 } = {}) {
      const plan = { name, ordinal: ordinal ?? null, left: times, ending };
      plans.push(plan as unknown as Plan<ActivityName>);
    },
    hold(name, options) {
      const held = gate();
      gates.push(held);
      this.plan(name, held.ending, options);
      return held;
    },
    unplan() {
      plans = [];
      for (const held of gates) held.letGo();
    },
    count: (name, ordinal) =>
      calls.filter((call) => call.name === name && (ordinal === undefined || call.ordinal === ordinal))
        .length,
    async until(what, holds) {
      if (holds(world)) return;
      await new Promise<void>((resolve, reject) => {
        const end = (settle: () => void): void => {
          watchers.delete(look);
          clearTimeout(timer);
          settle();
        };
        const look = (): void => {
          if (holds(world)) end(resolve);
        };
        const timer = setTimeout(() => {
          const stands = world.progress.at(-1);
          const done = calls.map(({ name, ordinal }) => `${name} ${ordinal ?? ''}`.trim()).join(', ');
          const where = `${stands?.stage} (${stands?.summary}; attention: ${stands?.attention?.message})`;
          end(() => reject(new Error(`Not within ${LONGEST_WAIT_MS} ms: ${what}. It is ${where}; ${done}`)));
        }, LONGEST_WAIT_MS);
        watchers.add(look);
      });
    },
    async perform(name, input) {
      const ordinal = 'instanceId' in input ? serverOf(world, input.instanceId).ordinal : null;
      calls.push({ name, ordinal });
      tellWatchers();
      const effect = (): ResultOf<typeof name> => effects[name](world, input);
      const plan = planned(name, ordinal);
      try {
        return await (plan ? plan.ending(effect) : effect());
      } finally {
        tellWatchers();
      }
    },
  };
}

const scripts = new Map<string, Script>();

/** The script of a tenant: tests take one tenant each. */
export function scriptOf(tenantId: string): Script {
  const script = scripts.get(tenantId) ?? createScript();
  scripts.set(tenantId, script);
  return script;
}

/** An activity that follows the script of its tenant. */
export function scripted<A extends ActivityName>(name: A): Activities[A] {
  const activity = async (input: InputOf<A>): Promise<ResultOf<A>> => {
    const context = Context.current();
    const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
    try {
      return await scriptOf(input.tenantId).perform(name, input);
    } finally {
      clearInterval(timer);
    }
  };
  return activity as unknown as Activities[A];
}

/** It fails without an effect. `needs-a-human` and `refused` end it at once, the others are tried again. */
export function fails(kind: FailureKind, reason = 'scripted', message = `Scripted: ${reason}.`): () => never {
  return () => {
    throw new TenureFailure(kind, message, { reason });
  };
}

/** It takes so long: fails, to be tried again after `delay` of the server's time. */
export function takes(delay: string): () => never {
  return () => {
    throw ApplicationFailure.create({
      type: 'retryable',
      message: 'Not yet.',
      nextRetryDelay: delay as never,
    });
  };
}

/** The effect takes place, and the answer is lost. */
export function losesAnswer<A extends ActivityName>(): Ending<A> {
  return (effect) => {
    effect();
    throw new TenureFailure('retryable', 'Scripted: the answer was lost.', { reason: 'answer-lost' });
  };
}

function gate(): Held & { ending: <R>(effect: () => R) => Promise<R> } {
  let arrive: () => void = () => undefined;
  let letGo: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const open = new Promise<void>((resolve) => (letGo = resolve));
  return {
    arrived,
    letGo,
    ending: async (effect) => {
      const result = effect();
      arrive();
      await Promise.race([open, Context.current().cancelled]);
      return result;
    },
  };
}
