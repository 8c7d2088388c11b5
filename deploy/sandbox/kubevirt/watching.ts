import type { Request, Response } from 'express';
import type { Event, Kind, Objects } from './objects.ts';
import type { KubeObject } from './state.ts';
import { badRequest } from './status.ts';

/** A bookmark tells a watcher how far it is although nothing of its own happened. */
const BOOKMARK_MS = 500;
const DEFAULT_SECONDS = 60;

/** Streams events, one JSON object a line, from a version on until `timeoutSeconds` have passed. */
export function watchObjects(objects: Objects, kind: Kind, req: Request, res: Response): void {
  const { resourceVersion, timeoutSeconds, allowWatchBookmarks } = req.query;
  const from = Number(resourceVersion ?? objects.version());
  if (!Number.isInteger(from))
    throw badRequest('resourceVersion: Invalid value: strconv.ParseUint: invalid syntax');
  res.status(200).type('application/json');
  res.flushHeaders();
  const write = (type: string, object: unknown): void =>
    void res.write(`${JSON.stringify({ type, object })}\n`);
  const send = ({ type, plural, object }: Event): void => {
    if (plural === kind.plural && matches(object, req.query)) write(type, object);
  };
  const tooOld = (): void =>
    write('ERROR', {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'Expired',
      code: 410,
      message: `too old resource version: ${from}`,
    });
  const missed = objects.eventsAfter(from);
  if (!missed) {
    tooOld();
    res.end();
    return;
  }
  missed.forEach(send);
  const unsubscribe = objects.subscribe(send, () => {
    tooOld();
    end();
  });
  const bookmarks = setInterval(() => {
    if (allowWatchBookmarks !== 'true') return;
    const metadata = { resourceVersion: String(objects.version()), creationTimestamp: null };
    write('BOOKMARK', { kind: kind.kind, apiVersion: `${kind.group}/${kind.version}`, metadata });
  }, BOOKMARK_MS);
  const end = (): void => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(timer);
    res.end();
  };
  const timer = setTimeout(end, Number(timeoutSeconds ?? DEFAULT_SECONDS) * 1_000);
  req.on('close', end);
  res.on('close', end);
}

/** Whether an object is meant by a request's selectors. @throws StatusError 400 for fields that cannot be selected by. */
export function matches(
  { metadata }: KubeObject,
  { labelSelector, fieldSelector }: { labelSelector?: unknown; fieldSelector?: unknown },
): boolean {
  const parts = (selector: unknown): string[] =>
    typeof selector === 'string' ? selector.split(',').filter(Boolean) : [];
  const byLabels = parts(labelSelector).every((part) => {
    const [name = '', value] = part.split(/==?/);
    const label = metadata.labels?.[name];
    return value === undefined ? label !== undefined : label === value;
  });
  const byFields = parts(fieldSelector).every((part) => {
    const [name, value] = part.split(/==?/);
    if (name === 'metadata.name') return metadata.name === value;
    if (name === 'metadata.namespace') return metadata.namespace === value;
    throw badRequest(`field label not supported: ${name}`);
  });
  return byLabels && byFields;
}
