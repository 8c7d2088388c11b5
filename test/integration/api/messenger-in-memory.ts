import {
  MessengerUnavailable,
  type SubscriptionMessenger,
  type SubscriptionUpdate,
  type UpdateOutcome,
} from '../../../api/temporal/messenger.ts';

export interface SeenUpdate {
  subscriptionId: string;
  update: SubscriptionUpdate;
  updateId: string;
  request: unknown;
}

export interface MessengerInMemory extends SubscriptionMessenger {
  /** Each update once per update id, as Temporal would act on it. */
  readonly seen: SeenUpdate[];
  /** How often it was called at all. */
  calls: number;
  /** What the next updates answer; `null`: Temporal cannot be reached. */
  answer: UpdateOutcome | null;
  reachable: boolean;
}

const DONE: UpdateOutcome = {
  outcome: 'done',
  status: {
    stage: 'active',
    attention: null,
    summary: '',
    dueAt: null,
    cancelAtPeriodEnd: false,
    instances: [],
  },
};

/** A stand-in for the workflows: remembers what was asked and answers as told. */
export function createMessengerInMemory(): MessengerInMemory {
  const messenger: MessengerInMemory = {
    seen: [],
    calls: 0,
    answer: DONE,
    reachable: true,
    start: async () => undefined,
    billingChanged: async () => true,
    async update(subscriptionId, update, updateId, request) {
      messenger.calls += 1;
      if (messenger.answer === null) throw new MessengerUnavailable();
      const isNew = !messenger.seen.some((one) => one.updateId === updateId);
      if (isNew) messenger.seen.push({ subscriptionId, update, updateId, request });
      return messenger.answer;
    },
    sendMail: async () => undefined,
    startImport: async () => undefined,
    isReachable: async () => messenger.reachable,
  };
  return messenger;
}

/** The usual answer again. */
export function answersDone(messenger: MessengerInMemory): void {
  messenger.answer = DONE;
}
