/** The fleet's proof in figures: how many creations succeed without help, and how soon, on clouds and on own hardware. */
import { creations } from '../../chaos/scenarios/creations.ts';
import { quantile } from '../../chaos/verdict.ts';
import type { Bench } from '../bench.ts';
import { type Finding, atMost } from '../finding.ts';

const CREATIONS = 1_000;
const QUICK_CREATIONS = 12;
const CREATIONS_PER_KILL = 50;
const SEED = 1;
/** The operator's own machines; the others are somebody else's cloud. */
const OWN = ['proxmox', 'openstack', 'kubevirt', 'coolify'];
const CLOUD_GOAL_S = 180;
const OWN_GOAL_S = 60;

export async function measureFleet({ quick, say }: Bench): Promise<Finding[]> {
  const count = quick ? QUICK_CREATIONS : CREATIONS;
  const kills = Math.max(1, Math.round(count / CREATIONS_PER_KILL));
  const { byThemselves, readyMs, bootMs } = await creations({
    ...{ creations: count, kills, seed: SEED, onProgress: say },
  });
  const seconds = (names: string[]): number[] =>
    names.flatMap((name) => readyMs.get(name) ?? []).map((ms) => (ms - bootMs) / 1_000);
  const clouds = [...readyMs.keys()].filter((name) => !OWN.includes(name));
  return [
    {
      id: 'fleet',
      what: 'creations that succeed by themselves, %',
      goal: { text: '≥ 99.9', isMet: (value) => value >= 99.9 },
      value: (byThemselves / count) * 100,
      range: null,
      n: count,
      detail: `six providers, faults in 5 %, ${kills} kills of the worker`,
    },
    ready('fleet cloud', `paid → handed over on clouds, less the boot, p95 s`, seconds(clouds), CLOUD_GOAL_S),
    ready('fleet own', `paid → handed over on own hardware, less the boot, p95 s`, seconds(OWN), OWN_GOAL_S),
    ...[...readyMs.keys()].map((name) =>
      ready(`– ${name}`, 'the same', seconds([name]), OWN.includes(name) ? OWN_GOAL_S : CLOUD_GOAL_S),
    ),
  ];
}

/** The 95th percentile, with the median and the 99th beside it. */
function ready(id: string, what: string, times: number[], goal: number): Finding {
  const at = (share: number): string => quantile(times, share).toFixed(1);
  return {
    id,
    what,
    goal: atMost(goal, ' s'),
    value: times.length === 0 ? null : quantile(times, 0.95),
    range: times.length === 0 ? null : { min: Math.min(...times), max: Math.max(...times) },
    n: times.length,
    detail: `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)} s`,
  };
}
