import express, { type Router } from 'express';
import { type Image, images, regions } from './catalog.ts';
import { answerOne, answerPage, owner } from './envelope.ts';
import { notFound } from './errors.ts';

const since = '2024-05-01T00:00:00.000Z';

/** What can be ordered and installed: `/compute/images` and `/data-centers`. */
export function catalogRoutes(): Router {
  const router = express.Router();
  const shownImages = images.map(presentImage);

  router.get('/compute/images', (req, res) => {
    // Tags are told in the list alone.
    const listed = shownImages.map((image) => ({ ...image, tags: [] }));
    answerPage(req, res, listed, {
      name: ({ name }, wanted) => name.includes(wanted),
      standardImage: ({ standardImage }, wanted) => String(standardImage) === wanted,
      search: ({ name, description }, wanted) => [name, description].some((text) => text.includes(wanted)),
    });
  });

  router.get('/compute/images/:imageId', (req, res) => {
    const { imageId } = req.params;
    const image = shownImages.find((each) => each.imageId === imageId);
    if (!image) throw notFound(`Image with imageId ${imageId} not found`);
    answerOne(req, res, 200, image);
  });

  router.get('/data-centers', (req, res) => {
    const all = regions.map(({ slug, name, dataCenter }) => ({
      ...owner,
      name: dataCenter.name,
      slug: dataCenter.slug,
      capabilities: ['VPS', 'VDS'],
      s3Url: `${dataCenter.slug.toLowerCase()}.sandbox.invalid`,
      regionName: name,
      regionSlug: slug,
    }));
    answerPage(req, res, all, {
      slug: ({ slug }, wanted) => slug === wanted,
      name: ({ name }, wanted) => name === wanted,
      regionName: ({ regionName }, wanted) => regionName === wanted,
      regionSlug: ({ regionSlug }, wanted) => regionSlug === wanted,
    });
  });
  return router;
}

function presentImage({ id, name, description, version, family }: Image) {
  return {
    imageId: id,
    ...owner,
    name,
    description,
    url: '',
    sizeMb: 2_048,
    uploadedSizeMb: 0,
    osType: family === 'windows' ? 'Windows' : 'Linux',
    version,
    format: 'qcow2',
    status: 'downloaded',
    errorMessage: '',
    standardImage: true,
    creationDate: since,
    lastModifiedDate: since,
  };
}
