/** What the served kinds may look like. A field that is not here does not exist: Strict refuses it, Ignore drops it. */
import { z } from 'zod';

const texts = z.record(z.string(), z.string());
const labelValue = z
  .string()
  .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'is not a label value');
const dnsName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is not a DNS subdomain');
const dnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is not a DNS label');
const quantity = z.union([
  z.int(),
  z.string().regex(/^[+-]?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/, 'is not a quantity'),
]);

const ownerReference = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});

const templateMetadata = z.strictObject({
  name: z.string().optional(),
  labels: z.record(z.string(), labelValue).optional(),
  annotations: texts.optional(),
});

export const metadataShape = z.strictObject({
  name: dnsName,
  namespace: z.string().optional(),
  labels: z.record(z.string(), labelValue).optional(),
  annotations: texts.optional(),
  ownerReferences: z.array(ownerReference).optional(),
  finalizers: z.array(z.string()).optional(),
  // The server's own: read, and not taken from a client.
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.int().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
});

const objectOf = <S extends z.ZodRawShape>(parts: S) =>
  z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: metadataShape,
    ...parts,
    status: z.unknown().optional(),
  });

const storage = z.strictObject({
  accessModes: z.array(z.string()).optional(),
  resources: z.strictObject({ requests: z.record(z.string(), quantity).optional() }).optional(),
  storageClassName: z.string().optional(),
  volumeMode: z.enum(['Block', 'Filesystem', 'FromStorageProfile']).optional(),
});

const dataVolumeSpec = z
  .strictObject({
    source: z
      .strictObject({
        registry: z
          .strictObject({
            url: z.string(),
            pullMethod: z.string().optional(),
            secretRef: z.string().optional(),
          })
          .optional(),
        http: z.strictObject({ url: z.string(), secretRef: z.string().optional() }).optional(),
        pvc: z.strictObject({ name: z.string(), namespace: z.string() }).optional(),
        blank: z.strictObject({}).optional(),
      })
      .optional(),
    sourceRef: z
      .strictObject({ kind: z.literal('DataSource'), name: z.string(), namespace: z.string().optional() })
      .optional(),
    storage: storage.optional(),
    pvc: storage.optional(),
  })
  .refine(({ source, sourceRef }) => (source === undefined) !== (sourceRef === undefined), {
    message: 'Data volume should have either Source or SourceRef, or be externally populated',
  });

const diskTarget = z.strictObject({
  bus: z.enum(['virtio', 'sata', 'scsi', 'usb']).optional(),
  readonly: z.boolean().optional(),
});
export const diskShape = z.strictObject({
  name: z.string(),
  disk: diskTarget.optional(),
  cdrom: z.strictObject({ bus: z.string().optional() }).optional(),
  lun: diskTarget.optional(),
  bootOrder: z.int().min(1).optional(),
  serial: z.string().max(256).optional(),
  cache: z.string().optional(),
});

export const claimSourceShape = z.strictObject({
  claimName: z.string(),
  readOnly: z.boolean().optional(),
  hotpluggable: z.boolean().optional(),
});

const volume = z.strictObject({
  name: dnsLabel,
  dataVolume: z.strictObject({ name: z.string(), hotpluggable: z.boolean().optional() }).optional(),
  persistentVolumeClaim: claimSourceShape.optional(),
  containerDisk: z.strictObject({ image: z.string() }).optional(),
  cloudInitNoCloud: z
    .strictObject({
      secretRef: z.strictObject({ name: z.string() }).optional(),
      userData: z.string().optional(),
      userDataBase64: z.string().optional(),
      networkData: z.string().optional(),
    })
    .optional(),
});

const domain = z.strictObject({
  cpu: z
    .strictObject({
      cores: z.int().min(1).optional(),
      sockets: z.int().min(1).optional(),
      threads: z.int().min(1).optional(),
      model: z.string().optional(),
    })
    .optional(),
  memory: z.strictObject({ guest: quantity.optional() }).optional(),
  resources: z
    .strictObject({
      requests: z.record(z.string(), quantity).optional(),
      limits: z.record(z.string(), quantity).optional(),
    })
    .optional(),
  devices: z.strictObject({
    disks: z.array(diskShape).optional(),
    interfaces: z
      .array(
        z.strictObject({
          name: z.string(),
          masquerade: z.strictObject({}).optional(),
          bridge: z.strictObject({}).optional(),
          model: z.string().optional(),
          macAddress: z.string().optional(),
        }),
      )
      .optional(),
    gpus: z.array(z.strictObject({ name: z.string(), deviceName: z.string() })).optional(),
    rng: z.strictObject({}).optional(),
  }),
});

const matcher = z.strictObject({
  name: z.string().optional(),
  kind: z.string().optional(),
  revisionName: z.string().optional(),
  inferFromVolume: z.string().optional(),
});

export const virtualMachineShape = objectOf({
  spec: z.strictObject({
    runStrategy: z.enum(['Always', 'Halted', 'Manual', 'RerunOnFailure', 'Once']).optional(),
    running: z.boolean().optional(),
    instancetype: matcher.optional(),
    preference: matcher.optional(),
    dataVolumeTemplates: z
      .array(z.strictObject({ metadata: templateMetadata.optional(), spec: dataVolumeSpec }))
      .optional(),
    template: z.strictObject({
      metadata: templateMetadata.optional(),
      spec: z.strictObject({
        hostname: dnsLabel.optional(),
        nodeSelector: texts.optional(),
        terminationGracePeriodSeconds: z.int().min(0).optional(),
        evictionStrategy: z.string().optional(),
        domain,
        networks: z
          .array(
            z.strictObject({
              name: z.string(),
              pod: z.strictObject({}).optional(),
              multus: z.strictObject({ networkName: z.string(), default: z.boolean().optional() }).optional(),
            }),
          )
          .optional(),
        volumes: z.array(volume).optional(),
      }),
    }),
  }),
});
export type VirtualMachine = z.output<typeof virtualMachineShape>;

const reference = z.strictObject({ apiGroup: z.string().optional(), kind: z.string(), name: z.string() });

export const snapshotShape = objectOf({
  spec: z.strictObject({
    source: reference,
    deletionPolicy: z.string().optional(),
    failureDeadline: z.string().optional(),
  }),
});

export const restoreShape = objectOf({
  spec: z.strictObject({
    target: reference,
    virtualMachineSnapshotName: z.string(),
    targetReadinessPolicy: z
      .enum(['StopTarget', 'WaitGracePeriod', 'FailImmediate', 'WaitEventually'])
      .optional(),
    volumeRestorePolicy: z.string().optional(),
    volumeOwnershipPolicy: z.string().optional(),
  }),
});

export const secretShape = objectOf({
  type: z.string().optional(),
  immutable: z.boolean().optional(),
  data: z
    .record(
      z.string(),
      z.string().refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'is not base64'),
    )
    .optional(),
  stringData: texts.optional(),
});

export const claimShape = objectOf({
  spec: z.strictObject({
    accessModes: z
      .array(z.enum(['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod']))
      .min(1),
    resources: z.strictObject({ requests: z.strictObject({ storage: quantity }) }),
    storageClassName: z.string().optional(),
    volumeMode: z.enum(['Block', 'Filesystem']).optional(),
  }),
});

export const networkPolicyShape = objectOf({
  spec: z.strictObject({
    podSelector: z.strictObject({ matchLabels: z.record(z.string(), labelValue).optional() }),
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])).optional(),
    ingress: z
      .array(
        z.strictObject({
          from: z
            .array(
              z.strictObject({
                ipBlock: z.strictObject({ cidr: z.union([z.cidrv4(), z.cidrv6()]) }).optional(),
              }),
            )
            .optional(),
          ports: z
            .array(
              z.strictObject({
                protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
                port: z.union([z.int().min(1).max(65_535), z.string()]).optional(),
                endPort: z.int().min(1).max(65_535).optional(),
              }),
            )
            .optional(),
        }),
      )
      .optional(),
  }),
});

/** Bodies of the subresources. */
export const startOptionsShape = z.strictObject({
  paused: z.boolean().optional(),
  dryRun: z.array(z.string()).optional(),
});
export const stopOptionsShape = z.strictObject({
  gracePeriod: z.int().optional(),
  dryRun: z.array(z.string()).optional(),
});
export const restartOptionsShape = z.strictObject({
  gracePeriodSeconds: z.int().optional(),
  dryRun: z.array(z.string()).optional(),
});
export const addVolumeShape = z.strictObject({
  name: z.string(),
  disk: diskShape,
  volumeSource: z.strictObject({
    persistentVolumeClaim: claimSourceShape.optional(),
    dataVolume: z.strictObject({ name: z.string(), hotpluggable: z.boolean().optional() }).optional(),
  }),
  dryRun: z.array(z.string()).optional(),
});
export const removeVolumeShape = z.strictObject({ name: z.string(), dryRun: z.array(z.string()).optional() });
