/** Encrypts everything that Temporal stores: AES-256-GCM, the key's id in the metadata, so that keys can be rotated. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { SecretBox } from './secret-box.ts';

const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const CONTEXT = 'temporal-payload';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const text = (bytes: Uint8Array | null | undefined): string => (bytes ? Buffer.from(bytes).toString() : '');

/** A codec over a key ring. Payloads that are not ours (plain ones from before) pass through unchanged. */
export function createPayloadCodec(box: SecretBox): PayloadCodec {
  const encodeOne = (payload: Payload): Payload => {
    const plain = PayloadMessage.encode(payload).finish();
    return {
      metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(box.currentKeyId) },
      data: box.sealBytes(plain, CONTEXT),
    };
  };
  const decodeOne = (payload: Payload): Payload => {
    if (text(payload.metadata?.encoding) !== ENCODING) return payload;
    const keyId = text(payload.metadata?.[KEY_ID]);
    return PayloadMessage.decode(box.openBytes(payload.data ?? new Uint8Array(), keyId, CONTEXT));
  };
  return {
    encode: (payloads) => Promise.resolve(payloads.map(encodeOne)),
    decode: (payloads) => Promise.resolve(payloads.map(decodeOne)),
  };
}
