import { EntitySchema } from 'typeorm';
import type { ImageVersion } from '../../catalog/image.ts';
import { id, instant, integer, named, tenantId, text } from './columns.ts';

/** One version of an image as it was published; never changed. */
export interface Image {
  id: string;
  tenantId: string;
  key: string;
  version: number;
  content: ImageVersion;
  contentHash: string;
  createdAt: Date;
}

export const Images = new EntitySchema<Image>({
  name: 'Image',
  tableName: 'images',
  columns: {
    id,
    tenantId,
    key: text,
    version: integer,
    content: { type: 'json' },
    contentHash: named('content_hash', text),
    createdAt: named('created_at', instant),
  },
});
