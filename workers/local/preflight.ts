import path from 'node:path';
import { createHypervisors } from '../../activities/hypervisors/registry.ts';
import { loadCatalog } from '../../api/catalog/load.ts';
import { whyServersAreDeaf } from '../../api/catalog/reach.ts';
import { type Config, ConfigError, loadConfig } from '../../schemas/config.ts';
import { openSmtpSession } from '../../activities/mail/smtp/session.ts';
import { parseSmtpUrl } from '../../activities/mail/smtp/server-address.ts';
import type { Parts } from './environment.ts';
import { messageOf, StartError } from './errors.ts';
import { projectRoot } from './node-child.ts';
import { checkPostgres } from './postgres.ts';
import { findTemporalCli } from './temporal-cli.ts';
import { checkTemporal } from './temporal.ts';

const answerLimitMs = 10_000;

/**
 * Looks at the settings before anything is started, so that a wrong one costs a sentence and not a half-built house:
 * all of them are well-formed, somebody else's servers answer, and the keys of real accounts are accepted.
 *
 * @param childEnv what API and workers will be started with.
 * @throws StartError naming the setting that is wrong.
 */
export async function preflight(parts: Parts, childEnv: NodeJS.ProcessEnv): Promise<void> {
  const config = validConfig(childEnv);
  await checkCatalog(config);
  await Promise.all([
    parts.ownDatabase || checkPostgres(config.ADMIN_DATABASE_URL ?? config.DATABASE_URL),
    parts.ownTemporal
      ? childEnv.TEMPORAL_CLI_PATH && findTemporalCli(undefined, { env: childEnv })
      : checkTemporal(config.TEMPORAL_ADDRESS, config.TEMPORAL_API_KEY),
    parts.standIns.has('stripe') ||
      checkKey('STRIPE_SECRET_KEY', config.STRIPE_SECRET_KEY, `${config.STRIPE_API_BASE}/v1/balance`),
    parts.standIns.has('vultr') ||
      config.VULTR_API_KEY === undefined ||
      checkKey('VULTR_API_KEY', config.VULTR_API_KEY, `${config.VULTR_API_BASE}/account`),
    parts.standIns.has('mail') || checkSmtp(config.SMTP_URL),
  ]);
}

function validConfig(env: NodeJS.ProcessEnv): ReturnType<typeof loadConfig> {
  try {
    return loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [, ...faults] = error.message.split('\n').map((line) => line.trim());
    throw new StartError(`The configuration is not usable: ${faults.join('; ')}; correct the environment.`);
  }
}

/** The catalogue can be read, and the servers that are sold can report their first boot. */
async function checkCatalog(config: Config): Promise<void> {
  const hypervisors = createHypervisors(config);
  const catalog = await loadCatalog(path.resolve(projectRoot, config.CATALOG_FILE), { hypervisors }).catch(
    (error: unknown) => {
      throw new StartError(messageOf(error).replaceAll(/\s*\n\s*/g, ' '));
    },
  );
  const fault = whyServersAreDeaf(catalog, config, new Set(hypervisors.keys()));
  if (fault !== null) throw new StartError(fault);
}

/** A bearer key is good when its account answers. */
async function checkKey(setting: string, key: string, url: string): Promise<void> {
  const { host } = new URL(url);
  let status: number;
  try {
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(answerLimitMs),
    });
    ({ status } = answer);
  } catch (error) {
    throw new StartError(
      `${setting} cannot be tried because ${host} does not answer (${messageOf(error)}); check the network, or unset ${setting} to use the stand-in.`,
    );
  }
  if (status === 401 || status === 403) {
    throw new StartError(
      `${setting} is refused by ${host} (status ${status}); correct it, or unset it to use the stand-in.`,
    );
  }
}

async function checkSmtp(smtpUrl: string): Promise<void> {
  try {
    const session = await openSmtpSession({ server: parseSmtpUrl(smtpUrl), timeoutMs: answerLimitMs });
    await session.quit();
  } catch (error) {
    throw new StartError(
      `The mail server of SMTP_URL cannot be used: ${messageOf(error)}; correct SMTP_URL, or unset it to use the mail catcher.`,
    );
  }
}
