/** The driver as the configuration describes it. */
import { readFileSync } from 'node:fs';
import type { Config } from '../../../schemas/config.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { KubevirtOptions } from '../kubevirt.ts';

/** @returns `null` without a token. @throws TenureFailure `refused` (`bad-setting`) that names the setting. */
export function readKubevirtOptions(config: Config): KubevirtOptions | null {
  const { KUBEVIRT_API_BASE: apiBase, KUBEVIRT_TOKEN: token, KUBEVIRT_GIT_URL: url } = config;
  if (apiBase === undefined || token === undefined) return null;
  return {
    apiBase,
    token,
    namespace: config.KUBEVIRT_NAMESPACE,
    ca: config.KUBEVIRT_CA_FILE === undefined ? undefined : readCa(config.KUBEVIRT_CA_FILE),
    timeoutMs: config.KUBEVIRT_TIMEOUT_MS,
    waitMs: config.KUBEVIRT_WAIT_MS,
    pollMs: config.KUBEVIRT_POLL_MS,
    createSettleMs: config.KUBEVIRT_CREATE_SETTLE_MS,
    requestsPerSecond: config.KUBEVIRT_REQUESTS_PER_SECOND,
    git:
      url === undefined
        ? undefined
        : {
            url: checkGitUrl(url),
            branch: config.KUBEVIRT_GIT_BRANCH,
            folder: config.KUBEVIRT_GIT_PATH,
            token: config.KUBEVIRT_GIT_TOKEN,
          },
  };
}

function checkGitUrl(url: string): string {
  if (/^https?:\/\//.test(url) || /^(file:\/\/)?\//.test(url)) return url;
  throw badSetting('KUBEVIRT_GIT_URL', 'is neither an http(s) address nor an absolute path');
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badSetting('KUBEVIRT_CA_FILE', `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function badSetting(name: string, wrong: string): TenureFailure {
  return new TenureFailure('refused', `${name}: ${wrong}.`, {
    reason: 'bad-setting',
    nextStep: `Mend ${name} and start again.`,
  });
}
