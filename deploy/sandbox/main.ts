/** `npm run sandbox`: the stand-ins of third-party APIs in one process, until SIGTERM or Ctrl-C. */
import path from 'node:path';
import pino from 'pino';
import { z } from 'zod';
import { startMailCatcher } from './mail/start.ts';
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
    .pipe(z.array(z.enum(['vultr', 'stripe', 'mail']))),
  SANDBOX_STATE_DIR: z.string().default('.tenure/sandbox'),
  SANDBOX_VULTR_PORT: port.default(4101),
  SANDBOX_STRIPE_PORT: port.default(4102),
  SANDBOX_SMTP_PORT: port.default(4125),
  SANDBOX_MAIL_PORT: port.default(4103),
  /** Ports of every guest's sshd and remote desktop. */
  SANDBOX_GUEST_SSH_PORT: port.default(0),
  SANDBOX_GUEST_RDP_PORT: port.default(0),
  /** From the create call to a guest that answers, in milliseconds. */
  SANDBOX_BOOT_MS: z.coerce.number().int().min(0).default(3_000),
  /** Where the payment stand-in sends its events. */
  SANDBOX_WEBHOOK_URL: z.url().default('http://127.0.0.1:4000/webhooks/stripe'),
  /** The keys that the stand-ins take; any will do, as long as the caller has the same. */
  VULTR_API_KEY: z.string().min(1).default('sandbox-vultr-key'),
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
  const starts = {
    vultr: async () => {
      const vultr = await startVultrSandbox({
        port: settings.SANDBOX_VULTR_PORT,
        stateDir: stateOf('vultr'),
        apiKey: settings.VULTR_API_KEY,
        bootMs: settings.SANDBOX_BOOT_MS,
        guestSshPort: settings.SANDBOX_GUEST_SSH_PORT,
        guestRdpPort: settings.SANDBOX_GUEST_RDP_PORT,
        logger: log.child({ api: 'vultr' }, { level: 'warn' }),
      });
      const { url, guestSshPort, guestRdpPort } = vultr;
      return { server: vultr, addresses: { url, guestSshPort, guestRdpPort } };
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
  for (const api of settings.SANDBOX_APIS) {
    const { server, addresses } = await starts[api]();
    open.push(server);
    log.info({ api, ...addresses }, 'stand-in is up');
  }
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
