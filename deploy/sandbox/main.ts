/** `npm run sandbox`: the stand-ins of third-party APIs in one process, until SIGTERM or Ctrl-C. */
import path from 'node:path';
import pino from 'pino';
import { z } from 'zod';
import { startContaboSandbox } from './contabo/start.ts';
import { startCoolifySandbox } from './coolify/start.ts';
import { startKubevirtSandbox } from './kubevirt/start.ts';
import { startMailCatcher } from './mail/start.ts';
import { startOpenStackSandbox } from './openstack/start.ts';
import { startProxmoxSandbox } from './proxmox/start.ts';
import { startStripeSandbox } from './stripe/start.ts';
import { startVultrSandbox } from './vultr/start.ts';

const port = z.coerce.number().int().min(0).max(65_535);

/** Its whole configuration. A port of 0 takes any free one. */
const Settings = z.object({
  /** Which stand-ins run, separated by commas. */
  SANDBOX_APIS: z
    .string()
    .default('vultr,stripe,mail')
    .transform((list) => list.split(',').filter(Boolean))
    .pipe(
      z.array(z.enum(['vultr', 'stripe', 'mail', 'coolify', 'contabo', 'proxmox', 'kubevirt', 'openstack'])),
    ),
  SANDBOX_STATE_DIR: z.string().default('.tenure/sandbox'),
  SANDBOX_VULTR_PORT: port.default(4101),
  SANDBOX_STRIPE_PORT: port.default(4102),
  SANDBOX_CONTABO_PORT: port.default(4104),
  SANDBOX_PROXMOX_PORT: port.default(4105),
  SANDBOX_OPENSTACK_PORT: port.default(4106),
  SANDBOX_COOLIFY_PORT: port.default(4108),
  SANDBOX_KUBEVIRT_PORT: port.default(4107),
  SANDBOX_SMTP_PORT: port.default(4125),
  SANDBOX_MAIL_PORT: port.default(4103),
  /** Ports of every guest's sshd and remote desktop. */
  SANDBOX_GUEST_SSH_PORT: port.default(0),
  SANDBOX_GUEST_RDP_PORT: port.default(0),
  /** Port of every application’s web server; what `COOLIFY_WEB_PORT` must say. */
  SANDBOX_GUEST_WEB_PORT: port.default(0),
  /** From the create call to a guest that answers, in milliseconds. */
  SANDBOX_BOOT_MS: z.coerce.number().int().min(0).default(3_000),
  /** Where the payment stand-in sends its events. */
  SANDBOX_WEBHOOK_URL: z.url().default('http://127.0.0.1:4000/webhooks/stripe'),
  /** The keys that the stand-ins take; any will do, as long as the caller has the same. */
  VULTR_API_KEY: z.string().min(1).default('sandbox-vultr-key'),
  CONTABO_CLIENT_ID: z.string().min(1).default('sandbox-contabo-client'),
  CONTABO_CLIENT_SECRET: z.string().min(1).default('sandbox-contabo-secret'),
  CONTABO_USERNAME: z.string().min(1).default('sandbox@example.com'),
  CONTABO_PASSWORD: z.string().min(1).default('sandbox-contabo-password'),
  OPENSTACK_APPLICATION_CREDENTIAL_ID: z.string().min(1).default('sandbox-openstack-credential'),
  OPENSTACK_APPLICATION_CREDENTIAL_SECRET: z.string().min(1).default('sandbox-openstack-secret'),
  PROXMOX_TOKEN: z.string().min(1).default('tenure@pve!sandbox=00000000-0000-4000-8000-000000000000'),
  COOLIFY_TOKEN: z.string().min(1).default('1|sandbox-coolify-token'),
  KUBEVIRT_TOKEN: z.string().min(1).default('sandbox-kubevirt-token'),
  KUBEVIRT_NAMESPACE: z.string().min(1).default('tenure'),
  STRIPE_SECRET_KEY: z.string().min(1).default('sk_test_sandbox'),
  STRIPE_WEBHOOK_SECRET: z.string().min(1).default('whsec_sandbox'),
  LOG_LEVEL: z.string().default('info'),
});

const log = pino({ name: 'sandbox', level: process.env.LOG_LEVEL || 'info' });
const open: { close(): Promise<void> }[] = [];

async function main(): Promise<void> {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  const settings = Settings.parse(given);
  const stateOf = (api: string): string => path.join(settings.SANDBOX_STATE_DIR, api);
  /** What all stand-ins of providers are told. */
  const common = (api: string) => ({
    stateDir: stateOf(api),
    bootMs: settings.SANDBOX_BOOT_MS,
    logger: log.child({ api }, { level: 'warn' }),
  });
  const guestPorts = {
    guestSshPort: settings.SANDBOX_GUEST_SSH_PORT,
    guestRdpPort: settings.SANDBOX_GUEST_RDP_PORT,
  };
  const starts = {
    vultr: async () => {
      const vultr = await startVultrSandbox({
        port: settings.SANDBOX_VULTR_PORT,
        ...common('vultr'),
        ...guestPorts,
        apiKey: settings.VULTR_API_KEY,
      });
      const { url, guestSshPort, guestRdpPort } = vultr;
      return { server: vultr, addresses: { url, guestSshPort, guestRdpPort } };
    },
    contabo: async () => {
      const contabo = await startContaboSandbox({
        port: settings.SANDBOX_CONTABO_PORT,
        ...common('contabo'),
        ...guestPorts,
        clientId: settings.CONTABO_CLIENT_ID,
        clientSecret: settings.CONTABO_CLIENT_SECRET,
        username: settings.CONTABO_USERNAME,
        password: settings.CONTABO_PASSWORD,
      });
      const { url, authUrl, guestSshPort, guestRdpPort } = contabo;
      return { server: contabo, addresses: { url, authUrl, guestSshPort, guestRdpPort } };
    },
    coolify: async () => {
      const coolify = await startCoolifySandbox({
        port: settings.SANDBOX_COOLIFY_PORT,
        ...common('coolify'),
        token: settings.COOLIFY_TOKEN,
        guestPort: settings.SANDBOX_GUEST_WEB_PORT,
      });
      const { url, guestPort, projectUuid, environment, serverUuids } = coolify;
      return { server: coolify, addresses: { url, guestPort, projectUuid, environment, serverUuids } };
    },
    proxmox: async () => {
      const proxmox = await startProxmoxSandbox({
        port: settings.SANDBOX_PROXMOX_PORT,
        ...common('proxmox'),
        ...guestPorts,
        token: settings.PROXMOX_TOKEN,
      });
      const { url, guestSshPort, guestRdpPort, snippetDir } = proxmox;
      return { server: proxmox, addresses: { url, guestSshPort, guestRdpPort, snippetDir } };
    },
    openstack: async () => {
      const openstack = await startOpenStackSandbox({
        port: settings.SANDBOX_OPENSTACK_PORT,
        ...common('openstack'),
        ...guestPorts,
        applicationCredential: {
          id: settings.OPENSTACK_APPLICATION_CREDENTIAL_ID,
          secret: settings.OPENSTACK_APPLICATION_CREDENTIAL_SECRET,
        },
      });
      const { url, guestSshPort, guestRdpPort } = openstack;
      return { server: openstack, addresses: { url, guestSshPort, guestRdpPort } };
    },
    kubevirt: async () => {
      const kubevirt = await startKubevirtSandbox({
        port: settings.SANDBOX_KUBEVIRT_PORT,
        ...common('kubevirt'),
        ...guestPorts,
        token: settings.KUBEVIRT_TOKEN,
        namespace: settings.KUBEVIRT_NAMESPACE,
      });
      const { url, guestSshPort, guestRdpPort } = kubevirt;
      return { server: kubevirt, addresses: { url, guestSshPort, guestRdpPort } };
    },
    stripe: async () => {
      const stripe = await startStripeSandbox({
        port: settings.SANDBOX_STRIPE_PORT,
        stateDir: stateOf('stripe'),
        secretKey: settings.STRIPE_SECRET_KEY,
        webhookSecret: settings.STRIPE_WEBHOOK_SECRET,
        webhookUrl: settings.SANDBOX_WEBHOOK_URL,
      });
      return { server: stripe, addresses: { url: stripe.url } };
    },
    mail: async () => {
      const mail = await startMailCatcher({
        smtpPort: settings.SANDBOX_SMTP_PORT,
        httpPort: settings.SANDBOX_MAIL_PORT,
        stateDir: stateOf('mail'),
      });
      return { server: mail, addresses: { url: mail.url, smtpUrl: mail.smtpUrl } };
    },
  };
  const start = async (api: keyof typeof starts): Promise<void> => {
    const { server, addresses } = await starts[api]();
    open.push(server);
    log.info({ api, ...addresses }, 'stand-in is up');
  };
  await Promise.all(settings.SANDBOX_APIS.map(start));
  process.send?.('ready');
}

/** Ends the process; the state of every stand-in is on disk already. */
async function end(exitCode: number): Promise<void> {
  await Promise.all(open.map((server) => server.close()));
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(0));

main().catch((error: unknown) => {
  const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
  log.fatal(reason);
  void end(1);
});
