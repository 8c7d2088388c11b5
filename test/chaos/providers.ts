/** Stand-ins of all six providers side by side, with a plan that five of them can make and one for the sixth, which runs applications. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import type { ProviderUnderTest } from '../../activities/hypervisors/conformance.ts';
import { probeGuestPort } from '../../deploy/sandbox/guests/addresses.ts';
import { lab } from '../harness/lab.ts';
import { testPlans } from '../harness/seed.ts';
import { startContaboUnderTest } from '../integration/hypervisors/contabo-under-test.ts';
import { startCoolifyUnderTest } from '../integration/hypervisors/coolify-under-test.ts';
import { startKubevirtUnderTest } from '../integration/hypervisors/kubevirt-under-test.ts';
import { startOpenStackUnderTest } from '../integration/hypervisors/openstack-under-test.ts';
import { startProxmoxUnderTest } from '../integration/hypervisors/proxmox-under-test.ts';
import { startVultrUnderTest } from '../integration/hypervisors/vultr-under-test.ts';

export const SERVER_PLAN = 'vps';
export const APPLICATION_PLAN = 'bot';

export interface SixProviders {
  providers: ReadonlyMap<string, ProviderUnderTest>;
  /** Those that make servers; the other one runs applications. */
  ofServers: readonly string[];
  ofApplications: string;
  /** Settings that connect a Tenure to all of them, with the quotas that it is shipped with. */
  env: Record<string, string>;
  catalogFile: string;
}

export interface SixProvidersOptions {
  /** From a create to a machine that answers, in ms. */
  bootMs: number;
  /** Of every plan; see the catalogue. */
  deadlineMinutes: number;
}

/** How often they are looked at, for how long a call is waited for, and how long a lost create may still turn up, in ms. */
const POLL_MS = 500;
/** Looking more often would use its whole quota of three calls a second. */
const COOLIFY_POLL_MS = 2_000;
const TIMEOUT_MS = 4_000;
const SETTLE_MS = 8_000;
const LIMIT = 100_000;

export async function startSixProviders({
  bootMs,
  deadlineMinutes,
}: SixProvidersOptions): Promise<SixProviders> {
  // A Tenure knows one port for all servers.
  const guestSshPort = await probeGuestPort(0);
  const common = { bootMs, guestSshPort };
  const limited = { ...common, instanceLimit: LIMIT };
  const [vultr, contabo, proxmox, openstack, kubevirt, coolify] = await Promise.all([
    startVultrUnderTest(limited),
    startContaboUnderTest(limited),
    startProxmoxUnderTest(common),
    startOpenStackUnderTest(limited),
    startKubevirtUnderTest(limited),
    startCoolifyUnderTest('service', bootMs),
  ]);
  const servers = { proxmox, kubevirt, openstack, vultr, contabo };
  const all = { ...servers, coolify };
  const { onEnd, dir } = await lab();
  onEnd(() => Promise.all(Object.values(all).map((one) => one.close())));

  const settings = Object.entries(all).flatMap(([name, { env }]) => {
    const prefix = name.toUpperCase();
    return Object.entries({
      ...env,
      [`${prefix}_POLL_MS`]: String(name === 'coolify' ? COOLIFY_POLL_MS : POLL_MS),
      [`${prefix}_TIMEOUT_MS`]: String(TIMEOUT_MS),
      [`${prefix}_CREATE_SETTLE_MS`]: String(SETTLE_MS),
      // The shipped one: an empty setting counts as none.
      [`${prefix}_REQUESTS_PER_SECOND`]: '',
    });
  });
  return {
    providers: new Map(Object.entries(all)),
    ofServers: Object.keys(servers),
    ofApplications: 'coolify',
    env: { ...Object.fromEntries(settings), SSH_PORT: String(guestSshPort) },
    catalogFile: writeCatalog(path.join(dir('six-providers'), 'catalog.yaml'), servers, deadlineMinutes),
  };
}

function writeCatalog(
  file: string,
  servers: Record<string, ProviderUnderTest>,
  deadlineMinutes: number,
): string {
  const [vps] = testPlans();
  const bots = path.resolve('test/integration/subscriptions/web-application.catalog.yaml');
  const [bot] = (parse(readFileSync(bots, 'utf8'), { merge: true }) as { plans: object[] }).plans;
  const names = Object.keys(servers);
  const lasting = {
    provisioning: { delayedAfterMinutes: 10, deadlineMinutes },
    overdue: { suspendAfterDays: 7, cancelAfterDays: 14 },
    retention: { graceDays: 7, finalSnapshotDays: 0 },
  };
  const plans = [
    {
      ...vps,
      key: SERVER_PLAN,
      regions: { fra: { en: 'Frankfurt', de: 'Frankfurt' } },
      providers: Object.fromEntries(names.map((name) => [name, servers[name]?.plan])),
      placement: { strategy: 'weights', weights: Object.fromEntries(names.map((name) => [name, 1])) },
      ...lasting,
    },
    { ...bot, key: APPLICATION_PLAN, ...lasting },
  ];
  writeFileSync(file, stringify({ plans }, { aliasDuplicateObjects: false }));
  return file;
}
