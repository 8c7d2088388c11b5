/** What a plan chooses by name, as Nova wants it: by id. */
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import { readPages } from '../../http/paging.ts';
import type { Cloud } from './cloud.ts';
import { imagesNamed } from './images.ts';
import { type OpenStackOrder, badPlan, isId } from './plan.ts';

const Flavor = z.object({ id: z.string().min(1), name: z.string() });
const FlavorList = z.object({ flavors: z.array(Flavor) });
const PAGE_SIZE = 500;
/** Long enough for a burst of orders, short enough for an image that was replaced. */
const REMEMBERED_MS = 60_000;

export interface Choices {
  /** @throws TenureFailure `refused` (`bad-plan`) */
  flavorRef(order: OpenStackOrder): Promise<string>;
  /** @throws TenureFailure `refused` (`bad-plan`), also if several images have the name */
  imageRef(order: OpenStackOrder): Promise<string>;
}

export function createChoices(cloud: Cloud): Choices {
  const remembered = new Map<string, { id: string; untilMs: number }>();
  const remember = async (what: string, look: () => Promise<string>): Promise<string> => {
    const known = remembered.get(what);
    if (known && Date.now() < known.untilMs) return known.id;
    const id = await look();
    remembered.set(what, { id, untilMs: Date.now() + REMEMBERED_MS });
    return id;
  };

  const findFlavor = async (name: string): Promise<string> => {
    const pages = readPages(
      async (marker) => {
        const query = { limit: PAGE_SIZE, ...(marker !== '' && { marker }) };
        const { flavors } = readJson(
          FlavorList,
          await cloud.call('compute', { method: 'GET', path: '/flavors', query }),
        );
        return { items: flavors, total: 0, next: flavors.at(-1)?.id ?? '' };
      },
      ({ id }) => id,
    );
    for await (const { items } of pages) {
      const found = items.find((flavor) => flavor.name === name);
      if (found) return found.id;
    }
    throw badPlan('flavor', `the cloud shows no flavour "${name}"`);
  };

  const findImage = async (name: string): Promise<string> => {
    const [found, ...others] = await imagesNamed(cloud, name);
    if (!found) throw badPlan('image', `the cloud shows no active image "${name}"`);
    if (others.length > 0) throw badPlan('image', `several images are called "${name}"; give the id of one`);
    return found.id;
  };

  return {
    flavorRef: async ({ flavor, flavorId }) =>
      flavorId ?? remember(`flavor ${flavor}`, () => findFlavor(flavor)),
    imageRef: async ({ image }) => (isId(image) ? image : remember(`image ${image}`, () => findImage(image))),
  };
}
