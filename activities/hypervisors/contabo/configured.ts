import type { Config } from '../../../schemas/config.ts';
import type { ContaboOptions } from '../contabo.ts';

/** The driver's options, or `null` if the credentials are not set; the configuration refuses a part of them. */
export function readContaboOptions(config: Config): ContaboOptions | null {
  const {
    CONTABO_CLIENT_ID: clientId,
    CONTABO_CLIENT_SECRET: clientSecret,
    CONTABO_USERNAME: username,
    CONTABO_PASSWORD: password,
  } = config;
  if (!clientId || !clientSecret || !username || !password) return null;
  return {
    clientId,
    clientSecret,
    username,
    password,
    apiBase: config.CONTABO_API_BASE,
    authUrl: config.CONTABO_AUTH_URL,
    timeoutMs: config.CONTABO_TIMEOUT_MS,
    createSettleMs: config.CONTABO_CREATE_SETTLE_MS,
    pollMs: config.CONTABO_POLL_MS,
    requestsPerSecond: config.CONTABO_REQUESTS_PER_SECOND,
  };
}
