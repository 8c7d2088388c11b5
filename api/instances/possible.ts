/** What can be asked of a server now, and why the rest cannot. A courtesy: the workflow's own validator has the last word. */
import type { Hypervisor, Operation as DriverOperation } from '../../activities/hypervisors/port.ts';
import type { PossibleOperation } from '../../schemas/api/instances.ts';
import {
  fits,
  MOST_SNAPSHOTS,
  OPERATION_KINDS,
  OPERATION_REASONS,
  OPERATIONS,
  type OperationKind,
} from '../../schemas/operations/operations.ts';
import type { Subscription } from '../../schemas/db/entities/subscription.ts';
import type { LocalizedText } from '../../schemas/language.ts';
import type { ServerFacts, ServersCaller } from './find.ts';

export type Capable = ReadonlyMap<string, Pick<Hypervisor, 'capabilities'>>;

/** What of a driver an operation takes; `null`: every driver has it. */
const NEEDS: Record<OperationKind, DriverOperation | 'snapshots' | null> = {
  start: null,
  stop: null,
  reboot: 'reboot',
  reinstall: 'reinstall',
  rename: 'rename',
  'open-console': 'console',
  'rotate-credentials': null,
  'take-snapshot': 'snapshots',
  'restore-snapshot': 'restoreSnapshot',
  'delete-snapshot': 'snapshots',
  'add-disk': 'addDisk',
  'remove-disk': 'removeDisk',
  'add-address': 'addAddress',
  'remove-address': 'removeAddress',
  'set-firewall': 'setFirewall',
};

interface Why {
  reason: string;
  message: string;
  /** The same in every language, of what is lacking for good. */
  lack?: LocalizedText;
}

/** All kinds that whoever asks may ask for at all, in the order in which they are shown. */
export function possibleOperations(
  facts: ServerFacts,
  hypervisors: Capable,
  asker: ServersCaller['kind'],
): PossibleOperation[] {
  return OPERATION_KINDS.filter((kind) => asker === 'staff' || OPERATIONS[kind].byCustomer).map((kind) => {
    const why = whyNot(kind, facts, hypervisors, asker);
    const { reason = null, message = null, lack = null } = why ?? {};
    return { kind, possible: why === null, reason, message, lack };
  });
}

/** `null` if it is possible. */
export function whyNot(
  kind: OperationKind,
  facts: ServerFacts,
  hypervisors: Capable,
  asker: ServersCaller['kind'],
): Why | null {
  const { instance, subscription, operations } = facts;
  if (asker !== 'staff' && !OPERATIONS[kind].byCustomer) {
    return {
      reason: 'not-for-customers',
      message: 'This is not sold on the order page; please ask us for it.',
    };
  }
  const lack = lackOf(kind, facts, hypervisors);
  if (lack !== null) return { reason: 'unsupported', message: lack.en, lack };
  if (!runs(subscription)) {
    return { reason: 'not-running', message: `The subscription is ${subscription.stage}.` };
  }
  if (!fits(kind, instance.state)) {
    return { reason: OPERATION_REASONS.notFitting, message: `The server is ${instance.state}.` };
  }
  const isUnderWay = operations.some(
    (other) => other.kind === kind && (other.state === 'accepted' || other.state === 'running'),
  );
  if (isUnderWay) return { reason: OPERATION_REASONS.underWay, message: 'That is under way already.' };
  return whyNoSnapshot(kind, facts);
}

function runs({ stage }: Subscription): boolean {
  return stage === 'active' || stage === 'past-due';
}

const NOT_CONNECTED = {
  en: 'The provider of this server is not connected at the moment.',
  de: 'Der Anbieter dieses Servers ist gerade nicht angeschlossen.',
};
const OWN_PASSWORD = {
  en: 'The password is changed on the server itself.',
  de: 'Das Passwort wird auf dem Server selbst geändert.',
};
const NO_SNAPSHOTS = {
  en: 'There are no snapshots at the provider of this server.',
  de: 'Beim Anbieter dieses Servers gibt es keine Snapshots.',
};

/** The driver's own sentence for what its provider lacks. */
function lackOf(kind: OperationKind, { instance }: ServerFacts, hypervisors: Capable): LocalizedText | null {
  const capabilities = hypervisors.get(instance.provider)?.capabilities;
  if (!capabilities) return NOT_CONNECTED;
  const isOwners = instance.protocol !== 'ssh' || instance.credentialsUnknown;
  if (kind === 'rotate-credentials' && isOwners) {
    return OWN_PASSWORD;
  }
  const needed = NEEDS[kind];
  if (needed === null) return null;
  if (needed !== 'snapshots') return capabilities.lacks[needed] ?? null;
  if (capabilities.snapshots) return null;
  return capabilities.lacks.restoreSnapshot ?? NO_SNAPSHOTS;
}

function whyNoSnapshot(kind: OperationKind, { snapshots }: ServerFacts): Why | null {
  const manual = snapshots.filter(({ origin, state }) => origin === 'manual' && state !== 'failed');
  if (kind === 'take-snapshot' && manual.length >= MOST_SNAPSHOTS) {
    return { reason: 'too-many', message: `There are ${manual.length} snapshots already; delete one first.` };
  }
  if (kind === 'restore-snapshot' && !snapshots.some(({ state }) => state === 'complete')) {
    return { reason: OPERATION_REASONS.unknownPart, message: 'There is no snapshot to restore.' };
  }
  if (kind === 'delete-snapshot' && snapshots.length === 0) {
    return { reason: OPERATION_REASONS.unknownPart, message: 'There is no snapshot to delete.' };
  }
  return null;
}
