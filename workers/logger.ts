import { pino, type Logger } from 'pino';
import type { Config } from '../schemas/config.ts';

/** The log of one process: JSON lines on stdout, secrets cut out. */
export function createLogger(config: Pick<Config, 'LOG_LEVEL'>, process: string): Logger {
  return pino({
    level: config.LOG_LEVEL,
    base: { process },
    // Temporal's SDK calls it so; without this an activity's failure is logged as {}.
    serializers: { error: pino.stdSerializers.err },
    redact: ['password', '*.password', 'secret', '*.secret', 'authorization', '*.authorization'],
  });
}
