/**
 * What the lifecycle worker decodes workflows' messages with. A payload that cannot be read is replaced by a marker that the
 * workflow knows; thrown here, it would fail the workflow's task for ever, and nothing after it would be heard.
 */
import {
  defaultPayloadConverter,
  type DataConverter,
  type Payload,
  type PayloadCodec,
} from '@temporalio/common';
import { UndecryptableError, type SecretBox } from '../schemas/crypto/secret-box.ts';
import { createDataConverter } from '../schemas/data-converter.ts';
import type { Unreadable } from '../schemas/unreadable.ts';

/** The data converter of every worker. */
export function createWorkerDataConverter(box: SecretBox): DataConverter {
  const converter = createDataConverter(box);
  return { ...converter, payloadCodecs: converter.payloadCodecs?.map(tolerantCodec) };
}

/** Results of activities are not replaced: they are our own, and the task had better wait for their key. */
function tolerantCodec(codec: PayloadCodec): PayloadCodec {
  async function decodeOne(payload: Payload): Promise<Payload> {
    try {
      const [decoded = payload] = await codec.decode([payload]);
      // Decrypted, it must also be what it says that it is.
      defaultPayloadConverter.fromPayload(decoded);
      return decoded;
    } catch (error) {
      return defaultPayloadConverter.toPayload(markerOf(error));
    }
  }
  return {
    encode: (payloads, context) => codec.encode(payloads, context),
    decode: (payloads, context) =>
      context?.type === 'workflow' ? Promise.all(payloads.map(decodeOne)) : codec.decode(payloads, context),
  };
}

function markerOf(error: unknown): Unreadable {
  const isUnknownKey = error instanceof UndecryptableError && error.reason === 'unknown-key';
  const message = error instanceof Error ? error.message : String(error);
  return { unreadable: isUnknownKey ? 'unknown-key' : 'damaged', message };
}
