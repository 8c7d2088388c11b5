/** The objects that make a machine, as the cluster's own types describe them: nothing that Strict validation refuses. */
import type { CreateInstanceRequest } from '../port.ts';
import { ANNOTATIONS, LABELS, MANAGER, marks, nameOfKey, userDataName } from './names.ts';
import type { Image, Order } from './plan.ts';
import { type Vm, ZONE_LABEL } from './shapes.ts';

/** An object to send or commit. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [part: string]: unknown;
}

/** Name of the first disk's volume; cloud-init's disk follows it. */
const ROOT_VOLUME = 'root';
const USER_DATA_VOLUME = 'user-data';
/** Time that a guest has to shut down by itself before its plug is pulled. */
const SHUTDOWN_SECONDS = 60;

/** A VirtualMachine that runs, with its disk in `dataVolumeTemplates` and its first-boot data in a Secret. */
export function virtualMachine(
  { key, hostname, labels }: CreateInstanceRequest,
  order: Order,
  namespace: string,
): Manifest {
  const name = nameOfKey(key);
  const { labels: ourLabels, annotations } = marks(key);
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name,
      namespace,
      labels: ourLabels,
      annotations: { ...foreignMarks(labels), ...annotations, [ANNOTATIONS.name]: hostname },
    },
    spec: {
      runStrategy: 'Always',
      ...sizeParts(order),
      ...(order.preference && { preference: order.preference }),
      ...diskParts({ name, hostname, disk: `${name}-root` }, order),
    },
  };
}

/** The parts of a VirtualMachine's spec that a size decides; a merge patch of them resizes. */
export function sizeChange(order: Order): Record<string, unknown> {
  const domain = order.instancetype ? { cpu: null, memory: null } : domainSize(order);
  return {
    // The revision pins the old type's numbers.
    instancetype: order.instancetype ? { ...order.instancetype, revisionName: null } : null,
    template: { spec: { domain } },
  };
}

/** The Secret that cloud-init's NoCloud source reads. */
export function userDataSecret(key: string, instance: string, namespace: string, userData: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: userDataName(instance), namespace, ...markedFor(key, instance) },
    type: 'Opaque',
    data: { userdata: Buffer.from(userData, 'utf8').toString('base64') },
  };
}

/** The claim of an extra disk; it goes with its machine. */
export function extraDisk(
  disk: { key: string; sizeGb: number },
  instance: { name: string; uid: string },
  namespace: string,
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: nameOfKey(disk.key),
      namespace,
      ...markedFor(disk.key, instance.name),
      ownerReferences: [
        { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: instance.name, uid: instance.uid },
      ],
    } as Manifest['metadata'],
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: `${disk.sizeGb}Gi` } },
    },
  };
}

export function snapshotOf(instance: string, key: string, namespace: string): Manifest {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineSnapshot',
    metadata: { name: nameOfKey(key), namespace, ...marks(key) },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: instance } },
  };
}

/** @param startAfter whether the machine is to run once its disk is back: a restore leaves it stopped. */
export function restoreOf(
  name: string,
  instance: string,
  snapshot: string,
  startAfter: boolean,
  namespace: string,
): Manifest {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineRestore',
    metadata: {
      name,
      namespace,
      labels: { [LABELS.managedBy]: MANAGER, [LABELS.instance]: instance },
      annotations: { [ANNOTATIONS.startAfter]: String(startAfter) },
    },
    spec: {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: instance },
      virtualMachineSnapshotName: snapshot,
      // Otherwise a running machine is waited for, and in the end nothing is restored.
      targetReadinessPolicy: 'StopTarget',
    },
  };
}

/** What is plugged into a machine beside its own two disks. */
export interface ExtraDisks {
  disks: { name: string }[];
  volumes: { name: string }[];
}

/** The extra disks of a machine as it is described now. */
export function extraDisksOf({ spec }: Vm): ExtraDisks {
  const { volumes = [], domain } = spec.template.spec;
  const isExtra = ({ name }: { name: string }): boolean => name !== ROOT_VOLUME && name !== USER_DATA_VOLUME;
  return { disks: (domain.devices?.disks ?? []).filter(isExtra), volumes: volumes.filter(isExtra) };
}

/** The first disk and what hangs on it; a merge patch of them with another disk name installs anew. */
export function diskParts(
  { name: instance, hostname, disk }: { name: string; hostname: string; disk: string },
  order: Order,
  extra: ExtraDisks = { disks: [], volumes: [] },
): Record<string, unknown> {
  const { diskGb, image, storageClass, preference, gpus, network, zone } = order;
  // A preference chooses the bus that its system has drivers for.
  const bus = preference ? {} : { bus: 'virtio' };
  return {
    dataVolumeTemplates: [
      {
        metadata: { name: disk, labels: { [LABELS.managedBy]: MANAGER, [LABELS.instance]: instance } },
        spec: {
          ...sourceOf(image),
          storage: {
            resources: { requests: { storage: `${diskGb}Gi` } },
            ...(storageClass !== undefined && { storageClassName: storageClass }),
          },
        },
      },
    ],
    template: {
      metadata: { labels: { [LABELS.managedBy]: MANAGER, [LABELS.instance]: instance } },
      spec: {
        hostname,
        terminationGracePeriodSeconds: SHUTDOWN_SECONDS,
        ...(zone !== '' && { nodeSelector: { [ZONE_LABEL]: zone } }),
        domain: {
          ...(order.instancetype ? {} : domainSize(order)),
          devices: {
            disks: [
              { name: ROOT_VOLUME, disk: bus, bootOrder: 1 },
              { name: USER_DATA_VOLUME, disk: bus },
              ...extra.disks,
            ],
            interfaces: [
              { name: 'default', ...(network === undefined ? { masquerade: {} } : { bridge: {} }) },
            ],
            ...(gpus.length > 0 && {
              gpus: gpus.map((deviceName, index) => ({ name: `gpu${index}`, deviceName })),
            }),
          },
        },
        networks: [
          {
            name: 'default',
            ...(network === undefined ? { pod: {} } : { multus: { networkName: network } }),
          },
        ],
        volumes: [
          { name: ROOT_VOLUME, dataVolume: { name: disk } },
          { name: USER_DATA_VOLUME, cloudInitNoCloud: { secretRef: { name: userDataName(instance) } } },
          ...extra.volumes,
        ],
      },
    },
  };
}

function sizeParts({ instancetype }: Order): Record<string, unknown> {
  return instancetype ? { instancetype } : {};
}

function domainSize({ cpus, memoryMb }: Order): Record<string, unknown> {
  return { cpu: { cores: cpus }, memory: { guest: `${memoryMb}Mi` } };
}

function sourceOf(image: Image): Record<string, unknown> {
  if ('registry' in image) return { source: { registry: { url: image.registry } } };
  if ('http' in image) return { source: { http: { url: image.http } } };
  if ('pvc' in image) return { source: { pvc: { name: image.pvc, namespace: image.namespace } } };
  const { dataSource, namespace } = image;
  return {
    sourceRef: { kind: 'DataSource', name: dataSource, ...(namespace !== undefined && { namespace }) },
  };
}

function markedFor(key: string, instance: string): Pick<Manifest['metadata'], 'labels' | 'annotations'> {
  const { labels, annotations } = marks(key);
  return { labels: { ...labels, [LABELS.instance]: instance }, annotations };
}

/** As annotations: a label's value may not be any text. */
function foreignMarks(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      `tenure/${name.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`,
      value,
    ]),
  );
}
