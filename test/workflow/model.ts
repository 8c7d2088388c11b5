/** A tiny model of the world outside: what the activities of one subscription leave behind. */
import { randomUUID } from 'node:crypto';
import type { BillingView } from '../../activities/payments/billing.ts';
import type { InstanceActivities } from '../../activities/instances/activities.ts';
import type { OperationActivities } from '../../activities/operations/perform.ts';
import type { Ending } from '../../activities/operations/facts.ts';
import type { MailActivities } from '../../activities/mail/activities.ts';
import type { PaymentActivities } from '../../activities/payments/activities.ts';
import type { Progress, SubscriptionFacts } from '../../activities/subscriptions/facts.ts';
import type { OperationKind } from '../../schemas/operations/operations.ts';
import type { MailRequest } from '../../schemas/mail/request.ts';
import { freshPlans, PLAN, planEffects, type Plans } from './plans-model.ts';

export type Activities = SubscriptionFacts &
  InstanceActivities &
  OperationActivities &
  PaymentActivities &
  MailActivities;
export type ActivityName = keyof Activities;
type Inputs = { [A in ActivityName]: Parameters<Activities[A]>[0] };
type Results = { [A in ActivityName]: Awaited<ReturnType<Activities[A]>> };
export type InputOf<A extends ActivityName> = Inputs[A];
export type ResultOf<A extends ActivityName> = Results[A];

/** Names of the providers' queues. */
export const PROVIDERS = ['lab', 'annex'] as const;

/** One server at a provider. */
export interface ScriptedServer {
  id: string;
  provider: string;
  ordinal: number;
  generation: number;
  /** How often one was really made. */
  made: number;
  power: 'absent' | 'on' | 'off';
  snapshots: number;
  rotations: string[];
  /** The plan whose size it has. */
  size: string;
  /** Operations done to it, in their order. */
  operations: OperationKind[];
}

export interface World {
  servers: ScriptedServer[];
  /** The plan's providers, the preferred one first. */
  providers: string[];
  /** As the payment provider has it; a message about a change is a separate thing. */
  billing: BillingView;
  /** Whether further charges come: `ends` none after the period, `off` none at all. */
  charging: 'on' | 'ends' | 'off';
  checkoutClosed: boolean;
  refunds: string[];
  /** Written progress, the newest last; one per key. */
  progress: Progress[];
  handOvers: string[];
  mails: MailRequest[];
  undeliverable: string[];
  renewedLinks: string[];
  unopenedLinks: boolean;
  plans: Plans;
  /** How operations ended, in their order; one per operation. */
  endings: Ending[];
  /** When the newest snapshot was taken that a server made anew can be restored from. */
  backupOf: string | null;
}

export function freshWorld(): World {
  return {
    servers: [],
    providers: [PROVIDERS[0]],
    billing: { standing: 'unpaid', version: 0, periodEnd: null },
    charging: 'on',
    checkoutClosed: false,
    refunds: [],
    progress: [],
    handOvers: [],
    mails: [],
    undeliverable: [],
    renewedLinks: [],
    unopenedLinks: true,
    plans: freshPlans(),
    endings: [],
    backupOf: null,
  };
}

export const REFUNDED_MINOR = 1_500;

export function freshServer(
  ordinal: number,
  generation: number,
  provider: string = PROVIDERS[0],
): ScriptedServer {
  const nothing = {
    made: 0,
    power: 'absent' as const,
    snapshots: 0,
    rotations: [],
    operations: [],
    size: PLAN,
  };
  return { id: randomUUID(), ordinal, generation, provider, ...nothing };
}

/** The one of this making, which is reserved at first asking. */
function serverIn(world: World, ordinal: number, generation: number, provider: string): ScriptedServer {
  const found = world.servers.find((one) => one.ordinal === ordinal && one.generation === generation);
  if (found) return found;
  const server = freshServer(ordinal, generation, provider);
  world.servers.push(server);
  return server;
}

function reservedOf(
  { providers }: World,
  { id, ordinal, provider }: ScriptedServer,
  tried: string[],
): ResultOf<'reserveInstances'>[number] {
  const others = providers.filter((name) => name !== provider && !tried.includes(name)).length;
  return { id, ordinal, state: 'reserved', provider, others };
}

type Effects = { [A in ActivityName]: (world: World, input: InputOf<A>) => ResultOf<A> };

/** What each activity does to the world; every one may be repeated. */
export const effects: Effects = {
  recordProgress: (world, progress) => {
    if (world.progress.every(({ key }) => key !== progress.key)) world.progress.push(progress);
  },
  reserveInstances: (world, { quantity, generation }) => {
    const has = world.servers.some((server) => server.generation === generation);
    for (let ordinal = 1; ordinal <= quantity && !has; ordinal += 1) {
      world.servers.push(freshServer(ordinal, generation, world.providers[0]));
    }
    const reserved = world.servers.filter((server) => server.generation === generation);
    return reserved.map((server) => reservedOf(world, server, []));
  },
  placeElsewhere: (world, { instanceId, generation, tried }) => {
    const { ordinal } = serverOf(world, instanceId);
    const provider = world.providers.find((name) => !tried.includes(name));
    if (provider === undefined) return null;
    return reservedOf(world, serverIn(world, ordinal, generation, provider), tried);
  },
  replaceInstance: (world, { instanceId, generation }) => {
    const { ordinal, provider } = serverOf(world, instanceId);
    return { id: serverIn(world, ordinal, generation, provider).id };
  },
  handOver: (world, { key }) => note(world.handOvers, key),
  renewLinks: (world, { key }) => note(world.renewedLinks, key),
  hasUnopenedLinks: (world) => world.unopenedLinks,
  finishOperation: (world, ending) => {
    if (world.endings.every(({ operationId }) => operationId !== ending.operationId))
      world.endings.push(ending);
    const server = world.servers.find(({ id }) => id === ending.instanceId);
    if (!server || server.power === 'absent') return { instanceState: null };
    return { instanceState: server.power === 'on' ? 'active' : 'stopped' };
  },
  noteUndeliverable: (world, { key }) => note(world.undeliverable, key),

  createInstance: (world, target) => {
    const server = serverOf(world, target.instanceId);
    if (server.power === 'absent') Object.assign(server, { made: server.made + 1, power: 'on' });
    return { providerRef: `ref-${server.ordinal}` };
  },
  isPresent: (world, target) => serverOf(world, target.instanceId).power !== 'absent',
  awaitReady: (world, target) => ({ address: `192.0.2.${serverOf(world, target.instanceId).ordinal}` }),
  restoreNewest: ({ backupOf }) => ({ backupOf }),
  verifyCredentials: (world, target) => void serverOf(world, target.instanceId),
  stopInstance: (world, target) => power(world, target.instanceId, 'off'),
  startInstance: (world, target) => power(world, target.instanceId, 'on'),
  releaseInstance: (world, target) => power(world, target.instanceId, 'absent'),
  deleteInstance: (world, target) => power(world, target.instanceId, 'absent'),
  takeFinalSnapshot: (world, target) => {
    serverOf(world, target.instanceId).snapshots = 1;
    return { snapshotRef: 'snapshot' };
  },
  deleteFinalSnapshot: (world, target) => {
    serverOf(world, target.instanceId).snapshots = 0;
  },
  performOperation: (world, { instanceId, kind }) => {
    const server = serverOf(world, instanceId);
    server.operations.push(kind);
    if (kind === 'stop') server.power = 'off';
    if (kind === 'start' || kind === 'reinstall') server.power = 'on';
  },
  rotateCredentials: (world, target) => note(serverOf(world, target.instanceId).rotations, target.key),

  resizeInstance: (world, target) => {
    serverOf(world, target.instanceId).size = target.planId;
  },

  ...planEffects,
  refreshBilling: ({ billing }) => billing,
  closeCheckout: (world) => {
    world.checkoutClosed = true;
    return world.billing;
  },
  endAtPeriodEnd: (world) => charge(world, world.charging === 'off' ? 'off' : 'ends'),
  endBilling: (world) => charge(world, 'off'),
  resumeBilling: (world) => {
    if (world.billing.standing !== 'paid') bill(world, 'paid');
    return charge(world, 'on');
  },
  refundAll: (world, { key }) => {
    note(world.refunds, key);
    return { refundedMinor: REFUNDED_MINOR, currency: 'eur' };
  },
  sendFleetMail: () => 'sent',
  sendMail: (world, mail) => {
    if (world.mails.every(({ key }) => key !== mail.key)) world.mails.push(mail);
    return 'sent';
  },
};

/** The payment provider has it otherwise from now on. */
export function bill(world: World, standing: BillingView['standing'], periodEnd?: string): BillingView {
  const { version } = world.billing;
  world.billing = { standing, version: version + 1, periodEnd: periodEnd ?? world.billing.periodEnd };
  return world.billing;
}

export function serverOf(world: World, id: string): ScriptedServer {
  const server = world.servers.find((candidate) => candidate.id === id);
  if (!server) throw new Error(`Nobody reserved the instance ${id}.`);
  return server;
}

function note(list: string[], key: string): void {
  if (!list.includes(key)) list.push(key);
}

function power(world: World, id: string, to: ScriptedServer['power']): void {
  serverOf(world, id).power = to;
}

function charge(world: World, charging: World['charging']): BillingView {
  world.charging = charging;
  return world.billing;
}
