/** What all providers have, against what the database says that customers have. */
import { probeAccess } from '../../activities/access/probe.ts';
import type { ProviderInstance } from '../../activities/hypervisors/port.ts';
import type { AccessProtocol } from '../../schemas/catalog/access.ts';
import { createSecretBox } from '../../schemas/crypto/secret-box.ts';
import {
  type FindingKind,
  type PassReport,
  type ReconcileInput,
  reconcileScheduleId,
} from '../../schemas/fleet/findings.ts';
import { LIFECYCLE_QUEUE } from '../../schemas/queues.ts';
import type { reconcile } from '../../workflows/index.ts';
import { eventually, type Order } from '../harness/buyer.ts';
import type { Tenure } from '../harness/tenure.ts';
import type { SixProviders } from './providers.ts';
import type { OpenVerdict } from './verdict.ts';

interface Row {
  id: string;
  subscriptionId: string;
  tenantId: string;
  key: string;
  provider: string;
  ref: string | null;
  protocol: AccessProtocol;
  address: string;
  port: number;
  username: string;
  secret: string;
  isLive: boolean;
}

/** Findings about the business, not about an instance. */
const ADVICE: readonly string[] = ['capacity', 'scaling'] satisfies FindingKind[];
const PROBES_AT_ONCE = 20;
const PROBE_MS = 20_000;
/** What a making has left at another provider is removed beside the story; a lost create has to settle first. */
const LEFTOVERS_MS = 120_000;

/** Judges after everything has come to rest: first by the providers' own records, then after one pass of the reconciler over each. */
export async function judgeInventories(
  verdict: OpenVerdict,
  tenure: Tenure,
  { providers }: SixProviders,
  orders: readonly Order[],
): Promise<void> {
  await untilNothingIsUndone(tenure);
  const { rows } = await tenure.sql.query<Row>(
    `select id, subscription_id as "subscriptionId", tenant_id as "tenantId", key, provider, provider_ref as ref, protocol, address, port,
       username, secret, deleted_at is null as "isLive" from instances`,
  );
  const live = rows.filter(({ isLive }) => isLive);
  for (const { id } of orders) {
    const own = live.filter(({ subscriptionId }) => subscriptionId === id);
    verdict.never('a customer without exactly one instance', own.length === 1, () => `${id}: ${own.length}`);
  }
  for (const [name, provider] of providers) {
    const made = await Promise.all(
      rows
        .filter((row) => row.provider === name)
        .map(async ({ key }) => ({ key, times: await provider.countMade(key) })),
    );
    for (const { key, times } of made)
      verdict.never('two instances made for one key', times <= 1, () => `${name} ${key}: ${times}`);
  }
  await judgeAccess(verdict, tenure, live);

  for (const [name, provider] of providers) {
    const { open } = await runPass(tenure, rows[0]?.tenantId ?? '', name);
    const found = Object.keys(open).filter((kind) => !ADVICE.includes(kind));
    verdict.never(
      'a finding after a pass of the reconciler',
      found.length === 0,
      () => `${name}: ${JSON.stringify(open)}`,
    );
    const there: ProviderInstance[] = [];
    for await (const instance of provider.connect().list()) there.push(instance);
    const refs = new Set(there.map(({ ref }) => ref));
    const wanted = new Set(live.filter((row) => row.provider === name).map(({ ref }) => ref));
    for (const { ref, key, state } of there) {
      verdict.never(
        'an instance without an owner',
        wanted.has(ref),
        () => `${name} ${ref} (${key ?? 'no key'}, ${state})`,
      );
    }
    for (const ref of wanted) {
      verdict.never(
        'an instance that its provider does not have',
        refs.has(ref ?? ''),
        () => `${name} ${ref ?? ''}`,
      );
    }
  }
}

/** Enters every instance as its customer would. */
async function judgeAccess(verdict: OpenVerdict, { config }: Tenure, live: readonly Row[]): Promise<void> {
  const secretBox = createSecretBox(config.ENCRYPTION_KEYS);
  const waiting = [...live];
  const lane = async (): Promise<void> => {
    for (let row = waiting.pop(); row; row = waiting.pop()) {
      const { id, protocol, address, port, username, secret, provider } = row;
      const password = secretBox.open(secret, `instance/${id}`);
      const problem = await probeAccess({
        protocol,
        address,
        port,
        username,
        password,
        timeoutMs: PROBE_MS,
      }).then(
        () => null,
        (error: unknown) => String(error),
      );
      verdict.never(
        'an instance that cannot be entered',
        problem === null,
        () => `${provider} ${id}: ${problem ?? ''}`,
      );
    }
  };
  await Promise.all(Array.from({ length: PROBES_AT_ONCE }, lane));
}

async function untilNothingIsUndone({ temporal }: Tenure): Promise<void> {
  await eventually(
    'what makings have left elsewhere is removed',
    async () => {
      const query = `WorkflowType = 'undoMaking' and ExecutionStatus = 'Running'`;
      return (await temporal.workflow.count(query)).count === 0;
    },
    LEFTOVERS_MS,
  );
}

/** As the schedule does it; its own passes are held off, because there is never more than one at a time. */
async function runPass(tenure: Tenure, tenantId: string, provider: string): Promise<PassReport> {
  const { schedule, workflow } = tenure.temporal;
  await schedule.getHandle(reconcileScheduleId(provider)).pause();
  await eventually('no other pass is under way', async () => {
    const query = `WorkflowType = 'reconcile' and ExecutionStatus = 'Running'`;
    return (await workflow.count(query)).count === 0;
  });
  const args: [ReconcileInput] = [{ tenantId, provider }];
  return workflow.execute<typeof reconcile>('reconcile', {
    workflowId: `reconcile/${provider}-proof`,
    taskQueue: LIFECYCLE_QUEUE,
    args,
  });
}
