import type { OsFamily } from '../guests/record.ts';
import { lookUp } from '../shared/lookup.ts';
import { publicImages } from './catalog.ts';
import type { OpenStackState } from './state.ts';

/** An image as far as a server made from it is concerned. */
export interface UsableImage {
  id: string;
  isActive: boolean;
  family: OsFamily;
  osName: string;
  /** GB that the disk must have. */
  minDisk: number;
  /** The guests know it: it was taken from one of them. */
  hasDisk: boolean;
}

export function findImage(state: OpenStackState, id: string): UsableImage | undefined {
  const ready = publicImages.find((image) => image.id === id);
  if (ready) {
    const { family, name: osName, minDisk } = ready;
    return { id, isActive: true, family, osName, minDisk, hasDisk: false };
  }
  const image = lookUp(state.images, id);
  if (!image) return undefined;
  const { status, family, osName, minDisk, isEmpty } = image;
  return { id, isActive: status === 'active', family, osName, minDisk, hasDisk: !isEmpty };
}
