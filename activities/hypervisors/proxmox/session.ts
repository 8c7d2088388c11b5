/** Talking to one cluster: calls, what its refusals mean, and tasks, which most changes become. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type FailureKind, TenureFailure } from '../../../schemas/failures.ts';
import { type Exchange, failureOfStatus, parseJson, quote, readJson } from '../../http/answers.ts';
import { createApi } from '../../http/api.ts';
import { createHttpClient } from '../../http/client.ts';
import { BAD_REQUEST, NOT_FOUND, UNEXPECTED_ANSWER } from '../../http/failures.ts';
import type { Pace } from '../../http/pace.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';
import { TaskStatus, answer } from './wire.ts';

export interface SessionOptions {
  /** `https://HOST:8006/api2/json`. */
  apiBase: string;
  /** `USER@REALM!ID=SECRET`. */
  token: string;
  /** Certificate authority in PEM, for a cluster that signs its own certificates. */
  ca?: string;
  /** Time limit of one call, in ms. */
  timeoutMs: number;
  requestsPerSecond: number;
  pace?: Pace;
  /** How long a method waits for a task that its answer does not depend on, in ms. */
  taskWaitMs: number;
  /** How often a task is looked at, in ms. */
  pollMs: number;
}

type Query = Record<string, string | number>;
type Body = Record<string, string | number>;

export type Session = ReturnType<typeof createSession>;

/** Somebody else has the id that a clone was to get. */
export const ID_TAKEN = 'id-taken';
/** It is powered as it was to be. */
export const ALREADY_SO = 'already-so';
/** A task ended badly, for a reason that is not known here. */
export const TASK_FAILED = 'task-failed';

/** Nearly every refusal is a 500, also of a task; only the text tells. After all of these nothing was done. */
const REFUSALS: { text: RegExp; kind: FailureKind; reason: string; nextStep?: string }[] = [
  {
    text: /unable to create VM \d+: config file already exists|\b(VM|CT) \d+ already exists|: File exists/i,
    kind: 'retryable',
    reason: ID_TAKEN,
  },
  {
    text: /configuration file '[^']*' does not exist|unable to find configuration file for VM|no such VM\b|volume '[^']*' does not exist/i,
    kind: 'refused',
    reason: NOT_FOUND,
  },
  {
    text: /VM is locked|can't lock file|got (lock )?timeout|detected modified configuration/i,
    kind: 'retryable',
    reason: REASONS.locked,
  },
  { text: /already running|\bnot running/i, kind: 'refused', reason: ALREADY_SO },
  {
    text: /no space left|not enough (free )?space|insufficient free space|out of space/i,
    kind: 'needs-a-human',
    reason: REASONS.quotaFull,
    nextStep: 'Free space on the storage or add some, then retry.',
  },
  {
    text: /PCI device.*(in use|not (found|available))|mapping.*(no free|not (found|available))|no free.*device/i,
    kind: 'refused',
    reason: REASONS.regionSoldOut,
    nextStep: 'Every graphics card of this mapping is taken; choose another node or plan.',
  },
  {
    text: /protection mode enabled/i,
    kind: 'needs-a-human',
    reason: 'protected',
    nextStep: 'Take the protection off the machine in Proxmox VE, then retry.',
  },
  {
    text: /(storage|mapping|bridge|pool) '?[\w.-]+'? (does not exist|is not available|not (found|defined))|no such cluster node|linked clone.*not (supported|possible)|can't clone.*(shared|local) storage/i,
    kind: 'refused',
    reason: REASONS.badPlan,
    nextStep: 'Mend the plan’s providers.proxmox entry, or what it names in Proxmox VE.',
  },
];

/** What Proxmox VE says when it refuses; the same text stands in the reason phrase. */
const Refusal = z.object({
  data: z.unknown(),
  message: z.string().optional(),
  errors: z.record(z.string(), z.string()).optional(),
});

export function createSession(options: SessionOptions) {
  const { apiBase, token, taskWaitMs, pollMs } = options;
  const headers = { Authorization: `PVEAPIToken=${token}` };
  const secrets = [token, token.slice(token.indexOf('=') + 1)];
  const api = createApi(
    createHttpClient({ ...options, api: 'Proxmox VE', baseUrl: apiBase, headers }),
    (exchange) => failureOf(exchange, secrets),
  );

  const read = async <T>(shape: z.ZodType<T>, path: string, query?: Query): Promise<T> =>
    readJson(answer(shape), await api.call({ method: 'GET', path, query }));

  /**
   * Waits for a task, within limits.
   *
   * @param isEnough ends the waiting earlier.
   * @returns whether the task has ended well; `false` if it may still be under way.
   */
  async function settle(upid: string, isEnough = async () => false): Promise<boolean> {
    const giveUpAt = Date.now() + taskWaitMs;
    for (;;) {
      const { status, exitstatus } = await taskStatus(upid);
      if (status === 'stopped') {
        if (isGood(exitstatus)) return true;
        throw failureOfTask(upid, quote(exitstatus ?? 'no exit status', secrets));
      }
      if (Date.now() >= giveUpAt || (await isEnough())) return false;
      await sleep(Math.min(pollMs, 1_000));
    }
  }

  /** The change is accepted already, so a look that fails leaves it at that. */
  async function taskStatus(upid: string): Promise<z.output<typeof TaskStatus>> {
    try {
      return await read(TaskStatus, taskPath(upid, 'status'));
    } catch (error) {
      if (error instanceof TenureFailure) return { status: 'running' };
      throw error;
    }
  }

  return {
    read,
    /** As {@link read}, but `null` if there is no such thing. */
    async readUnlessGone<T>(shape: z.ZodType<T>, path: string): Promise<T | null> {
      const exchange = await api.callUnlessGone({ method: 'GET', path });
      return exchange && readJson(answer(shape), exchange);
    },
    /** Changes something at once. */
    async put(path: string, body: Body): Promise<void> {
      await api.call({ method: 'PUT', path, body });
    },
    /** Starts a task. @returns its id */
    async post(path: string, body: Body): Promise<string> {
      return readJson(answer(z.string().startsWith('UPID:')), await api.call({ method: 'POST', path, body }));
    },
    /** Starts a task by PUT, as a change of a disk's size does. @returns its id */
    async resize(path: string, body: Body): Promise<string> {
      return readJson(answer(z.string().startsWith('UPID:')), await api.call({ method: 'PUT', path, body }));
    },
    /** Asks the agent in the guest something. */
    async ask<T>(shape: z.ZodType<T>, path: string, command: string): Promise<T> {
      return readJson(answer(shape), await api.call({ method: 'POST', path, body: { command } }));
    },
    /** Starts a task that removes something, or ends a task. @returns the task's id, or `null` if there is none */
    async remove(path: string, query?: Query): Promise<string | null> {
      const exchange = await api.call({ method: 'DELETE', path, query });
      return readJson(answer(z.string().nullable().catch(null)), exchange);
    },
    settle,
  };
}

/** `…/tasks/{upid}/{part}` on the task's own node. */
export function taskPath(upid: string, part = ''): string {
  const node = upid.split(':')[1] ?? '';
  return `/nodes/${encodeURIComponent(node)}/tasks/${encodeURIComponent(upid)}${part && `/${part}`}`;
}

export function vmPath(node: string, vmid: number, part = ''): string {
  return `/nodes/${encodeURIComponent(node)}/qemu/${vmid}${part && `/${part}`}`;
}

/** Warnings are no error (PVE::Tools, `upid_status_is_error`). */
function isGood(exitstatus: string | undefined): boolean {
  return exitstatus === 'OK' || /^WARNINGS: \d+$/.test(exitstatus ?? '');
}

function failureOfTask(upid: string, said: string): TenureFailure {
  const task = upid.split(':')[5] ?? 'task';
  const message = `Proxmox VE could not do "${task}": ${said}`;
  const refusal = REFUSALS.find(({ text }) => text.test(said));
  const { kind, reason, nextStep } = refusal ?? {
    kind: 'retryable' as const,
    reason: TASK_FAILED,
    nextStep: 'Read the task’s log in Proxmox VE.',
  };
  return new TenureFailure(kind, message, { reason, nextStep, upstream: 'task' });
}

function failureOf(exchange: Exchange, secrets: string[]): TenureFailure {
  const { status, body } = exchange.answer;
  const refused = Refusal.safeParse(parseJson(body)).data;
  const fields = Object.entries(refused?.errors ?? {}).map(([name, wrong]) => `${name}: ${wrong}`);
  const said = quote([refused?.message ?? '', ...fields].join(' ').trim(), secrets);
  const byStatus = failureOfStatus(exchange, said);
  const { message } = byStatus;
  const upstream = String(status);
  if (status === 404 && refused?.message === undefined) {
    // Not in Proxmox VE's words: something else answers there, and must not pass for "it is gone".
    const nextStep = 'Check PROXMOX_API_BASE.';
    return new TenureFailure('retryable', message, { reason: UNEXPECTED_ANSWER, nextStep, upstream });
  }
  const refusal = (status === 400 || status === 500) && REFUSALS.find(({ text }) => text.test(said));
  if (refusal) {
    const { kind, reason, nextStep } = refusal;
    return new TenureFailure(kind, message, { reason, nextStep, upstream });
  }
  // Its way to say that it has no such method: too old, or something else.
  if (status === 501) return new TenureFailure('refused', message, { reason: BAD_REQUEST, upstream });
  return byStatus;
}
