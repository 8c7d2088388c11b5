import assert from 'node:assert/strict';
import { loadCatalog } from '../../../api/catalog/load.ts';
import { publishCatalog } from '../../../api/catalog/publish.ts';
import type { ImageVersion } from '../../../schemas/catalog/image.ts';
import type { Catalog } from '../../../schemas/catalog/plan.ts';
import { count } from './orders.ts';
import { addTenant, type Shop, startShop } from './shop.ts';

describe('published images', () => {
  let shop: Shop;
  let catalog: Catalog;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('images');
    catalog = await loadCatalog('test/harness/catalog.yaml');
  });

  const publish = (plans: Catalog['plans']) => publishCatalog(shop.db, shop.deps.tenant.id, { plans });

  const image = (version: number, changes: Partial<ImageVersion> = {}): ImageVersion => ({
    key: 'debian-13',
    version,
    name: 'Debian 13',
    family: 'linux',
    access: { protocol: 'ssh', username: 'root' },
    providers: { vultr: { osId: 2625 } },
    ...changes,
  });
  const withImages = (...images: ImageVersion[]) =>
    publishCatalog(shop.db, shop.deps.tenant.id, { images, plans: catalog.plans });

  it('are kept in every version, and one that was published never changes', async () => {
    await withImages(image(1));
    // The same again, in another order.
    const { providers, ...rest } = image(1);
    await withImages({ providers, ...rest }, image(2, { cloudInit: 'timezone: Etc/UTC' }));
    await withImages();
    const before = await count(shop, 'plans');
    const changed = catalog.plans.map((plan) => ({ ...plan, maxQuantity: 7 }));
    await assert.rejects(
      publishCatalog(shop.db, shop.deps.tenant.id, {
        images: [image(1, { cloudInit: 'timezone: Etc/UTC' })],
        plans: changed,
      }),
      /image debian-13@1 is not what it was when it was published.*a new version: debian-13@3\./s,
    );
    assert.equal(await count(shop, 'plans'), before);
    assert.equal(await count(shop, 'images', `key = 'debian-13'`), 2);
  });

  it('make a new version of each plan that moves to another one, and leave running orders theirs', async () => {
    const terms = (ref: string): Catalog['plans'] =>
      catalog.plans.map((plan) => (plan.key === 'vps' ? { ...plan, image: { ...plan.image, ref } } : plan));
    const first = await publish(terms('debian-13@1'));
    assert.equal(first.added.length, 1);
    assert.deepEqual((await publish(terms('debian-13@1'))).added, []);
    assert.equal((await publish(terms('debian-13@2'))).added.length, 1);
    const { rows } = await shop.sql.query<{ ref: string }>(
      `select terms -> 'image' ->> 'ref' as ref from plans where key = 'vps' and terms -> 'image' ->> 'ref' is not null order by version`,
    );
    assert.deepEqual(
      rows.map(({ ref }) => ref),
      ['debian-13@1', 'debian-13@2'],
    );
    await publish(catalog.plans);
  });

  it('belong to one tenant each', async () => {
    const otherId = await addTenant(shop, 'images-of-others');
    const other = image(1, { name: 'Other Debian' });
    await publishCatalog(shop.db, otherId, { images: [other], plans: catalog.plans });
    await withImages(image(1));
  });
});
