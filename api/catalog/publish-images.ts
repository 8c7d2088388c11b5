/** Keeps every version of an image that was ever published: what a server was sold with must stay what it was. */
import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { imageRefOf, type ImageVersion } from '../../schemas/catalog/image.ts';
import { Images } from '../../schemas/db/entities/image.ts';
import { canonicalJson } from '../http/canonical-json.ts';

/** A published version of an image was given another content; `message` says what to do instead. */
export class ImageChangedError extends Error {
  constructor(ref: string, nextRef: string) {
    super(
      `The catalogue cannot be published: the image ${ref} is not what it was when it was published. ` +
        `Put its old content back, and give the changed one a new version: ${nextRef}.`,
    );
    this.name = 'ImageChangedError';
  }
}

/**
 * Publishes the versions that are new.
 *
 * @throws ImageChangedError if a known one has another content
 */
export async function publishImages(
  tx: EntityManager,
  tenantId: string,
  images: readonly ImageVersion[],
): Promise<void> {
  for (const image of images) await publishImage(tx, tenantId, image);
}

async function publishImage(tx: EntityManager, tenantId: string, image: ImageVersion): Promise<void> {
  const { key, version } = image;
  const contentHash = createHash('sha256').update(canonicalJson(image)).digest('hex');
  const images = tx.getRepository(Images);
  const known = await images.findOneBy({ key, version });
  if (known?.contentHash === contentHash) return;
  if (known) {
    const newest = (await images.maximum('version', { key })) ?? version;
    throw new ImageChangedError(imageRefOf(image), imageRefOf({ key, version: newest + 1 }));
  }
  await tx.query(
    'insert into images (id, tenant_id, key, version, content, content_hash) values ($1, $2, $3, $4, $5, $6)',
    [uuidv7(), tenantId, key, version, JSON.stringify(image), contentHash],
  );
}
