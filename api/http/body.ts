/** Reads request bodies: limited while they arrive, so that a huge one costs neither memory nor time. */
import type { Request } from 'express';
import { ApiProblem } from './problem.ts';

/** After this much of a body that is too large the connection is cut. */
const DISCARD_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * The whole body as it was sent. One that is too large is refused at once by its Content-Length, or as soon as it passes the limit.
 *
 * @throws ApiProblem `body-too-large`, `unsupported-media-type` (compressed), `malformed-request` (cut off)
 */
export async function readBody(req: Request, limitBytes: number): Promise<Buffer> {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new ApiProblem('unsupported-media-type', { detail: 'A Content-Encoding is not accepted here.' });
  }
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > limitBytes) throw tooLarge(req, limitBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      req.off('data', collect).off('end', end).off('close', cutOff).off('error', cutOff);
      act();
    };
    const collect = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limitBytes) settle(() => reject(tooLarge(req, limitBytes)));
      else chunks.push(chunk);
    };
    const end = (): void => settle(() => resolve(Buffer.concat(chunks, size)));
    const cutOff = (): void =>
      settle(() => reject(new ApiProblem('malformed-request', { detail: 'The body was cut off.' })));
    req.on('data', collect).on('end', end).on('close', cutOff).on('error', cutOff);
  });
}

/** The answer goes out at once; what still arrives is thrown away, so that the sender gets to read the answer. */
function tooLarge(req: Request, limitBytes: number): ApiProblem {
  let discarded = 0;
  req.on('error', () => undefined);
  req.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > DISCARD_LIMIT_BYTES) req.destroy();
  });
  return new ApiProblem('body-too-large', { detail: `At most ${limitBytes} bytes are accepted here.` });
}

/** Whether the request brings a body at all. */
export function hasBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

export type BodyMediaType = 'application/json' | 'application/x-www-form-urlencoded';

/**
 * The body as data, or `undefined` if there is none.
 *
 * @throws ApiProblem as {@link readBody}, `unsupported-media-type`, `body-not-json`
 */
export async function readData(
  req: Request,
  accepted: readonly BodyMediaType[],
  limitBytes: number,
): Promise<unknown> {
  if (!hasBody(req)) return undefined;
  const type = mediaType(req, accepted);
  const text = decode(await readBody(req, limitBytes));
  if (type !== 'application/json') return formData(text);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ApiProblem('body-not-json', { detail: 'The body cannot be parsed as JSON.', cause });
  }
}

function mediaType(req: Request, accepted: readonly BodyMediaType[]): BodyMediaType {
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((p) => p.startsWith('charset='));
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const found = accepted.find((candidate) => candidate === type.trim());
  if (found === undefined || !utf8) {
    throw new ApiProblem('unsupported-media-type', { detail: `Accepted here: ${accepted.join(', ')}.` });
  }
  return found;
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new ApiProblem('body-not-json', { detail: 'The body is not valid UTF-8.', cause });
  }
}

function formData(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}
