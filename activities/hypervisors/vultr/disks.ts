/**
 * Extra disks are block storage: made in a region, attached to an instance, and charged until they are deleted. Making one
 * is not idempotent, so its label says from the start which key it bears and whose it is.
 */
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import { searchPages } from '../../http/paging.ts';
import type { InstanceOperations, ProviderDisk } from '../port.ts';
import { checkRef, notThere } from './failures.ts';
import { KEY_MARK, needInstance } from './instances.ts';
import { type Session, pageOf } from './session.ts';

const Block = z.object({
  id: z.string().min(1),
  status: z.string(),
  size_gb: z.number(),
  label: z.string().nullable(),
  attached_to_instance: z.string().nullable(),
});
type Block = z.infer<typeof Block>;
const OneBlock = z.object({ block: Block });
const BlockPage = pageOf('blocks', Block);

export function diskOperations(
  session: Session,
): Pick<InstanceOperations, 'addDisk' | 'disks' | 'removeDisk'> {
  const read = async (diskRef: string): Promise<Block | null> => {
    const exchange = await session.callUnlessGone({ method: 'GET', path: `/blocks/${checkRef(diskRef)}` });
    return exchange && readJson(OneBlock, exchange).block;
  };

  const blocksOf = (ref: string): Promise<Block[]> =>
    searchPages(session.pages('/blocks', BlockPage), (block) => isOf(ref, block));

  async function make(ref: string, region: string, key: string, sizeGb: number): Promise<Block> {
    const body = { region, size_gb: sizeGb, label: labelOf(key, ref), block_type: 'high_perf' };
    return readJson(OneBlock, await session.call({ method: 'POST', path: '/blocks', body })).block;
  }

  return {
    /** One that an earlier, interrupted call left unattached is attached and not made again. */
    async addDisk(ref, { key, sizeGb }) {
      const { region } = await needInstance(session, ref);
      const left = (await blocksOf(ref)).find(({ label }) => label === labelOf(key, ref));
      const { id } = left ?? (await make(ref, region, key, sizeGb));
      const block = await session.until(
        () => read(id),
        (seen) => seen?.status === 'active',
        `disk ${id}`,
      );
      if (!block) throw notThere(`disk ${id}`);
      if (!block.attached_to_instance) {
        const body = { instance_id: ref, live: true };
        await session.call({ method: 'POST', path: `/blocks/${checkRef(id)}/attach`, body });
      }
      return toDisk({ ...block, attached_to_instance: ref });
    },

    async disks(ref) {
      await needInstance(session, ref);
      return (await blocksOf(ref)).map(toDisk);
    },

    async removeDisk(ref, diskRef) {
      checkRef(ref);
      const block = await read(diskRef);
      if (block === null) return;
      if (!isOf(ref, block)) throw notThere(`disk ${diskRef} of instance ${ref}`);
      if (block.attached_to_instance) {
        const path = `/blocks/${checkRef(diskRef)}/detach`;
        await session.callUnlessGone({ method: 'POST', path, body: { live: true } });
        await session.until(
          () => read(diskRef),
          (seen) => !seen?.attached_to_instance,
          `disk ${diskRef}`,
        );
      }
      await session.callUnlessGone({ method: 'DELETE', path: `/blocks/${checkRef(diskRef)}` });
    },
  };
}

/** The key, and the instance it is for: known even while it is not attached yet, or not any more. */
function labelOf(key: string, ref: string): string {
  return `${KEY_MARK}${key}@${ref}`;
}

function isOf(ref: string, { label, attached_to_instance }: Block): boolean {
  if (attached_to_instance) return attached_to_instance === ref;
  return label !== null && label.startsWith(KEY_MARK) && label.endsWith(`@${ref}`);
}

function toDisk({ id, label, size_gb, attached_to_instance }: Block): ProviderDisk {
  const key = /^tenure:(.+)@[^@]*$/.exec(label ?? '')?.[1] ?? null;
  return { ref: id, key, sizeGb: size_gb, instanceRef: attached_to_instance || null };
}
