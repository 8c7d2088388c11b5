/**
 * What may be asked of one server while its subscription runs: the kinds, when each fits, and how each stands. Pure and plain JSON: shared
 * by the workflow, the activities, the API and the pages.
 */
import type { FailureDetails } from '../failures.ts';
import type { Actor, InstanceState } from '../subscriptions/lifecycle.ts';

/** What the house knows of a kind of operation. */
interface Traits {
  /** Name of the workflow's update. */
  update: string;
  /** For people in the Temporal UI. */
  label: string;
  /** States of the server in which it may be asked for. */
  fits: readonly InstanceState[];
  /** For so long it is tried, in minutes. */
  deadlineMinutes: number;
  /** Whether customers may ask for it; what nobody has sold them yet, only staff may. */
  byCustomer: boolean;
}

const RUNNING: readonly InstanceState[] = ['active'];
const STOPPED: readonly InstanceState[] = ['stopped'];
const SETTLED: readonly InstanceState[] = ['active', 'stopped'];

export const OPERATIONS = {
  start: {
    update: 'start-instance',
    label: 'Start',
    fits: STOPPED,
    deadlineMinutes: 30,
    byCustomer: true,
  },
  stop: {
    update: 'stop-instance',
    label: 'Stop',
    fits: RUNNING,
    deadlineMinutes: 30,
    byCustomer: true,
  },
  reboot: {
    update: 'reboot-instance',
    label: 'Restart',
    fits: RUNNING,
    deadlineMinutes: 30,
    byCustomer: true,
  },
  reinstall: {
    update: 'reinstall-instance',
    label: 'Reinstall',
    fits: SETTLED,
    deadlineMinutes: 90,
    byCustomer: true,
  },
  rename: {
    update: 'rename-instance',
    label: 'Rename',
    fits: SETTLED,
    deadlineMinutes: 15,
    byCustomer: true,
  },
  'open-console': {
    update: 'open-console',
    label: 'Console link',
    fits: RUNNING,
    deadlineMinutes: 5,
    byCustomer: true,
  },
  'rotate-credentials': {
    update: 'rotate-instance-credentials',
    label: 'New credentials',
    fits: RUNNING,
    deadlineMinutes: 30,
    byCustomer: true,
  },
  'take-snapshot': {
    update: 'take-snapshot',
    label: 'Take a snapshot',
    fits: SETTLED,
    deadlineMinutes: 360,
    byCustomer: true,
  },
  'restore-snapshot': {
    update: 'restore-snapshot',
    label: 'Restore a snapshot',
    fits: SETTLED,
    deadlineMinutes: 360,
    byCustomer: true,
  },
  'delete-snapshot': {
    update: 'delete-snapshot',
    label: 'Delete a snapshot',
    fits: SETTLED,
    deadlineMinutes: 60,
    byCustomer: true,
  },
  'add-disk': {
    update: 'add-disk',
    label: 'Add a disk',
    fits: SETTLED,
    deadlineMinutes: 60,
    byCustomer: false,
  },
  'remove-disk': {
    update: 'remove-disk',
    label: 'Remove a disk',
    fits: SETTLED,
    deadlineMinutes: 60,
    byCustomer: false,
  },
  'add-address': {
    update: 'add-address',
    label: 'Add an address',
    fits: SETTLED,
    deadlineMinutes: 60,
    byCustomer: false,
  },
  'remove-address': {
    update: 'remove-address',
    label: 'Remove an address',
    fits: SETTLED,
    deadlineMinutes: 60,
    byCustomer: false,
  },
  'set-firewall': {
    update: 'set-firewall',
    label: 'Firewall',
    fits: SETTLED,
    deadlineMinutes: 30,
    byCustomer: true,
  },
} as const satisfies Record<string, Traits>;

export type OperationKind = keyof typeof OPERATIONS;
export type OperationUpdate = (typeof OPERATIONS)[OperationKind]['update'];

// The table above has them all.
export const OPERATION_KINDS = Object.keys(OPERATIONS) as [OperationKind, ...OperationKind[]];

export function isOperationKind(value: unknown): value is OperationKind {
  return OPERATION_KINDS.some((kind) => kind === value);
}

/** Whether a server in this state can be asked for it. */
export function fits(kind: OperationKind, state: InstanceState): boolean {
  return OPERATIONS[kind].fits.includes(state);
}

/** `accepted` waits for its turn · `running` · `done` · `failed` with a reason and a next step. */
export const OPERATION_STATES = ['accepted', 'running', 'done', 'failed'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** The update's argument. What exactly is wanted stands in the operation's row. */
export interface OperationAsked {
  by: Actor;
  /** UUID of the row in `operations`. */
  operationId: string;
  instanceId: string;
}

/** Why an operation came to nothing. */
export interface OperationFailure extends Pick<FailureDetails, 'reason'> {
  /** One sentence: what happened. */
  message: string;
  nextStep: string;
}

/** Reasons of the house's own; a driver's and a probe's come beside them. */
export const OPERATION_REASONS = {
  /** The subscription was suspended or ended before its turn came. */
  superseded: 'superseded',
  /** The server was not, or no longer, in a state that it can be asked for in. */
  notFitting: 'not-fitting',
  /** The server is gone, or another one stands in its place. */
  unknownInstance: 'unknown-instance',
  /** One of its kind is under way for this server. */
  underWay: 'operation-under-way',
  /** It was tried until its time was over. */
  deadline: 'deadline',
  /** The disk that was put back has an older password. */
  olderPassword: 'older-password',
  /** The server's own firewall lets only its owner in. */
  shutOut: 'shut-out',
  /** There is no such snapshot, disk or address at this server. */
  unknownPart: 'unknown-part',
  /** The workflow could not be asked any more. */
  refused: 'refused',
} as const;

/** So many snapshots by hand a server may have at once. */
export const MOST_SNAPSHOTS = 5;

/** Who ordered a snapshot: a person, or the schedule. */
export const SNAPSHOT_ORIGINS = ['manual', 'backup'] as const;
export type SnapshotOrigin = (typeof SNAPSHOT_ORIGINS)[number];

/** `pending` ordered · `complete` can be restored · `failed` · `deleted`. */
export const SNAPSHOT_STATES = ['pending', 'complete', 'failed', 'deleted'] as const;
export type SnapshotState = (typeof SNAPSHOT_STATES)[number];

/** Of an extra disk or address. */
export const EXTRA_STATES = ['adding', 'attached', 'failed', 'removed'] as const;
export type ExtraState = (typeof EXTRA_STATES)[number];
