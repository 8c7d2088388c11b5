import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { CatalogError, loadCatalog, parseCatalog } from '../../../api/catalog/load.ts';
import { publishCatalog } from '../../../api/catalog/publish.ts';
import { checkCloudInit } from '../../../activities/access/user-data.ts';
import type { Catalog } from '../../../schemas/catalog/plan.ts';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { catalogOf, checkoutRequest, count, placeOrder } from './orders.ts';
import { type Shop, startShop } from './shop.ts';

/** Of a provider that cannot hand first-boot data over. */
const CAPABILITIES = { userData: false };

describe('the catalogue', () => {
  let shop: Shop;
  let catalog: Catalog;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('catalog');
    catalog = await loadCatalog('test/harness/catalog.yaml');
  });

  const publish = (plans: Catalog['plans']) => publishCatalog(shop.db, shop.deps.tenant.id, { plans });
  const versions = (key: string) => count(shop, 'plans', 'key = $1', [key]);
  const withPrice = (key: string, amountMinor: number): Catalog['plans'] =>
    catalog.plans.map((plan) =>
      plan.key === key ? { ...plan, prices: plan.prices.map((price) => ({ ...price, amountMinor })) } : plan,
    );

  it('is shown in the order of the file, without what buyers need not know', async () => {
    const { plans, shopName } = await catalogOf(shop);
    assert.equal(shopName, 'Test Hosting');
    assert.deepEqual(
      plans.map(({ key }) => key),
      catalog.plans.map(({ key }) => key),
    );
    assert.deepEqual(plans[0]?.regions, [
      { key: 'fra', label: { en: 'Frankfurt', de: 'Frankfurt' } },
      { key: 'ams', label: { en: 'Amsterdam', de: 'Amsterdam' } },
    ]);
    assert.equal(JSON.stringify(plans).includes('vultr'), false);
  });

  it('names what is installed in the buyer’s language', async () => {
    const shipped = await loadCatalog('catalog.yaml');
    const ai = shipped.plans.filter(({ key }) => key === 'ai-workspace');
    await publish([...catalog.plans, ...ai]);
    const { plans } = await catalogOf(shop);
    const nameOf = (key: string) => plans.find((plan) => plan.key === key)?.imageName;
    assert.deepEqual(nameOf('ai-workspace'), {
      en: 'Ubuntu 24.04 LTS with Ollama, Qdrant and n8n',
      de: 'Ubuntu 24.04 LTS mit Ollama, Qdrant und n8n',
    });
    assert.deepEqual(nameOf('vps'), { en: 'Ubuntu 24.04', de: 'Ubuntu 24.04' });
    await publish(catalog.plans);
  });

  it('adds no version for terms that stay the same', async () => {
    const published = await publish(catalog.plans);
    assert.deepEqual(published.added, []);
    assert.equal(published.unchanged.length, catalog.plans.length);
  });

  it('keeps the terms of a running subscription when the plan changes', async () => {
    const order = await placeOrder(shop, { planKey: 'patient' });
    const published = await publish(withPrice('patient', 4_200));
    assert.deepEqual(published.added, ['patient@2']);

    const { data } = await shop.http.get<OrderView>(`/v1/orders/${order.orderToken}`);
    assert.equal(data.amountMinor, 1_000);
    const { rows } = await shop.sql.query<{ version: number; price: string; on_sale: boolean }>(
      `select p.version, p.terms -> 'prices' -> 0 ->> 'amountMinor' as price, p.on_sale
       from subscriptions s join plans p on p.id = s.plan_id where s.id = $1`,
      [order.id],
    );
    assert.deepEqual(rows, [{ version: 1, price: '1000', on_sale: false }]);

    const plan = (await catalogOf(shop)).plans.find(({ key }) => key === 'patient');
    assert.equal(plan?.version, 2);
    const stale = await shop.http.post('/v1/checkouts', checkoutRequest({ planKey: 'patient' }));
    assert.equal(stale.status, 409);
    const fresh = checkoutRequest({ planKey: 'patient', planVersion: 2, expectedTotalMinor: 4_700 });
    assert.equal((await shop.http.post('/v1/checkouts', fresh)).status, 201);
  });

  it('takes plans that are gone from the file off sale, and back on under the same version', async () => {
    const gone = await publish(catalog.plans.filter(({ key }) => key !== 'hasty'));
    assert.deepEqual(gone.withdrawn, ['hasty']);
    assert.equal((await shop.http.post('/v1/checkouts', checkoutRequest({ planKey: 'hasty' }))).status, 404);
    const back = await publish(catalog.plans);
    assert.ok(back.unchanged.includes('hasty'));
    assert.equal(await versions('hasty'), 1);
    assert.equal((await catalogOf(shop)).plans.length, catalog.plans.length);
  });

  it('may be published by many processes at once', async () => {
    const before = await versions('inline');
    await Promise.all(Array.from({ length: 8 }, () => publish(withPrice('inline', 1_111))));
    assert.equal(await versions('inline'), before + 1);
    assert.equal(await count(shop, 'plans', `key = 'inline' and on_sale`), 1);
  });

  it('changes nothing when publishing fails half-way', async () => {
    const before = await count(shop, 'plans');
    const broken = withPrice('vps', 2_222);
    broken.push({ ...broken[0], key: null } as never);
    await assert.rejects(publish(broken));
    assert.equal(await count(shop, 'plans'), before);
  });

  describe('the shipped file', () => {
    it('is usable with the real drivers and sells what was promised', async () => {
      const shipped = await loadCatalog('catalog.yaml', {
        hypervisors: shop.deps.hypervisors,
        cloudInit: checkCloudInit,
      });
      const monthly = (key: string) =>
        shipped.plans
          .find((plan) => plan.key === key)
          ?.prices.find(({ interval, currency }) => interval === 'month' && currency === 'usd')?.amountMinor;
      const uptime = (key: string) => shipped.plans.find((plan) => plan.key === key)?.uptimePercent;
      assert.deepEqual(
        ['rdp-basic', 'rdp-performance', 'rdp-gpu'].map((key) => [monthly(key), uptime(key)]),
        [
          [1_500, 95],
          [4_000, 99],
          [12_000, 99.9],
        ],
      );
      const cloudInit = shipped.plans.find(({ key }) => key === 'ai-workspace')?.image.cloudInit ?? '';
      for (const part of ['ollama/ollama:', 'qdrant/qdrant:', 'n8nio/n8n:'])
        assert.ok(cloudInit.includes(part));
      for (const { key, prices } of shipped.plans) {
        const sold = prices.map(({ interval, currency }) => `${interval}/${currency}`).sort();
        assert.deepEqual(sold, ['month/eur', 'month/usd', 'year/eur', 'year/usd'], key);
      }
    });
  });

  describe('a bad file is refused with line and field', () => {
    let text: string;
    before(async () => {
      text = await readFile('catalog.yaml', 'utf8');
    });
    const lineOf = (needle: string): number => text.slice(0, text.indexOf(needle)).split('\n').length;
    const mistakesIn = (changed: string): string[] => {
      try {
        parseCatalog(changed, 'catalog.yaml', {
          hypervisors: shop.deps.hypervisors,
          cloudInit: checkCloudInit,
        });
      } catch (error) {
        if (error instanceof CatalogError) return error.mistakes;
        throw error;
      }
      return [];
    };

    const cases: [title: string, from: string, to: string, field: string][] = [
      [
        'a negative price',
        'amountMinor: 2500 }',
        'amountMinor: -2500 }',
        'plan linux-m, prices.0.amountMinor',
      ],
      [
        'a price with a fraction',
        'amountMinor: 2500 }',
        'amountMinor: 25.5 }',
        'plan linux-m, prices.0.amountMinor',
      ],
      [
        'a price in words',
        'amountMinor: 2500 }',
        'amountMinor: free }',
        'plan linux-m, prices.0.amountMinor',
      ],
      ['a price of nothing', 'amountMinor: 2500 }', 'amountMinor: 0 }', 'plan linux-m, prices.0.amountMinor'],
      [
        'an unknown currency',
        'currency: eur, amountMinor: 2500 }',
        'currency: chf, amountMinor: 2500 }',
        'plan linux-m, prices.0.currency',
      ],
      [
        'a second price',
        'interval: year, currency: eur, amountMinor: 25000 }',
        'interval: month, currency: eur, amountMinor: 25000 }',
        'plan linux-m, prices.1',
      ],
      [
        'a missing translation',
        '{ en: Linux VPS M, de: Linux-VPS M }',
        '{ en: Linux VPS M }',
        'plan linux-m, name.de',
      ],
      [
        'an image named in one language of two',
        'de: Ubuntu 24.04 LTS mit Ollama, Qdrant und n8n',
        '# de',
        'image ai-workspace, name',
      ],
      ['an unknown field', 'maxQuantity: 5', 'maximumQuantity: 5', 'plan rdp-gpu'],
      [
        'a wrong provider entry',
        'plan: vcg-a16-2c-8g-2vram,',
        'size: vcg-a16-2c-8g-2vram,',
        'plan rdp-gpu, providers.vultr',
      ],
      [
        'unusable first-boot data',
        'recipe: deploy/images/agent-host/v1/cloud-config.yaml',
        "cloudInit: '- no mapping'",
        'plan agent-host, image.cloudInit',
      ],
      [
        'a recipe that is not there',
        'agent-host/v1/cloud-config.yaml',
        'none.yaml',
        'image agent-host, recipe',
      ],
      ['an image that is not there', 'image: agent-host@1', 'image: agent-host@9', 'plan agent-host, image'],
      [
        'a probe that nobody could run',
        'phoneHome: { timeoutMinutes: 75 }',
        'probes: [{ kind: command, service: RDP, run: ver }]',
        'image windows-rdp, readiness.probes.0.kind',
      ],
    ];
    for (const [title, from, to, field] of cases) {
      it(title, () => {
        assert.ok(text.includes(from), from);
        const mistakes = mistakesIn(text.replace(from, to));
        assert.ok(mistakes.length > 0);
        const own = mistakes.find((mistake) => mistake.includes(`: ${field} `));
        assert.ok(own, mistakes.join('\n'));
        assert.match(own, /^catalog\.yaml, line \d+: (plan|image) /);
        assert.match(own, /[.!?]$/);
      });
    }

    it('a provider whose servers cannot be entered as the plan says', async () => {
      const plain = await readFile('test/harness/catalog.yaml', 'utf8');
      const access = { from: 'protocol: ssh, username: root', to: 'protocol: web, username: root, web: {}' };
      const [mistake] = mistakesIn(plain.replace(access.from, access.to));
      assert.match(
        mistake ?? '',
        /plan vps, providers\.vultr is wrong: what vultr makes cannot be entered by web, only by ssh or rdp/,
      );
    });

    it('names the very line', () => {
      const [mistake] = mistakesIn(text.replace('amountMinor: 2500 }', 'amountMinor: -1 }'));
      assert.ok(mistake?.startsWith(`catalog.yaml, line ${lineOf('amountMinor: 2500 }')}: `), mistake);
    });

    it('an image’s version that stands twice', () => {
      const [mistake] = mistakesIn(
        text
          .replace('key: agent-host', 'key: ubuntu-24')
          .replace('image: agent-host@1', 'image: ubuntu-24@1'),
      );
      assert.match(mistake ?? '', /image ubuntu-24@1 stands twice/);
    });

    it('a first boot that cannot report', () => {
      const deaf = new Map([['vultr', { checkPlan: () => undefined, capabilities: CAPABILITIES }]]);
      const load = (changed: string) => parseCatalog(changed, 'catalog.yaml', { hypervisors: deaf });
      assert.throws(
        () => load(text),
        /plan linux-s, providers\.vultr .*hands no first-boot data.*phoneHome\.required/,
      );
      assert.ok(load(text.replaceAll('phoneHome: {', 'phoneHome: { required: false,')).plans.length > 0);
    });

    it('a plan that stands twice', () => {
      const [mistake] = mistakesIn(text.replace('key: linux-m', 'key: linux-s'));
      assert.match(mistake ?? '', /plan linux-s stands twice/);
    });

    it('what is no YAML, and a file that is not there', async () => {
      assert.match(mistakesIn('plans: [')[0] ?? '', /^catalog\.yaml, line 1: is not YAML: /);
      assert.match(mistakesIn('')[0] ?? '', /line 1/);
      await assert.rejects(loadCatalog('no-such-file.yaml'), /cannot be read \(ENOENT\): set CATALOG_FILE/);
    });
  });
});
