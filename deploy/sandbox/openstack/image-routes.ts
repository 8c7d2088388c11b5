import express, { type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { publicImages } from './catalog.ts';
import { ApiError, forbidden } from './errors.ts';
import { methodsOf } from './methods.ts';
import { pageOf } from './paging.ts';
import { presentImage, presentPublicImage } from './present.ts';
import { readQuery } from './requests.ts';
import type { Sandbox } from './sandbox.ts';

const FILTERS = ['limit', 'marker', 'name', 'status', 'visibility', 'owner', 'sort', 'sort_key', 'sort_dir'];
/** Pages are short unless more is asked for. */
const DEFAULT_LIMIT = '25';

/** `/image/v2`. */
export function imageRoutes({ store, guests, ledger }: Sandbox): Router {
  const { images } = store.state;
  const router = express.Router();
  const all = (): Record<string, unknown>[] => [
    ...Object.values(images)
      .sort((a, b) => b.seq - a.seq)
      .map(presentImage),
    ...publicImages.map(presentPublicImage),
  ];
  const noImage = (id: string): ApiError => new ApiError(404, `Failed to find image ${id} to show`);

  methodsOf(router, '/images', {
    get: (req, res) => {
      const query = readQuery(req, FILTERS);
      const wanted = ['name', 'status', 'visibility', 'owner'].filter((field) => query[field] !== undefined);
      const found = all().filter((image) => wanted.every((field) => image[field] === query[field]));
      const { shown, next } = pageOf(found as { id: string }[], { limit: DEFAULT_LIMIT, ...query });
      const following = new URLSearchParams({ ...query, marker: next ?? '' });
      res.json({
        images: shown,
        first: '/v2/images',
        schema: '/v2/schemas/images',
        ...(next !== null && { next: `/v2/images?${following.toString()}` }),
      });
    },
  });
  methodsOf(router, '/images/:id', {
    get: (req, res) => {
      const image = all().find(({ id }) => id === req.params['id']);
      if (!image) throw noImage(String(req.params['id']));
      res.json(image);
    },
    delete: async (req, res) => {
      const id = String(req.params['id']);
      if (publicImages.some((image) => image.id === id)) throw forbidden(`Image ${id} is protected.`);
      if (!lookUp(images, id)) throw noImage(id);
      delete images[id];
      store.save('images', id);
      ledger.record({ effect: 'image.deleted', id });
      await guests.removeImage(id);
      res.status(204).end();
    },
  });
  return router;
}
