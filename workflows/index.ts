/** Everything the lifecycle worker runs. */
export { subscription } from './subscriptions/subscription.ts';
export { snapshotExpiry } from './instances/snapshot-expiry.ts';
