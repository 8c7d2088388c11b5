/** First boots: begun before a server is made, reported by the server itself through the API, waited for here. */
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { signToken } from '../../schemas/crypto/tokens.ts';
import { type FirstBoot, FirstBoots } from '../../schemas/db/entities/first-boot.ts';
import type { Instance } from '../../schemas/db/entities/instance.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeTimeline } from '../../schemas/db/trail.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import { pause } from '../temporal.ts';
import { lastWordAt } from './patience.ts';
import type { InstanceTarget, LoadedInstance } from './rows.ts';

/** The failures' `reason`s: the server said that it failed, or said nothing in time. */
const FIRST_BOOT_FAILED = 'first-boot-failed';
const FIRST_BOOT_SILENT = 'first-boot-silent';

/** The `occasion` of an instance's first installation. */
const CREATION = 'create';

const MINUTE_MS = 60_000;
/** What of a log goes into the sentence for staff; all that was sent is in the audit trail. */
const TOLD_CHARACTERS = 500;

export interface FirstBootOptions {
  db: DataSource;
  /** Signs the tokens. */
  tokenSecret: string;
  /** Where servers reach the API. */
  publicUrl: string;
}

export type FirstBootRecords = ReturnType<typeof createFirstBootRecords>;

export function createFirstBootRecords({ db, tokenSecret, publicUrl }: FirstBootOptions) {
  /** The one that counts; `null` if the instance has none. */
  function newest({ tenantId, instanceId }: InstanceTarget): Promise<FirstBoot | null> {
    return withTenant(db, tenantId, (tx) =>
      tx.getRepository(FirstBoots).findOne({ where: { instanceId }, order: { id: 'DESC' } }),
    );
  }

  /** The one of this occasion, begun unless it is there. */
  function of({ row, terms }: LoadedInstance, occasion: string): Promise<FirstBoot> {
    const { tenantId, id: instanceId } = row;
    const expiresAt = new Date(Date.now() + terms.provisioning.deadlineMinutes * MINUTE_MS);
    return withTenant(db, tenantId, async (tx) => {
      const boots = tx.getRepository(FirstBoots);
      const boot = { id: uuidv7(), tenantId, instanceId, occasion, expiresAt };
      await boots.createQueryBuilder().insert().values(boot).orIgnore().execute();
      return boots.findOneByOrFail({ instanceId, occasion });
    });
  }

  return {
    newest,

    /**
     * Begins a first boot if the image asks for more than a login; the same one for the same occasion, so it may be repeated. From then
     * on it is the one that counts, and the tokens of earlier ones do nothing.
     *
     * @param occasion {@link CREATION}, or the business key of a reinstallation; by default the newest one's
     * @returns where its end is to be reported, with a token of its own; `null` if the image does not want that
     */
    async begin(loaded: LoadedInstance, occasion?: string): Promise<string | null> {
      const { row, terms } = loaded;
      const { readiness } = terms.image;
      if (!readiness) return null;
      const { tenantId, id: instanceId } = row;
      const known = occasion === undefined ? await newest({ tenantId, instanceId }) : null;
      const { id } = known ?? (await of(loaded, occasion ?? CREATION));
      if (!readiness.phoneHome) return null;
      const token = signToken(tokenSecret, 'first-boot', tenantId, id);
      // A quote would end the text of the script that the address stands in.
      return `${publicUrl.replace(/\/$/, '')}/v1/first-boot/${token}`.replaceAll("'", '%27');
    },

    /** The making goes on after the report: told to the customer, once. */
    noteReport: (boot: FirstBoot, { row }: LoadedInstance): Promise<void> =>
      withTenant(db, boot.tenantId, (tx) => tell(tx, boot, row, 'first-boot-finished')),

    /** All services of the image have answered after this first boot: noted, and told to the customer, once. */
    noteServices: (boot: FirstBoot, { row }: LoadedInstance): Promise<void> =>
      withTenant(db, boot.tenantId, async (tx) => {
        await tx.getRepository(FirstBoots).update({ id: boot.id }, { servicesAnsweredAt: new Date() });
        await tell(tx, boot, row, 'services-answered');
      }),
  };
}

function tell(
  tx: EntityManager,
  { id, tenantId }: FirstBoot,
  { subscriptionId, ordinal, hostname }: Instance,
  kind: 'first-boot-finished' | 'services-answered',
): Promise<void> {
  const data = { ordinal, hostname };
  return writeTimeline(tx, { tenantId, subscriptionId, kind, data, dedupeKey: `${id}/${kind}` });
}

/**
 * Waits until the newest first boot has reported, where the image asks for it; one that nobody began (a server brought along) is not
 * waited for.
 *
 * @throws TenureFailure `refused`: `first-boot-failed`, with the end of its log; `first-boot-silent`
 */
export async function awaitFirstBoot(
  { firstBoots, hypervisor }: { firstBoots: FirstBootRecords; hypervisor: Pick<Hypervisor, 'pollMs'> },
  loaded: LoadedInstance,
): Promise<void> {
  const { row, terms } = loaded;
  const phoneHome = terms.image.readiness?.phoneHome;
  if (!phoneHome) return;
  const endsAt = lastWordAt();
  for (;;) {
    const boot = await firstBoots.newest({ tenantId: row.tenantId, instanceId: row.id });
    if (boot?.status === 'failed') throw failed(row.hostname, boot);
    if (boot?.status === 'ok') return firstBoots.noteReport(boot, loaded);
    if (!boot || !phoneHome.required) return;
    const { timeoutMinutes = Infinity } = phoneHome;
    const giveUpAt = Math.min(endsAt, boot.createdAt.getTime() + timeoutMinutes * MINUTE_MS);
    if (Date.now() >= giveUpAt) throw silent(row.hostname, boot.createdAt);
    await pause(hypervisor.pollMs);
  }
}

function failed(hostname: string, { stage, log }: FirstBoot): TenureFailure {
  const tail = (log ?? '').trim().slice(-TOLD_CHARACTERS);
  return new TenureFailure(
    'refused',
    `The first boot of ${hostname} failed at ${stage}. ${tail === '' ? 'It left no log.' : `Its log ends: ${tail}`}`,
    {
      reason: FIRST_BOOT_FAILED,
      nextStep: 'Mend the image’s recipe in a new version, or retry if the cause was passing.',
      upstream: stage ?? '',
    },
  );
}

function silent(hostname: string, since: Date): TenureFailure {
  return new TenureFailure(
    'refused',
    `The first boot of ${hostname}, begun at ${since.toISOString()}, has not reported in time.`,
    {
      reason: FIRST_BOOT_SILENT,
      nextStep: 'Check that servers reach PUBLIC_URL, and that the image runs its first-boot data.',
    },
  );
}
