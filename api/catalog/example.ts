import type { ShopPlan } from '../../schemas/api/shop.ts';

/** For the documentation. */
export const exampleShopPlan: ShopPlan = {
  key: 'linux-s',
  version: 1,
  name: { en: 'Linux VPS S', de: 'Linux-VPS S' },
  description: { en: 'A small Linux server.', de: 'Ein kleiner Linux-Server.' },
  highlights: [{ en: 'Root access', de: 'Root-Zugang' }],
  prices: [{ interval: 'month', currency: 'eur', amountMinor: 900, setupFeeMinor: 0 }],
  resources: { vcpus: 1, memoryMb: 2048, diskGb: 55 },
  imageName: { en: 'Ubuntu 24.04 LTS', de: 'Ubuntu 24.04 LTS' },
  protocol: 'ssh',
  uptimePercent: 99,
  maxQuantity: 10,
  regions: [{ key: 'fra', label: { en: 'Frankfurt', de: 'Frankfurt' } }],
  graceDays: 7,
};
