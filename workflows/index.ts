/** Everything the lifecycle worker runs. */
export { subscription } from './subscriptions/subscription.ts';
export { reconcile } from './reconcile/reconcile.ts';
export { importServers } from './imports/import-servers.ts';
export { backups } from './backups/backups.ts';
export { oneMail } from './mail/one-mail.ts';
export { snapshotExpiry } from './instances/snapshot-expiry.ts';
export { undoMaking } from './instances/undo-making.ts';
