/**
 * A limit of `perSecond` requests in any second, counted per caller over a sliding window, like the APIs that
 * refuse the request after the last allowed one and forget about it a second later.
 *
 * @param nowMs the clock, in milliseconds.
 * @returns a function that says whether the caller may make one more request now, and counts it if so.
 */
export function slidingLimit(
  perSecond: number,
  nowMs = () => performance.now(),
): (caller: string) => boolean {
  const windowMs = 1_000;
  const recent = new Map<string, number[]>();
  return (caller) => {
    const now = nowMs();
    const times = (recent.get(caller) ?? []).filter((at) => now - at < windowMs);
    const allowed = times.length < perSecond;
    if (allowed) times.push(now);
    recent.set(caller, times);
    return allowed;
  };
}
