/**
 * Who is served first where work waits for a provider's quota: the smaller number, and among equals each tenant in turn
 * (docs/operations.md, "Who goes first").
 */
export const PRIORITIES = {
  /** Somebody has paid and waits for a server. */
  checkout: 1,
  /** Somebody has asked for something on a running server, and waits for it. */
  request: 2,
  /** A server is halted or started again as its subscription stands. */
  standing: 3,
  /** What has ended, or could not be made, is taken down. */
  teardown: 4,
  /** Nobody waits: inventories, campaigns, backups, last snapshots, what a making has left elsewhere. */
  bulk: 5,
} as const;
export type PriorityName = keyof typeof PRIORITIES;
export type PriorityNumber = (typeof PRIORITIES)[PriorityName];

/** Of work that names none; the server's own default is the middle, too. */
export const USUAL_PRIORITY: PriorityNumber = PRIORITIES.standing;
