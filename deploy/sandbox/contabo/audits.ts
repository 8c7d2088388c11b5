import type { Request, Response } from 'express';
import { answerPage, owner } from './envelope.ts';
import { type Audit, type ContaboStore, nextId } from './state.ts';

const user = { changedBy: '4b1d7f38-6a53-4b2c-9d3e-0f6c1a2b3c4d', username: 'operator@example.com' };

/** Writes down which call changed what. */
export function audit(
  store: ContaboStore,
  req: Request,
  action: Audit['action'],
  of: { instanceId: number; snapshotId?: string },
  changes: object = {},
): void {
  const id = nextId(store);
  const entry: Audit = {
    id,
    action,
    timestamp: new Date().toISOString(),
    ...owner,
    ...user,
    requestId: req.get('x-request-id') ?? '',
    traceId: req.get('x-trace-id') ?? '',
    ...of,
    changes,
  };
  const trail = of.snapshotId === undefined ? 'instanceAudits' : 'snapshotAudits';
  store.state[trail][id] = entry;
  store.save(trail, String(id));
}

/** A trail's entries, oldest first. */
export function answerAudits(req: Request, res: Response, trail: Record<string, Audit>): void {
  answerPage(req, res, Object.values(trail), {
    instanceId: (entry, wanted) => String(entry.instanceId) === wanted,
    snapshotId: (entry, wanted) => entry.snapshotId === wanted,
    requestId: (entry, wanted) => entry.requestId.toLowerCase() === wanted.toLowerCase(),
    changedBy: (entry, wanted) => entry.changedBy === wanted,
    startDate: (entry, wanted) => entry.timestamp.slice(0, 10) >= wanted,
    endDate: (entry, wanted) => entry.timestamp.slice(0, 10) <= wanted,
  });
}
