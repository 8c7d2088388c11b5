import type { z } from 'zod';
import type { Kind } from './objects.ts';
import {
  claimShape,
  networkPolicyShape,
  restoreShape,
  secretShape,
  snapshotShape,
  virtualMachineShape,
} from './shapes.ts';

type Verb = 'list' | 'get' | 'create' | 'patch' | 'apply' | 'delete';

/** A kind with what clients may do to it, and how it must look. */
export interface ServedKind extends Kind {
  verbs: readonly Verb[];
  shape?: z.ZodType;
  /** Belongs to the whole cluster. */
  clusterWide?: true;
}

const all: readonly Verb[] = ['list', 'get', 'create', 'patch', 'delete'];
const looking: readonly Verb[] = ['list', 'get'];
const snapshots = { group: 'snapshot.kubevirt.io', version: 'v1beta1' };
const machines = { group: 'kubevirt.io', version: 'v1' };
const core = { group: '', version: 'v1' };

export const KINDS = {
  vm: {
    ...machines,
    plural: 'virtualmachines',
    kind: 'VirtualMachine',
    verbs: [...all, 'apply'],
    shape: virtualMachineShape,
  },
  vmi: { ...machines, plural: 'virtualmachineinstances', kind: 'VirtualMachineInstance', verbs: looking },
  snapshot: {
    ...snapshots,
    plural: 'virtualmachinesnapshots',
    kind: 'VirtualMachineSnapshot',
    verbs: [...all, 'apply'],
    shape: snapshotShape,
  },
  content: {
    ...snapshots,
    plural: 'virtualmachinesnapshotcontents',
    kind: 'VirtualMachineSnapshotContent',
    verbs: looking,
  },
  restore: {
    ...snapshots,
    plural: 'virtualmachinerestores',
    kind: 'VirtualMachineRestore',
    verbs: all,
    shape: restoreShape,
  },
  secret: { ...core, plural: 'secrets', kind: 'Secret', verbs: [...all, 'apply'], shape: secretShape },
  claim: {
    ...core,
    plural: 'persistentvolumeclaims',
    kind: 'PersistentVolumeClaim',
    verbs: all,
    shape: claimShape,
  },
  policy: {
    group: 'networking.k8s.io',
    version: 'v1',
    plural: 'networkpolicies',
    kind: 'NetworkPolicy',
    verbs: [...all, 'apply'],
    shape: networkPolicyShape,
  },
  dataVolume: {
    group: 'cdi.kubevirt.io',
    version: 'v1beta1',
    plural: 'datavolumes',
    kind: 'DataVolume',
    verbs: ['list', 'get', 'delete'],
  },
  quota: { ...core, plural: 'resourcequotas', kind: 'ResourceQuota', verbs: looking },
  node: { ...core, plural: 'nodes', kind: 'Node', verbs: looking, clusterWide: true },
} as const satisfies Record<string, ServedKind>;
