/** Host names of instances. Pure. */

/** A short host name that is unique in practice and readable: "rdp-basic-3f9c1a-1". */
export function instanceHostname(planKey: string, subscriptionId: string, ordinal: number): string {
  return `${planKey}-${subscriptionId.replaceAll('-', '').slice(-6)}-${ordinal}`;
}
