/** The rules of a server's own firewall. Pure. */

/** Lets traffic in; what no rule lets in is kept out. */
export interface FirewallRule {
  protocol: 'tcp' | 'udp' | 'icmp';
  /** First and last port; `null` for icmp. */
  ports: { from: number; to: number } | null;
  /** IPv4 or IPv6 network, e.g. `0.0.0.0/0`. */
  source: string;
}

const EVERYWHERE = ['0.0.0.0/0', '::/0'];

/** Whether anybody, and so we too, reaches this TCP port. No firewall (`null`) keeps nobody out. */
export function letsEverybodyIn(rules: readonly FirewallRule[] | null, port: number): boolean {
  if (rules === null) return true;
  return rules.some(
    ({ protocol, ports, source }) =>
      protocol === 'tcp' &&
      EVERYWHERE.includes(source) &&
      ports !== null &&
      ports.from <= port &&
      port <= ports.to,
  );
}
