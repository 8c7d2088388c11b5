/** The small steps that all stages share: entering a stage, noting, telling, resting, and asking for a person. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { MailOutcome } from '../../activities/mail/activities.ts';
import type { ProgressNote } from '../../activities/subscriptions/facts.ts';
import type { FailureDetails } from '../../schemas/failures.ts';
import { businessKey, toEdgeId } from '../../schemas/ids.ts';
import type { MailFacts } from '../../schemas/mail/request.ts';
import type { SubscriptionMail } from '../../schemas/mail/templates.ts';
import { OPERATIONS } from '../../schemas/operations/operations.ts';
import { TenureDueAt, TenurePriority, TenureStage } from '../../schemas/search-attributes.ts';
import type { Actor, Attention, AttentionReason, Stage } from '../../schemas/subscriptions/lifecycle.ts';
import { facts, mail } from '../activities.ts';
import { msUntil } from '../durations.ts';
import { pendingOf } from './operations-state.ts';
import type { Life, Repeatable, Requests } from './state.ts';

export const SYSTEM: Actor = { kind: 'system', id: 'lifecycle' };

/** A key for the next business step: the same in every replay and over continue-as-new, never used twice. */
export function nextKey({ input, state }: Life, name: string): string {
  state.steps += 1;
  return businessKey(toEdgeId('subscription', input.subscriptionId), state.steps, name);
}

/** Moves to a stage; its opening steps are then to be done. The fact is written with its notes in one transaction. */
export async function enterStage(
  life: Life,
  stage: Stage,
  progress: { summary: string; dueAt?: string | null; by?: Actor; notes?: ProgressNote[] },
): Promise<void> {
  const { state } = life;
  state.stage = stage;
  state.settled = false;
  // What a person was needed for belongs to the stage that is left; the two stages of running servers share it.
  if (stage !== 'active' && stage !== 'past-due') {
    state.attention = null;
    state.unfinished = { resume: null, cancel: null, rotateCredentials: null, look: null };
    if (state.planChange) state.planChange.stuck = false;
  }
  await record(life, progress);
}

/** Writes where it stands: stage, plain sentence, due time, attention; with notes for the customer's timeline. */
export async function record(
  life: Life,
  progress: { summary?: string; dueAt?: string | null; by?: Actor; notes?: ProgressNote[] } = {},
): Promise<void> {
  const { input, state } = life;
  if (progress.summary !== undefined) state.summary = progress.summary;
  if (progress.dueAt !== undefined) state.dueAt = progress.dueAt;
  await facts.recordProgress({
    tenantId: input.tenantId,
    subscriptionId: input.subscriptionId,
    key: nextKey(life, 'progress'),
    stage: state.stage,
    summary: state.summary,
    dueAt: state.dueAt,
    attention: state.attention,
    cancelAtPeriodEnd: state.cancelAtPeriodEnd,
    by: progress.by ?? SYSTEM,
    notes: progress.notes ?? [],
  });
  showToStaff(life);
}

/** What the Temporal UI shows and can be filtered by. */
function showToStaff(life: Life): void {
  const { stage, attention, dueAt } = life.state;
  showDetails(life);
  upsertSearchAttributes([
    { key: TenureStage, value: stage },
    { key: TenurePriority, value: attention ? 'needs-attention' : null },
    { key: TenureDueAt, value: dueAt === null ? null : new Date(dueAt) },
  ]);
}

/** The plain sentences of the Temporal UI. They belong to a run: each new one has to say them again. */
export function showDetails({ state }: Life): void {
  const { attention, summary, instances } = state;
  const doing = pendingOf(state)
    .filter(({ running }) => running)
    .map(({ kind, instanceId }) => {
      const server = instances.find(({ id }) => id === instanceId)?.ordinal;
      return `Under way: ${OPERATIONS[kind].label}, server ${server ?? '?'}.`;
    });
  const needed = attention ? [`Needs attention: ${attention.message}`] : [];
  setCurrentDetails([...needed, ...doing, summary].join('\n\n'));
}

/**
 * Sends a mail beside the story: nothing waits for the mail server. At most one mail per key. `in-doubt`: a crash fell between
 * the sending and its record.
 */
export function tell(
  life: Life,
  template: SubscriptionMail,
  mailFacts: MailFacts = {},
): Promise<MailOutcome> {
  const { input, mails } = life;
  const { tenantId, subscriptionId } = input;
  const key = nextKey(life, `mail/${template}`);
  // A mail is under way for its reader, whatever becomes of the step that it tells of.
  const sending: Promise<MailOutcome> = CancellationScope.nonCancellable(() =>
    mail.sendMail({ tenantId, subscriptionId, key, template, facts: mailFacts }),
  )
    .catch(async (error: unknown): Promise<MailOutcome> => {
      const { message } = explain(error);
      await facts.noteUndeliverable({ tenantId, subscriptionId, key, message });
      return 'undeliverable';
    })
    .finally(() => mails.delete(sending));
  mails.add(sending);
  return sending;
}

/** Says that a person is needed: on the record, to staff by mail, in the Temporal UI. */
export async function raiseAttention(
  life: Life,
  reason: AttentionReason,
  error: unknown,
  options: Attention['options'] = ['retry'],
): Promise<void> {
  const { state } = life;
  const { message, details } = explain(error);
  state.attention = { reason, message, options, since: new Date().toISOString() };
  state.requests.retry = null;
  state.requests.refund = null;
  await record(life, { notes: [{ kind: 'attention', data: { reason, cause: details?.reason ?? null } }] });
  void tell(life, 'staff-attention', { reason, message, options: options.join(',') });
}

type Repeated = Record<'requests' | 'unfinished', Pick<Requests, Repeatable>>;

/** The person has helped: what failed is asked for again, unless somebody has asked for something newer. */
export async function clearAttention(life: Life, by: Actor): Promise<void> {
  const { state } = life;
  state.attention = null;
  state.requests.retry = null;
  for (const name of Object.keys(state.unfinished) as Repeatable[]) askAgain(state, name);
  await record(life, { by, notes: [{ kind: 'attention-cleared', data: {} }] });
}

function askAgain<R extends Repeatable>({ requests, unfinished }: Repeated, name: R): void {
  requests[name] ??= unfinished[name];
  unfinished[name] = null;
}

/**
 * Does a step whose final failure needs a person. `false`: attention was raised, and the stage is to be entered again when
 * somebody asks for it.
 */
export async function attempt(
  life: Life,
  reason: AttentionReason,
  step: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    await raiseAttention(life, reason, error);
    return false;
  }
}

/**
 * Does what was asked for. Meanwhile it is off the list; if it fails for good, a retry puts it back. `false` as in
 * {@link attempt}.
 */
export async function fulfil<R extends Repeatable>(
  life: Life,
  name: R,
  reason: AttentionReason,
  step: () => Promise<unknown>,
): Promise<boolean> {
  const { state } = life;
  state.unfinished[name] = state.requests[name];
  state.requests[name] = null;
  if (!(await attempt(life, reason, step))) return false;
  state.unfinished[name] = null;
  const isMended = Object.values(state.unfinished).every((request) => request === null);
  if (state.attention?.reason === reason && isMended) await clearAttention(life, SYSTEM);
  return true;
}

/**
 * In attention: rests until a retry was asked for, or something that makes it needless (`orElse`; what has just failed must
 * not count). `true` if the stage may go on.
 */
export async function awaitHelp(life: Life, orElse: () => boolean = () => false): Promise<boolean> {
  const { state } = life;
  await restUntil(life, () => state.requests.retry !== null || orElse());
  const { retry } = state.requests;
  if (retry) {
    await clearAttention(life, retry.by);
    return true;
  }
  if (!orElse()) return false;
  state.attention = null;
  return true;
}

/**
 * Rests, free of history events, until `woken` holds, the instant has come, billing has to be looked at, or the history
 * should be renewed. `true` if the instant has come; else callers look at the state, and it does not matter why they were
 * woken.
 */
export async function restUntil(
  life: Life,
  woken: () => boolean,
  instant: string | null = null,
): Promise<boolean> {
  const wake = (): boolean => woken() || life.state.requests.look !== null || shouldContinueAsNew(life);
  if (instant === null) {
    await condition(wake);
    return false;
  }
  // Only a timer tells that the instant has come, even one in the past. The clock must not: after a local activity that
  // outlasted its workflow task it tells another time in a replay.
  return !(await condition(wake, Math.max(1, msUntil(instant))));
}

/** The history has grown long enough, and nothing is under way that a new run would lose. */
export function shouldContinueAsNew({ state, mails, operations }: Life): boolean {
  if (mails.size > 0 || operations.size > 0) return false;
  return workflowInfo().continueAsNewSuggested && state.stage !== 'torn-down';
}

/** An error without wrappers. */
export function rootOf(error: unknown): unknown {
  return error instanceof ActivityFailure && error.cause ? error.cause : error;
}

/** What an error says besides its words. */
export function detailsOf(error: unknown): FailureDetails | undefined {
  const root = rootOf(error);
  return root instanceof ApplicationFailure ? (root.details?.[0] as FailureDetails | undefined) : undefined;
}

/** It will never be possible, however often it is tried. */
export function isRefused(error: unknown): boolean {
  const root = rootOf(error);
  return root instanceof ApplicationFailure && root.type === 'refused';
}

/** An error in words for people. */
export function explain(error: unknown): { message: string; details?: FailureDetails } {
  const root = rootOf(error);
  const message = root instanceof Error ? root.message : String(root);
  const details = detailsOf(error);
  return details ? { message, details } : { message };
}
