/** An instance's firewall as a NetworkPolicy on its pod: what no rule lets in is kept out, traffic out is free. */
import { isDeepStrictEqual } from 'node:util';
import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { FirewallRule } from '../port.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';
import type { Manifest } from './manifests.ts';
import { LABELS, MANAGER } from './names.ts';

/** @throws TenureFailure `refused` (`unsupported`) for what a NetworkPolicy cannot say. */
export function networkPolicy(instance: string, rules: readonly FirewallRule[], namespace: string): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: instance,
      namespace,
      labels: { [LABELS.managedBy]: MANAGER, [LABELS.instance]: instance },
    },
    spec: {
      podSelector: { matchLabels: { [LABELS.instance]: instance } },
      policyTypes: ['Ingress'],
      ingress: rules.map(({ protocol, ports, source }) => {
        if (protocol === 'icmp' || ports === null) {
          throw new TenureFailure('refused', 'KubeVirt cannot do this: firewall rules for ICMP.', {
            reason: REASONS.unsupported,
            nextStep: 'Leave it out; a NetworkPolicy knows only TCP and UDP.',
          });
        }
        const { from, to } = ports;
        return {
          from: [{ ipBlock: { cidr: source } }],
          ports: [{ protocol: protocol.toUpperCase(), port: from, ...(to !== from && { endPort: to }) }],
        };
      }),
    },
  };
}

/** The rules that a policy of ours says. */
export function rulesOf({ spec }: V1NetworkPolicy): FirewallRule[] {
  return (spec?.ingress ?? []).flatMap(({ _from: sources = [], ports = [] }) =>
    sources.flatMap(({ ipBlock }) =>
      ports.flatMap(({ protocol, port, endPort }) =>
        ipBlock === undefined || typeof port !== 'number'
          ? []
          : {
              protocol: protocol === 'UDP' ? ('udp' as const) : ('tcp' as const),
              ports: { from: port, to: endPort ?? port },
              source: ipBlock.cidr,
            },
      ),
    ),
  );
}

/** Whether both let the same in; their order means nothing. */
export function sameRules(some: readonly FirewallRule[], others: readonly FirewallRule[]): boolean {
  const sorted = (rules: readonly FirewallRule[]): string[] =>
    rules.map(({ protocol, ports, source }) => `${protocol} ${ports?.from}-${ports?.to} ${source}`).sort();
  return isDeepStrictEqual(sorted(some), sorted(others));
}
