/** Glance: images to install from, and the ones that Nova makes as snapshots (https://docs.openstack.org/api-ref/image/v2/). */
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import { type Page, readPages } from '../../http/paging.ts';
import type { ProviderSnapshot } from '../port.ts';
import type { Cloud } from './cloud.ts';
import { checkRef } from './plan.ts';

/** The property of an image that carries a snapshot's business key; Nova passes it on from the order. */
export const SNAPSHOT_KEY = 'tenure_key';

const Image = z.object({
  id: z.string().min(1),
  status: z.string(),
  size: z.number().nullish(),
  image_type: z.string().optional(),
  [SNAPSHOT_KEY]: z.string().optional(),
});
export type Image = z.infer<typeof Image>;
const ImageList = z.object({ images: z.array(Image), next: z.string().optional() });

const PAGE_SIZE = 500;
const GONE_STATUSES = ['deleted', 'pending_delete'];

export async function findImage(cloud: Cloud, ref: string): Promise<Image | null> {
  const exchange = await cloud.callUnlessGone('image', { method: 'GET', path: `/images/${checkRef(ref)}` });
  const image = exchange && readJson(Image, exchange);
  return image && !GONE_STATUSES.includes(image.status) ? image : null;
}

/** The active images that we may use and that bear this name. */
export async function imagesNamed(cloud: Cloud, name: string): Promise<Image[]> {
  const query = { name, status: 'active' };
  return readJson(ImageList, await cloud.call('image', { method: 'GET', path: '/images', query })).images;
}

/** The project's own snapshots, and what else bears a key of ours. */
export function snapshotPages(cloud: Cloud): AsyncIterable<Page<Image>> {
  return readPages(
    async (marker) => {
      const query = { visibility: 'private', limit: PAGE_SIZE, ...(marker !== '' && { marker }) };
      const exchange = await cloud.call('image', { method: 'GET', path: '/images', query });
      const { images, next } = readJson(ImageList, exchange);
      const items = images.filter((image) => isSnapshot(image) && !GONE_STATUSES.includes(image.status));
      return { items, total: 0, next: next === undefined ? '' : (images.at(-1)?.id ?? '') };
    },
    ({ id }) => id,
  );
}

export function toSnapshot({ id, status, size, [SNAPSHOT_KEY]: key }: Image): ProviderSnapshot {
  const state = status === 'active' ? 'complete' : status === 'killed' ? 'failed' : 'pending';
  return { ref: id, key: key ?? null, state, sizeBytes: state === 'complete' ? (size ?? null) : null };
}

function isSnapshot(image: Image): boolean {
  return image.image_type === 'snapshot' || image[SNAPSHOT_KEY] !== undefined;
}
