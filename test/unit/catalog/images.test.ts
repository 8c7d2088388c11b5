import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CatalogError, parseCatalog } from '../../../api/catalog/load.ts';
import { whyServersAreDeaf } from '../../../api/catalog/reach.ts';
import type { Catalog, PlanTerms } from '../../../schemas/catalog/plan.ts';
import type { Config } from '../../../schemas/config.ts';

const IMAGE = {
  key: 'debian-13',
  version: 3,
  name: 'Debian 13',
  family: 'linux',
  access: { protocol: 'ssh', username: 'root' },
  providers: {
    vultr: { osId: 2625, plan: 'from-the-image' },
    openstack: { image: 'debian-13-golden-3' },
    proxmox: { template: 9013 },
  },
};
const PLAN = {
  key: 'small',
  name: { en: 'Small', de: 'Klein' },
  description: { en: 'A server.', de: 'Ein Server.' },
  prices: [{ interval: 'month', currency: 'eur', amountMinor: 500 }],
  resources: { vcpus: 1, memoryMb: 1_024, diskGb: 25 },
  image: 'debian-13@3',
  uptimePercent: 99,
  regions: { fra: { en: 'Frankfurt', de: 'Frankfurt' } },
  providers: { vultr: { plan: 'own', regions: { fra: 'fra' } }, openstack: { flavor: 'm1' } },
  provisioning: {},
  overdue: {},
  retention: {},
};

describe('the images of a catalogue', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'tenure-images-'));
    writeFileSync(path.join(directory, 'cloud-config.yaml'), '#cloud-config\ntimezone: Etc/UTC\n');
    writeFileSync(path.join(directory, 'boot.ps1'), 'Set-Date\n');
  });
  after(() => rmSync(directory, { recursive: true }));

  /** YAML is a superset of JSON. */
  const parse = (image: object, plan: object = {}): Catalog =>
    parseCatalog(
      JSON.stringify({ images: [{ ...IMAGE, ...image }], plans: [{ ...PLAN, ...plan }] }),
      path.join(directory, 'catalog.yaml'),
    );
  const planOf = (...given: Parameters<typeof parse>): PlanTerms => {
    const [plan] = parse(...given).plans;
    assert.ok(plan);
    return plan;
  };
  const refused = (...given: Parameters<typeof parse>): string => {
    try {
      parse(...given);
    } catch (error) {
      if (error instanceof CatalogError) return error.mistakes.join('\n');
      throw error;
    }
    return assert.fail('it was taken');
  };

  it('come into the plans that name them, with their version', () => {
    const { image } = planOf({});
    assert.deepEqual(image, {
      name: 'Debian 13',
      family: 'linux',
      access: { protocol: 'ssh', username: 'root' },
      ref: 'debian-13@3',
    });
  });

  it('say what they are at each of the plan’s providers, and the plan’s own entry wins', () => {
    assert.deepEqual(planOf({}).providers, {
      vultr: { osId: 2625, plan: 'own', regions: { fra: 'fra' } },
      openstack: { image: 'debian-13-golden-3', flavor: 'm1' },
    });
  });

  it('bring their recipes from files beside the catalogue', () => {
    const { cloudInit } = planOf({ recipe: 'cloud-config.yaml' }).image;
    assert.equal(cloudInit, '#cloud-config\ntimezone: Etc/UTC\n');
    const windows = { family: 'windows', access: { protocol: 'rdp', username: 'Administrator' } };
    assert.equal(planOf({ ...windows, recipe: 'boot.ps1' }).image.powershell, 'Set-Date\n');
    assert.deepEqual(parse({ recipe: 'cloud-config.yaml' }).images?.[0]?.cloudInit, cloudInit);
  });

  it('leave a plan that describes its own image as it is', () => {
    const own = { name: 'Own', family: 'linux', access: { protocol: 'ssh', username: 'root' } };
    assert.deepEqual(planOf({}, { image: own }).image, own);
  });

  it('are taken as they are by several plans', () => {
    const text = JSON.stringify({ images: [IMAGE], plans: [PLAN, { ...PLAN, key: 'second' }] });
    const { plans } = parseCatalog(text, 'catalog.yaml');
    assert.deepEqual(plans[0]?.image, plans[1]?.image);
  });

  const windows = { family: 'windows', access: { protocol: 'rdp', username: 'Administrator' } };
  const web = { access: { protocol: 'web', username: 'kim', web: {} } };
  const command = { probes: [{ kind: 'command', service: 'x', run: 'true' }] };
  for (const [what, image, complaint] of [
    ['an unknown field', { kernel: 6 }, /image debian-13 .*kernel/],
    ['version 0', { version: 0 }, /image debian-13, version/],
    ['cloud-init for Windows', { ...windows, cloudInit: 'a: 1' }, /cloudInit .*only Linux/],
    ['PowerShell for Linux', { powershell: 'dir' }, /powershell .*only Windows/],
    ['a recipe beside its text', { recipe: 'cloud-config.yaml', cloudInit: 'a: 1' }, /recipe .*keep one/],
    ['a recipe that is no path', { recipe: 7 }, /recipe .*path of a file/],
    [
      'a recipe that is missing',
      { recipe: 'nowhere.yaml' },
      /recipe .*nowhere\.yaml cannot be read \(ENOENT\)/,
    ],
    ['readiness of an application', { ...web, readiness: command }, /readiness .*access\.web/],
    ['a command where there is no SSH', { ...windows, readiness: command }, /probes\.0\.kind .*SSH only/],
    [
      'a command of two lines',
      { readiness: { probes: [{ ...command.probes[0], run: 'a\nb' }] } },
      /one line/,
    ],
    ['a port that is none', { readiness: { probes: [{ kind: 'tcp', service: 'x', port: 0 }] } }, /port/],
    ['an unknown kind of probe', { readiness: { probes: [{ kind: 'icmp', service: 'x' }] } }, /probes\.0/],
    ['a limit of no time', { readiness: { phoneHome: { timeoutMinutes: 0 } } }, /timeoutMinutes/],
  ] as const) {
    it(`are refused with ${what}`, () => {
      assert.match(refused(image), complaint);
    });
  }

  it('must exist in the version that a plan names', () => {
    for (const image of ['debian-13@2', 'debian-12@3', 'debian-13', '']) {
      assert.match(refused({}, { image }), /plan small, image is wrong: there is no /);
    }
  });

  describe('that are to report from servers', () => {
    const catalogOf = (phoneHome: object | undefined): Catalog => parse({ readiness: { phoneHome } });
    const config = (publicUrl: string, vultr: string): Config =>
      ({ PUBLIC_URL: publicUrl, VULTR_API_BASE: vultr }) as Config;
    const deaf = (catalog: Catalog, { PUBLIC_URL, VULTR_API_BASE }: Config): string | null =>
      whyServersAreDeaf(catalog, config(PUBLIC_URL, VULTR_API_BASE), new Set(['vultr']));
    const [near, far] = ['http://127.0.0.1:4101/v2', 'https://api.vultr.com/v2'];

    it('need an address that the servers reach, and one sentence says so', () => {
      for (const loopback of ['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000']) {
        const sentence = deaf(catalogOf({}), config(loopback, far)) ?? '';
        assert.match(sentence, /^PUBLIC_URL is http.*vultr.*plan small.*: set PUBLIC_URL .*\.$/);
      }
      assert.equal(deaf(catalogOf({}), config('http://127.0.0.1:4000', near)), null);
      assert.equal(deaf(catalogOf({}), config('https://shop.example', far)), null);
      assert.equal(deaf(catalogOf({ required: false }), config('http://127.0.0.1:4000', far)), null);
      assert.equal(deaf(catalogOf(undefined), config('http://127.0.0.1:4000', far)), null);
      assert.equal(whyServersAreDeaf(catalogOf({}), config('http://127.0.0.1:4000', far), new Set()), null);
    });
  });
});
