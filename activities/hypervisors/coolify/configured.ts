import type { Config } from '../../../schemas/config.ts';
import type { CoolifyOptions } from '../coolify.ts';

/** The driver's options, or `null` if Coolify is not configured. That its settings come together is checked with the configuration. */
export function readCoolifyOptions(config: Config): CoolifyOptions | null {
  const {
    COOLIFY_API_BASE: apiBase,
    COOLIFY_TOKEN: token,
    COOLIFY_SERVER_UUID: serverUuid,
    COOLIFY_PROJECT_UUID: projectUuid,
  } = config;
  if (!apiBase || !token || !serverUuid || !projectUuid) return null;
  return {
    apiBase,
    token,
    serverUuid,
    projectUuid,
    environment: config.COOLIFY_ENVIRONMENT,
    ...(config.COOLIFY_WEB_PORT !== undefined && { webPort: config.COOLIFY_WEB_PORT }),
    timeoutMs: config.COOLIFY_TIMEOUT_MS,
    createSettleMs: config.COOLIFY_CREATE_SETTLE_MS,
    pollMs: config.COOLIFY_POLL_MS,
    jobMs: config.COOLIFY_JOB_MS,
    requestsPerSecond: config.COOLIFY_REQUESTS_PER_SECOND,
  };
}
