/** What is billed for a subscription, by whom, and where it came from. Pure and plain JSON. */

/** What is charged each period, all items together, as the payment provider says it. */
export interface PeriodicPrice {
  amountMinor: number;
  /** ISO 4217 in lower case; one in which Tenure does not sell is possible. */
  currency: string;
  /** `month` or `year`; for others the number comes first, e.g. `3 month`. */
  interval: string;
}

/** How the billing by others stands, as far as our books know: `ending` no further period is billed. */
export type BilledElsewhere = 'running' | 'ending' | 'ended';

/** A subscription that was taken over with its servers as they ran. */
export interface Imported {
  importId: string;
  /** ISO 8601 instant. */
  at: string;
  /** Whether the customer is told by mail. */
  tellCustomer: boolean;
}
