/** `npm run config`: every setting, its value in force, and what it is for. Secrets are masked. */
import { ConfigError, describeConfig, loadConfig } from '../schemas/config.ts';

for (const { name, value, description } of describeConfig()) {
  process.stdout.write(`${name}=${value ?? ''}\n    ${description}\n`);
}
try {
  loadConfig();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
}
