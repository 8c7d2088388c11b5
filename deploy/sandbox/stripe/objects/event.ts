import { newId } from '../wire/ids.ts';

/** The API version that the stand-in speaks. */
export const API_VERSION = '2026-08-26.dahlia';

export interface NewEvent {
  type: string;
  object: unknown;
  previousAttributes?: Record<string, unknown>;
  requestId: string | null;
  idempotencyKey: string | null;
}

export type StripeEvent = ReturnType<typeof newEvent>;

/** An event with the object as it is at this moment. `pending_webhooks` is filled in when it is read. */
export function newEvent(given: NewEvent, now: number) {
  const data: { object: unknown; previous_attributes?: Record<string, unknown> } = {
    object: structuredClone(given.object),
  };
  if (given.previousAttributes) data.previous_attributes = structuredClone(given.previousAttributes);
  return {
    id: newId('evt_'),
    object: 'event' as const,
    api_version: API_VERSION,
    created: now,
    data,
    livemode: false,
    pending_webhooks: 0,
    request: { id: given.requestId, idempotency_key: given.idempotencyKey },
    type: given.type,
  };
}
