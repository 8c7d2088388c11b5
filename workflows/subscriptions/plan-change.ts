/**
 * Another plan: its price and the size of the servers, or neither. Dearer takes effect now: the rest of the period is charged, then
 * the servers are resized. Cheaper takes effect with the next period: its price is agreed at once, the servers are resized when it
 * begins. The way back is noted before each step.
 */
import { ActivityFailure, isCancellation, upsertSearchAttributes } from '@temporalio/workflow';
import { TenurePlan } from '../../schemas/search-attributes.ts';
import type { ProgressNote } from '../../activities/subscriptions/facts.ts';
import { facts, hypervisor, payments } from '../activities.ts';
import { HOUR_MS } from '../durations.ts';
import { noteBilling } from './billing.ts';
import type { PlanChange, UndoableStep } from './plan-change-state.ts';
import { withEachServer } from './servers.ts';
import { type Life, providerOf } from './state.ts';
import { detailsOf, isRefused, nextKey, raiseAttention, record, SYSTEM, tell } from './steps.ts';

/** How long resizing one server may take. */
const RESIZE_MS = 2 * HOUR_MS;

/** Begins what was asked for. `false`: a person is needed. */
export async function changePlan(life: Life): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const request = state.requests.changePlan;
  state.requests.changePlan = null;
  if (!request) return true;
  const { by, planKey, planVersion } = request;
  const key = nextKey(life, 'plan');
  const target = { tenantId, subscriptionId, key };
  const isPossible =
    state.stage === 'active' && state.billing.standing === 'paid' && !state.cancelAtPeriodEnd;
  const begun = isPossible ? await facts.beginPlanChange({ ...target, planKey, planVersion }) : null;
  if (begun === null || 'reason' in begun) {
    await record(life, {
      by,
      notes: [note('plan-change-failed', { cause: begun?.reason ?? 'not-running' })],
    });
    void tell(life, 'plan-change-failed', { cause: 'failed', refundedMinor: 0 });
    return true;
  }
  const change: PlanChange = {
    ...begun,
    ...{ key, by, phase: 'doing', begun: [] },
    ...{ chargedMinor: 0, refundedMinor: 0, cause: null, stuck: false },
  };
  state.planChange = change;
  await record(life, {
    summary: `Running; being changed to ${begun.terms.name.en}.`,
    by,
    notes: change.effectiveAt === null ? [note('plan-change-requested', { planKey })] : [],
  });
  if (state.requests.cancel) return withdraw(life, change);
  return change.effectiveAt === null ? changeNow(life, change) : schedule(life, change, change.effectiveAt);
}

/** Stays with the plan after all, as long as the change only waits. `false`: a person is needed. */
export async function keepPlan(life: Life): Promise<boolean> {
  const { planChange: change, requests } = life.state;
  const by = requests.keepPlan?.by ?? SYSTEM;
  requests.keepPlan = null;
  if (change?.phase !== 'scheduled') return true;
  change.by = by;
  return withdraw(life, change);
}

/** It is cancelled: what only waits, or is stuck on its way back, must not go on. A cancellation does not wait for the outcome. */
export async function dropPlanChange(life: Life): Promise<void> {
  const { planChange: change } = life.state;
  if (!change || change.phase === 'settling') return;
  if (change.phase === 'undoing') await undo(life, change);
  else await withdraw(life, change);
}

/** Goes on with a change that was begun before: its time has come, or its way back is open again. `false`: a person is needed. */
export async function goOnWithPlan(life: Life): Promise<boolean> {
  const { planChange: change } = life.state;
  if (!change) return true;
  if (change.phase === 'due') return resize(life, change);
  return undo(life, change);
}

async function changeNow(life: Life, change: PlanChange): Promise<boolean> {
  if (!(await takeStep(change, 'price', () => bill(life, change, 'now')))) return undo(life, change);
  // Who leaves at once need not pay for more.
  if (life.state.requests.cancel?.when === 'now') return withdraw(life, change);
  return resize(life, change);
}

async function schedule(life: Life, change: PlanChange, effectiveAt: string): Promise<boolean> {
  const { input } = life;
  const billed = await takeStep(change, 'price', () => bill(life, change, 'next-period'));
  if (!billed) return undo(life, change);
  change.phase = 'scheduled';
  await record(life, {
    summary: `Running; changes to ${change.terms.name.en} with the next period.`,
    by: change.by,
    notes: [note('plan-change-scheduled', { planKey: change.terms.key, effectiveAt })],
  });
  const amountMinor = change.amountMinor * input.quantity;
  void tell(life, 'plan-change-scheduled', { ...namesOf(change), amountMinor, effectiveAt });
  return true;
}

async function resize(life: Life, change: PlanChange): Promise<boolean> {
  const { key, planId } = change;
  change.phase = 'doing';
  if (!(await takeStep(change, 'size', () => resizeServers(life, key, planId)))) return undo(life, change);
  return adopt(life, change);
}

/** Servers and price are the new plan's: the subscription follows, with all that the plan promises. */
async function adopt(life: Life, change: PlanChange): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  await facts.adoptPlan({ tenantId, subscriptionId, key: change.key });
  // The argument of the next run, too.
  input.terms = change.terms;
  state.planChange = null;
  upsertSearchAttributes([{ key: TenurePlan, value: change.terms.key }]);
  await record(life, {
    summary: 'Running.',
    by: change.by,
    notes: [note('plan-changed', { planKey: change.terms.key, chargedMinor: change.chargedMinor })],
  });
  const { amountMinor, chargedMinor } = change;
  void tell(life, 'plan-changed', { amountMinor: amountMinor * input.quantity, chargedMinor });
  return true;
}

async function withdraw(life: Life, change: PlanChange): Promise<boolean> {
  change.cause ??= 'withdrawn';
  return undo(life, change);
}

/**
 * Undoes what was begun, the last step first, and goes on past a failure. What is refused will never be possible: a person takes
 * note of it, and a retry does not ask again. `false`: a person is needed.
 */
async function undo(life: Life, change: PlanChange): Promise<boolean> {
  change.phase = 'undoing';
  change.stuck = false;
  let failure: unknown = null;
  for (const step of [...change.begun].reverse()) {
    try {
      const isSettled = await UNDO[step](life, change);
      if (isSettled) forgetStep(change, step);
    } catch (error) {
      mustBeFailure(error);
      failure ??= error;
      if (isRefused(error)) forgetStep(change, step);
    }
  }
  const isWaiting = failure === null && change.begun.length > 0;
  if (isWaiting && life.state.billing.standing !== 'processing') {
    failure = new Error('The payment for a change of plan can be neither given back nor withdrawn.');
  }
  if (failure !== null) {
    change.stuck = true;
    await raiseAttention(life, 'plan-change-failed', failure);
    return false;
  }
  if (isWaiting) {
    change.phase = 'settling';
    await record(life, {
      summary: 'Running; a debit for a change of plan that failed is under way and goes back.',
    });
    return true;
  }
  return dismiss(life, change);
}

/** Nothing came of it, and all is as before. */
async function dismiss(life: Life, change: PlanChange): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const { key, by, refundedMinor, cause } = change;
  await facts.dropPlanChange({ tenantId, subscriptionId, key });
  state.planChange = null;
  const isWithdrawn = cause === 'withdrawn';
  await record(life, {
    summary: 'Running.',
    by: isWithdrawn ? by : SYSTEM,
    notes: [
      note(isWithdrawn ? 'plan-change-withdrawn' : 'plan-change-failed', {
        planKey: change.terms.key,
        ...(isWithdrawn ? {} : { cause }),
      }),
    ],
  });
  if (!isWithdrawn) void tell(life, 'plan-change-failed', { cause: cause ?? 'failed', refundedMinor });
  return true;
}

/** Notes that the step is begun, and does it. `false`: it failed for good. */
async function takeStep(change: PlanChange, step: UndoableStep, work: () => Promise<void>): Promise<boolean> {
  change.begun.push(step);
  try {
    await work();
    return true;
  } catch (error) {
    mustBeFailure(error);
    change.cause = detailsOf(error)?.reason === 'payment-declined' ? 'declined' : 'failed';
    return false;
  }
}

async function bill(life: Life, change: PlanChange, from: 'now' | 'next-period'): Promise<void> {
  const { tenantId, subscriptionId } = life.input;
  const { key, planId } = change;
  const { chargedMinor, view } = await payments.changePrice({ tenantId, subscriptionId, key, planId, from });
  change.chargedMinor = chargedMinor;
  noteBilling(life.state, view);
}

/** Each server, side by side, is tried after it: it counts as resized only when somebody can sign in. */
async function resizeServers(life: Life, key: string, planId: string): Promise<void> {
  const { tenantId } = life.input;
  await withEachServer(life, async (instance) => {
    const at = hypervisor(providerOf(life, instance), RESIZE_MS, {
      tenantId,
      priority: 'request',
      summary: `Size of server ${instance.ordinal}`,
    });
    const target = { tenantId, instanceId: instance.id };
    await at.resizeInstance({ ...target, planId, key });
    if (instance.state === 'active') await at.verifyCredentials(target);
  });
}

/** How each step is undone; `false` if that is to be asked for again later. */
const UNDO: Record<UndoableStep, (life: Life, change: PlanChange) => Promise<boolean>> = {
  async price(life, change) {
    const { tenantId, subscriptionId } = life.input;
    const { key } = change;
    const undone = await payments.undoPriceChange({ tenantId, subscriptionId, key });
    change.refundedMinor = undone.refundedMinor;
    noteBilling(life.state, undone.view);
    return undone.settled;
  },
  async size(life, change) {
    await resizeServers(life, `${change.key}/undo`, change.fromPlanId);
    return true;
  },
};

function forgetStep(change: PlanChange, step: UndoableStep): void {
  change.begun = change.begun.filter((begun) => begun !== step);
}

function mustBeFailure(error: unknown): void {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
}

function namesOf({ planName }: PlanChange): { planNameEn: string; planNameDe: string } {
  return { planNameEn: planName.en, planNameDe: planName.de };
}

function note(kind: ProgressNote['kind'], data: ProgressNote['data']): ProgressNote {
  return { kind, data };
}
