/**
 * From paid to working servers: a saga. Every instance is reserved with its key before the provider is asked, so what was
 * begun can be found and undone; nothing is handed over before its credentials were tried.
 */
import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import { businessKey, toEdgeId } from '../../../schemas/ids.ts';
import type { Actor } from '../../../schemas/subscriptions/lifecycle.ts';
import { facts, hypervisor, payments } from '../../activities.ts';
import { DAY_MS, instantIn, MINUTE_MS, msUntil } from '../../durations.ts';
import { undoBeside } from '../../instances/beside.ts';
import { withEachServer } from '../servers.ts';
import { type InstanceRef, type Life, providerOf } from '../state.ts';
import {
  attempt,
  awaitHelp,
  clearAttention,
  enterStage,
  explain,
  nextKey,
  raiseAttention,
  record,
  restUntil,
  SYSTEM,
  tell,
} from '../steps.ts';
import { tellHandOver } from './requests.ts';

export async function provision(life: Life): Promise<void> {
  const { state } = life;
  if (state.attention?.reason === 'provisioning-failed') return decide(life);
  if (state.attention && !(await awaitHelp(life))) return;
  if (state.refunding) return giveBack(life, state.refunding);

  const made = state.undoing ? { failure: state.undoing } : await makeInstances(life);
  if (made === 'all') return handOver(life);

  state.undoing = made.failure;
  if (!(await attempt(life, 'compensation-failed', () => undoAll(life)))) return;
  state.undoing = null;
  if (mustStop(life)) return giveBack(life, state.requests.cancel?.by ?? SYSTEM);
  await record(life, {
    summary: 'The servers could not be made, and what was begun has been removed. Try again, or refund?',
    notes: [{ kind: 'provisioning-failed', data: {} }],
  });
  await raiseAttention(life, 'provisioning-failed', new Error(made.failure), ['retry', 'refund']);
  void tell(life, 'provisioning-failed');
}

/** Cancelled at once, or the money is gone: nothing is to be made any more. */
function mustStop({ state }: Life): boolean {
  return state.requests.cancel?.when === 'now' || state.billing.standing === 'ended';
}

/** Makes all instances side by side: either all are made, or the first failure stops the others. */
async function makeInstances(life: Life): Promise<'all' | { failure: string }> {
  const { input, state } = life;
  const { tenantId, subscriptionId, quantity } = input;
  state.generation += 1;
  const { generation } = state;
  const deadline = instantIn(input.terms.provisioning.deadlineMinutes * MINUTE_MS);
  state.instances = await facts.reserveInstances({ tenantId, subscriptionId, quantity, generation });

  const making = new CancellationScope();
  const watching = new CancellationScope();
  const watch = watching.run(() => watchTheClock(life, making)).catch(onlyCancellation);
  let failure: string | null = null;
  await making
    .run(() =>
      Promise.all(
        state.instances.map((instance) =>
          makeOne(life, instance, deadline).catch((error: unknown) => {
            // The first failure counts; the others end by the cancellation it causes.
            failure ??= mustStop(life) ? 'It was cancelled meanwhile.' : explain(error).message;
            making.cancel();
          }),
        ),
      ),
    )
    .catch(onlyCancellation);
  watching.cancel();
  await watch;
  return failure === null ? 'all' : { failure };
}

/** One server, at the next provider if one fails for good, as long as there is another that can take it. */
async function makeOne(life: Life, instance: InstanceRef, deadline: string): Promise<void> {
  const tried: string[] = [];
  for (;;) {
    try {
      return await makeAt(life, instance, deadline);
    } catch (error) {
      if (isCancellation(error) || !instance.others) throw error;
      tried.push(providerOf(life, instance));
      // To its end even if it is cancelled meanwhile: either place must be undone, or be found.
      if (!(await CancellationScope.nonCancellable(() => moveElsewhere(life, instance, tried)))) throw error;
    }
  }
}

/** From the order to the proof that its credentials work. Who is not the last resort has half of the time. */
async function makeAt(life: Life, instance: InstanceRef, deadline: string): Promise<void> {
  const { tenantId, quantity } = life.input;
  const target = { tenantId, instanceId: instance.id };
  const summary = `Server ${instance.ordinal} of ${quantity}`;
  const endsAt = instance.others ? instantIn(msUntil(deadline) / 2) : deadline;
  const turn = { tenantId, priority: 'checkout', summary } as const;
  const inTime = () => hypervisor(providerOf(life, instance), Math.max(1_000, msUntil(endsAt)), turn);
  instance.state = 'creating';
  await inTime().createInstance(target);
  await inTime().awaitReady(target);
  await inTime().verifyCredentials(target);
  instance.state = 'ready';
}

/** Takes a place at another provider; what was begun at this one is undone beside the story. `false`: there is no other. */
async function moveElsewhere(life: Life, instance: InstanceRef, tried: string[]): Promise<boolean> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const left = { tenantId, instanceId: instance.id, provider: providerOf(life, instance) };
  if (mustStop(life)) return false;
  state.generation += 1;
  const { generation } = state;
  const { instanceId } = left;
  const place = await facts.placeElsewhere({ tenantId, subscriptionId, instanceId, generation, tried });
  if (!place) return false;
  await undoBeside(left);
  Object.assign(instance, place);
  return true;
}

/** Beside the making: stops it when it is cancelled, and tells the customer when it takes long. */
async function watchTheClock(life: Life, making: CancellationScope): Promise<void> {
  await Promise.all([condition(() => mustStop(life)).then(() => making.cancel()), tellOfDelay(life)]);
}

async function tellOfDelay(life: Life): Promise<void> {
  await sleep(life.input.terms.provisioning.delayedAfterMinutes * MINUTE_MS);
  // Written to its end even if the making ends now, so that it cannot overwrite what comes next.
  await CancellationScope.nonCancellable(() =>
    record(life, {
      summary: 'The servers take longer than usual; the customer was told.',
      notes: [{ kind: 'provisioning-delayed', data: {} }],
    }),
  );
  void tell(life, 'provisioning-delayed');
}

async function handOver(life: Life): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const instanceIds = state.instances.map(({ id }) => id);
  await facts.handOver({ tenantId, subscriptionId, instanceIds, key: nextKey(life, 'hand-over') });
  for (const instance of state.instances) instance.state = 'active';
  await enterStage(life, 'active', {
    summary: 'Running.',
    dueAt: null,
    notes: [{ kind: 'activated', data: { quantity: input.quantity } }],
  });
  void tellHandOver(life);
}

/** Removes whatever bears the keys of this making. Goes on past a failure, then reports the first. */
async function undoAll(life: Life): Promise<void> {
  const { input, state } = life;
  const { tenantId } = input;
  await withEachServer(life, async (instance) => {
    const at = hypervisor(providerOf(life, instance), DAY_MS, { tenantId, priority: 'teardown' });
    await at.releaseInstance({ tenantId, instanceId: instance.id });
    instance.state = 'failed';
  });
  await record(life, { notes: [{ kind: 'compensated', data: { count: state.instances.length } }] });
}

/** Provisioning failed for good: somebody chooses between trying again and the money back. */
async function decide(life: Life): Promise<void> {
  const { state } = life;
  const { requests } = state;
  await restUntil(life, () => requests.retry !== null || requests.refund !== null || mustStop(life));
  if (requests.refund) return giveBack(life, requests.refund.by);
  if (mustStop(life)) return giveBack(life, requests.cancel?.by ?? SYSTEM);
  if (requests.retry) await clearAttention(life, requests.retry.by);
}

/** The money back, billing ended, and the end of the story: nothing was delivered. */
async function giveBack(life: Life, by: Actor): Promise<void> {
  const { input, state } = life;
  const { tenantId, subscriptionId } = input;
  const key = businessKey(toEdgeId('subscription', subscriptionId), 'refund');
  state.refunding = by;
  state.attention = null;
  const done = await attempt(life, 'billing-failed', async () => {
    const [refund] = await Promise.allSettled([payments.refundAll({ tenantId, subscriptionId, key })]);
    // Also if the refund failed: what cannot be given back must not be charged again.
    await payments.endBilling({ tenantId, subscriptionId });
    if (refund.status === 'rejected') throw refund.reason;
    const { refundedMinor } = refund.value;
    if (refundedMinor > 0) void tell(life, 'refunded', { amountMinor: refundedMinor });
  });
  if (!done) return;
  await enterStage(life, 'torn-down', {
    summary: 'Refunded; nothing was delivered.',
    dueAt: null,
    by,
    notes: [{ kind: 'refunded', data: {} }],
  });
}

function onlyCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
