import type { Response } from 'express';

type Chunk = string | Uint8Array;

/**
 * Lets the handler run to its end, then gives `answer` in place of what the handler wrote.
 * Nothing of the handler's answer, header or body, leaves the machine.
 */
export function answerInstead(res: Response, answer: () => void): void {
  capture(res, () => {
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    answer();
  });
}

/** Lets the handler answer as usual, but sends its body at no more than `bytesPerSecond`. */
export function sendSlowly(res: Response, bytesPerSecond: number): void {
  capture(res, (body) => {
    const ticksPerSecond = 10;
    const step = Math.max(1, Math.floor(bytesPerSecond / ticksPerSecond));
    let sent = 0;
    res.flushHeaders();
    const timer = setInterval(() => {
      if (sent < body.length && !res.destroyed) {
        res.write(body.subarray(sent, sent + step));
        sent += step;
        return;
      }
      clearInterval(timer);
      res.end();
    }, 1_000 / ticksPerSecond);
  });
}

/** Collects what a handler writes and hands it over when it ends, with the response's methods put back. */
function capture(res: Response, finished: (body: Buffer) => void): void {
  const { write, end } = res;
  const chunks: Buffer[] = [];
  const collect = (chunk: unknown): void => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  res.write = ((chunk: Chunk) => {
    collect(chunk);
    return true;
  }) as typeof res.write;
  res.end = ((chunk?: Chunk | (() => void)) => {
    collect(chunk);
    Object.assign(res, { write, end });
    finished(Buffer.concat(chunks));
    return res;
  }) as typeof res.end;
}
