/** How each provider is reached: part of the configuration (`schemas/config.ts`). Without its key a provider is off. */
import { z } from 'zod';

const url = z.url();
const milliseconds = z.coerce.number().int().min(1);
const perSecond = z.coerce.number().min(0.1);
const vmid = z.coerce.number().int().min(100).max(999_999_999);

export const PROVIDER_SETTINGS = {
  VULTR_API_KEY: z.string().optional().describe('Vultr API key; without it the provider is off'),
  VULTR_API_BASE: url.default('https://api.vultr.com/v2').describe('Vultr API, or a stand-in'),
  VULTR_POLL_MS: milliseconds.default(3_000).describe('how often a booting instance is looked at'),
  VULTR_TIMEOUT_MS: milliseconds.default(15_000).describe('time limit of one call'),
  VULTR_CREATE_SETTLE_MS: milliseconds
    .default(30_000)
    .describe('after a lost create: how long it may still turn up'),
  VULTR_REQUESTS_PER_SECOND: perSecond.default(20).describe('quota shared by all workers (Vultr: 30)'),

  CONTABO_CLIENT_ID: z
    .string()
    .optional()
    .describe('Contabo API client; without it and the next three the provider is off'),
  CONTABO_CLIENT_SECRET: z.string().optional().describe('secret of the Contabo API client'),
  CONTABO_USERNAME: z.string().optional().describe('Contabo API user, an e-mail address'),
  CONTABO_PASSWORD: z.string().optional().describe('password of the Contabo API user'),
  CONTABO_API_BASE: url.default('https://api.contabo.com/v1').describe('Contabo API, or a stand-in'),
  CONTABO_AUTH_URL: url
    .default('https://auth.contabo.com/auth/realms/contabo/protocol/openid-connect/token')
    .describe('where Contabo gives tokens, or a stand-in'),
  CONTABO_POLL_MS: milliseconds.default(10_000).describe('how often an instance being made is looked at'),
  CONTABO_TIMEOUT_MS: milliseconds.default(30_000).describe('time limit of one call'),
  CONTABO_CREATE_SETTLE_MS: milliseconds
    .default(120_000)
    .describe('after a lost create: how long it may still turn up'),
  CONTABO_REQUESTS_PER_SECOND: perSecond
    .default(5)
    .describe('quota shared by all workers (Contabo does not publish its own)'),

  PROXMOX_API_BASE: url
    .optional()
    .describe(
      'https://HOST:8006/api2/json of a Proxmox VE cluster; without it and a token the provider is off',
    ),
  PROXMOX_TOKEN: z.string().optional().describe('API token of Proxmox VE, USER@REALM!ID=SECRET'),
  PROXMOX_CA_FILE: z
    .string()
    .optional()
    .describe(
      'PEM file of the authority that signed the cluster’s certificates, e.g. a copy of pve-root-ca.pem',
    ),
  PROXMOX_NODES: z
    .string()
    .default('')
    .describe('nodes that take new machines, separated by commas; all if unset, and one left out is drained'),
  PROXMOX_VMID_FROM: vmid
    .default(100_000)
    .describe('first id that machines get; the range is Tenure’s alone'),
  PROXMOX_VMID_TO: vmid.default(199_999).describe('last id that machines get'),
  PROXMOX_MEMORY_OVERCOMMIT: z.coerce
    .number()
    .min(0.1)
    .max(10)
    .default(1)
    .describe('how much memory may be promised for each that a node has'),
  PROXMOX_POOL: z.string().optional().describe('resource pool that new machines join'),
  PROXMOX_IP_POOL: z
    .string()
    .optional()
    .describe('FIRST-LAST/PREFIX,gw=GATEWAY, dealt out by id; DHCP and the guest agent if unset'),
  PROXMOX_NAMESERVERS: z.string().default('').describe('name servers for addresses of the pool, by commas'),
  PROXMOX_SNIPPET_STORAGE: z
    .string()
    .optional()
    .describe('storage whose snippets hand user data to machines; settings of cloud-init alone if unset'),
  PROXMOX_SNIPPET_DIR: z
    .string()
    .optional()
    .describe('the snippets directory of that storage, as mounted where the worker runs'),
  PROXMOX_BACKUP_STORAGE: z.string().optional().describe('storage for snapshots; there are none if unset'),
  PROXMOX_POLL_MS: milliseconds
    .default(1_000)
    .describe('how often a task or a machine being made is looked at'),
  PROXMOX_TIMEOUT_MS: milliseconds.default(30_000).describe('time limit of one call'),
  PROXMOX_TASK_WAIT_MS: milliseconds
    .default(30_000)
    .describe('how long a call waits for its task before it leaves it at that'),
  PROXMOX_CREATE_SETTLE_MS: milliseconds
    .default(60_000)
    .describe('after a lost clone: how long it may still turn up'),
  PROXMOX_REQUESTS_PER_SECOND: perSecond
    .default(50)
    .describe('quota shared by all workers (Proxmox VE has none of its own)'),

  OPENSTACK_AUTH_URL: url
    .optional()
    .describe(
      'Keystone of an OpenStack cloud, ending in /v3; without it and credentials the provider is off',
    ),
  OPENSTACK_APPLICATION_CREDENTIAL_ID: z.string().optional().describe('id of an application credential'),
  OPENSTACK_APPLICATION_CREDENTIAL_SECRET: z.string().optional().describe('secret of that credential'),
  OPENSTACK_USERNAME: z
    .string()
    .optional()
    .describe('user name, where application credentials are not offered; then with password and project'),
  OPENSTACK_PASSWORD: z.string().optional().describe('password of that user'),
  OPENSTACK_USER_DOMAIN: z.string().default('Default').describe('name of the user’s domain'),
  OPENSTACK_PROJECT_ID: z.string().optional().describe('project that the user works in, by its id'),
  OPENSTACK_PROJECT: z.string().optional().describe('the same by its name'),
  OPENSTACK_PROJECT_DOMAIN: z.string().default('Default').describe('name of the project’s domain'),
  OPENSTACK_REGION: z
    .string()
    .optional()
    .describe('which of the catalogue’s regions; needed only if the cloud has several'),
  OPENSTACK_INTERFACE: z
    .enum(['public', 'internal', 'admin'])
    .default('public')
    .describe('which of the catalogue’s endpoints are used'),
  OPENSTACK_NETWORKS: z
    .string()
    .regex(
      /^(auto|none|[0-9a-f-]{36}( *, *[0-9a-f-]{36})*)$/i,
      'must be auto, none, or ids separated by commas',
    )
    .default('auto')
    .describe(
      'networks of new servers where their plan does not say: auto, none, or ids separated by commas',
    ),
  OPENSTACK_FLOATING_NETWORK: z
    .guid()
    .optional()
    .describe('id of the external network that extra addresses come from; none can be added if unset'),
  OPENSTACK_POLL_MS: milliseconds.default(3_000).describe('how often a server being made is looked at'),
  OPENSTACK_TIMEOUT_MS: milliseconds.default(30_000).describe('time limit of one call'),
  OPENSTACK_CREATE_SETTLE_MS: milliseconds
    .default(60_000)
    .describe('after a lost create: how long it may still turn up'),
  OPENSTACK_REQUESTS_PER_SECOND: perSecond
    .default(20)
    .describe('quota shared by all workers (OpenStack itself has none)'),

  COOLIFY_API_BASE: url
    .optional()
    .describe('https://HOST/api/v1 of a Coolify; without it and the next three the provider is off'),
  COOLIFY_TOKEN: z
    .string()
    .optional()
    .describe('API token of Coolify with the rights read, write and deploy'),
  COOLIFY_SERVER_UUID: z.string().optional().describe('server of regions that name none of their own'),
  COOLIFY_PROJECT_UUID: z.string().optional().describe('project that new instances go into'),
  COOLIFY_ENVIRONMENT: z.string().default('production').describe('name of that project’s environment'),
  COOLIFY_WEB_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('where Coolify’s proxy answers, if not at the usual ports'),
  COOLIFY_POLL_MS: milliseconds.default(3_000).describe('how often an instance being made is looked at'),
  COOLIFY_TIMEOUT_MS: milliseconds.default(30_000).describe('time limit of one call'),
  COOLIFY_JOB_MS: milliseconds
    .default(60_000)
    .describe('how long a queued stop or deletion is waited for at a time'),
  COOLIFY_CREATE_SETTLE_MS: milliseconds
    .default(60_000)
    .describe('after a lost create: how long it may still turn up'),
  COOLIFY_REQUESTS_PER_SECOND: perSecond
    .default(3)
    .describe('quota shared by all workers (Coolify: 200 per minute)'),

  KUBEVIRT_API_BASE: url
    .optional()
    .describe(
      'API server of the Kubernetes cluster with KubeVirt; without it and the token the provider is off',
    ),
  KUBEVIRT_TOKEN: z.string().optional().describe('bearer token of a service account there'),
  KUBEVIRT_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .default('tenure')
    .describe('namespace that the machines are in'),
  KUBEVIRT_CA_FILE: z
    .string()
    .optional()
    .describe('PEM file of the authority that signed its certificate; default: the system’s'),
  KUBEVIRT_GIT_URL: z
    .string()
    .optional()
    .describe(
      'GitOps: http(s) address or path of the bare repository that Flux applies; then changes are commits',
    ),
  KUBEVIRT_GIT_BRANCH: z.string().default('main').describe('GitOps: branch that Flux follows'),
  KUBEVIRT_GIT_PATH: z.string().default('').describe('GitOps: folder of the manifests in the repository'),
  KUBEVIRT_GIT_TOKEN: z.string().optional().describe('GitOps: token that may push to the repository'),
  KUBEVIRT_POLL_MS: milliseconds.default(1_000).describe('how often a booting instance is looked at'),
  KUBEVIRT_TIMEOUT_MS: milliseconds.default(15_000).describe('time limit of one call'),
  KUBEVIRT_WAIT_MS: milliseconds
    .default(120_000)
    .describe('how long the cluster may take to stop, delete or restore a machine, or to apply a commit'),
  KUBEVIRT_CREATE_SETTLE_MS: milliseconds
    .default(20_000)
    .describe('after a lost create: how long it may still turn up'),
  KUBEVIRT_REQUESTS_PER_SECOND: perSecond
    .default(50)
    .describe('quota shared by all workers (the cluster’s own fairness rules come on top)'),
} as const;

/** Settings that work only together: of each group all are given, or none. */
export const PROVIDER_CREDENTIALS: readonly (readonly (keyof typeof PROVIDER_SETTINGS)[])[] = [
  ['COOLIFY_API_BASE', 'COOLIFY_TOKEN', 'COOLIFY_SERVER_UUID', 'COOLIFY_PROJECT_UUID'],
  ['KUBEVIRT_API_BASE', 'KUBEVIRT_TOKEN'],
  ['CONTABO_CLIENT_ID', 'CONTABO_CLIENT_SECRET', 'CONTABO_USERNAME', 'CONTABO_PASSWORD'],
  ['OPENSTACK_APPLICATION_CREDENTIAL_ID', 'OPENSTACK_APPLICATION_CREDENTIAL_SECRET'],
  ['OPENSTACK_USERNAME', 'OPENSTACK_PASSWORD'],
  ['PROXMOX_API_BASE', 'PROXMOX_TOKEN'],
  ['PROXMOX_SNIPPET_STORAGE', 'PROXMOX_SNIPPET_DIR'],
];

/** Where each provider is. */
export const PROVIDER_ADDRESSES: Readonly<Record<string, keyof typeof PROVIDER_SETTINGS>> = {
  vultr: 'VULTR_API_BASE',
  contabo: 'CONTABO_API_BASE',
  proxmox: 'PROXMOX_API_BASE',
  openstack: 'OPENSTACK_AUTH_URL',
  kubevirt: 'KUBEVIRT_API_BASE',
  coolify: 'COOLIFY_API_BASE',
};
