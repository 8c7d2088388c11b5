/** What a server says at the end of its first boot. */
import { z } from 'zod';

/** Longest log that is taken, in characters; longer ones are refused, not cut. */
const FIRST_BOOT_LOG_LIMIT = 2_048;

export const FirstBootReport = z.strictObject({
  status: z.enum(['ok', 'failed']),
  stage: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes')
    .describe('the step that failed, or "done"'),
  log: z.string().max(FIRST_BOOT_LOG_LIMIT).default('').describe('the end of the log, for staff'),
});
export type FirstBootReport = z.infer<typeof FirstBootReport>;
