import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Said on purpose by what the tests do. */
const EXPECTED = /^A message ".*" could not be read\.$/;

let isInstalled = false;

/** Scripted failures are no news: only what the workers themselves get wrong is printed. */
export function quietRuntime(): void {
  if (isInstalled) return;
  isInstalled = true;
  const logger = new DefaultLogger('ERROR', ({ message, meta }) => {
    if (EXPECTED.test(message)) return;
    process.stderr.write(`${message} ${JSON.stringify(meta)}\n`);
  });
  try {
    Runtime.install({
      shutdownSignals: [],
      logger,
      telemetryOptions: { logging: { filter: 'ERROR' } },
    });
  } catch {
    // Another test file has made the process's one runtime before.
  }
}
