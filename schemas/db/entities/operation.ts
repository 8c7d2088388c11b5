import { EntitySchema } from 'typeorm';
import type { OperationRequest } from '../../operations/requests.ts';
import type { OperationFailure, OperationKind, OperationState } from '../../operations/operations.ts';
import type { Actor } from '../../subscriptions/lifecycle.ts';
import { id, instant, json, named, optional, tenantId, text, uuid } from './columns.ts';

/** What was asked of one server, and what became of it. Its id is the business key of all that it does. */
export interface Operation {
  id: string;
  tenantId: string;
  subscriptionId: string;
  instanceId: string;
  kind: OperationKind;
  request: OperationRequest;
  state: OperationState;
  failure: OperationFailure | null;
  /** What it made, by id; never secrets. */
  result: Record<string, string | null> | null;
  /** Encrypted link to the screen, for whoever asked. */
  sealedLink: string | null;
  linkExpiresAt: Date | null;
  /** Last time that a call was sent which bears no key, and when its acceptance was known. */
  callSentAt: Date | null;
  callAcceptedAt: Date | null;
  askedByKind: Actor['kind'];
  askedById: string;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export const Operations = new EntitySchema<Operation>({
  name: 'Operation',
  tableName: 'operations',
  columns: {
    id,
    tenantId,
    subscriptionId: named('subscription_id', uuid),
    instanceId: named('instance_id', uuid),
    kind: text,
    request: json,
    state: text,
    failure: optional('failure', json),
    result: optional('result', json),
    sealedLink: optional('sealed_link', text),
    linkExpiresAt: optional('link_expires_at', instant),
    callSentAt: optional('call_sent_at', instant),
    callAcceptedAt: optional('call_accepted_at', instant),
    askedByKind: named('asked_by_kind', text),
    askedById: named('asked_by_id', text),
    createdAt: named('created_at', instant),
    startedAt: optional('started_at', instant),
    finishedAt: optional('finished_at', instant),
  },
});
