/** Units. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The instant `ms` from now, ISO 8601. Workflow time. */
export function instantIn(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

/** Milliseconds until an instant; 0 if it is past. */
export function msUntil(instant: string): number {
  return Math.max(0, Date.parse(instant) - Date.now());
}
