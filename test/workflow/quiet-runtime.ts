import { DefaultLogger, Runtime } from '@temporalio/worker';

let isInstalled = false;

/** Scripted failures are no news: only what the workers themselves get wrong is printed. */
export function quietRuntime(): void {
  if (isInstalled) return;
  isInstalled = true;
  try {
    Runtime.install({
      shutdownSignals: [],
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: 'ERROR' } },
    });
  } catch {
    // Another test file has made the process's one runtime before.
  }
}
