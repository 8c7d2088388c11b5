import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec } from './crypto/payload-codec.ts';
import type { SecretBox } from './crypto/secret-box.ts';

const here = import.meta.url;
// Compiled code lies beside compiled code: the extension follows this file's own.
const extension = here.endsWith('.ts') ? '.ts' : '.js';

/** The data converter of every client and worker: JSON, encrypted, failures included. */
export function createDataConverter(box: SecretBox): DataConverter {
  return {
    failureConverterPath: fileURLToPath(new URL(`./failure-converter${extension}`, here)),
    payloadCodecs: [createPayloadCodec(box)],
  };
}
