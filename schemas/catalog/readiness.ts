/** When a new server is ready, beyond its login: its first boot has reported, and its services answer. */
import { z } from 'zod';

/** What staff call the service, e.g. "Ollama". */
const service = z.string().min(1).max(60);
const port = z.int().min(1).max(65_535);

/** One service's proof of life, asked once, before the hand-over. */
export const Probe = z.discriminatedUnion('kind', [
  /** Somebody listens on the public address. */
  z.strictObject({ kind: z.literal('tcp'), service, port }),
  /** A web server answers on the public address; of HTTPS, certificates are verified. */
  z.strictObject({
    kind: z.literal('http'),
    service,
    scheme: z.enum(['http', 'https']).default('http'),
    port: port.optional(),
    path: z.string().startsWith('/').max(500).default('/'),
    status: z.int().min(200).max(499).default(200),
  }),
  /** A command, run as the customer over SSH, ends as expected: for services that are not public. */
  z.strictObject({
    kind: z.literal('command'),
    service,
    run: z
      .string()
      .min(1)
      .max(1_000)
      .regex(/^[^\r\n\0]*$/, 'must be one line'),
    exitCode: z.int().min(0).max(255).default(0),
  }),
]);
export type Probe = z.infer<typeof Probe>;

export const PhoneHome = z.strictObject({
  /** Without it a first boot that reports a failure ends the making early, but nobody waits for a report. */
  required: z.boolean().default(true),
  /** From the order to the report; the plan's deadline if unset. */
  timeoutMinutes: z.number().min(0.01).optional(),
});

export const Readiness = z.strictObject({
  /** Asked in this order, each until it answers. */
  probes: z.array(Probe).max(16).default([]),
  /** The first boot tells the API how it went. */
  phoneHome: PhoneHome.optional(),
});
export type Readiness = z.infer<typeof Readiness>;
