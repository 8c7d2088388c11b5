import type { OsFamily } from '../guests/record.ts';

/** Where instances can be ordered. */
export interface Region {
  slug: string;
  name: string;
  dataCenter: { slug: string; name: string };
}

const region = (slug: string, name: string, dataCenterSlug: string): Region => ({
  slug,
  name,
  dataCenter: { slug: dataCenterSlug, name: `${name} 1` },
});

export const regions: readonly Region[] = [
  region('EU', 'European Union', 'EU1'),
  region('US-central', 'United States (Central)', 'US1'),
  region('US-east', 'United States (East)', 'US2'),
  region('US-west', 'United States (West)', 'US3'),
  region('SIN', 'Asia (Singapore)', 'SIN1'),
  region('UK', 'United Kingdom', 'UK1'),
  region('AUS', 'Australia (Sydney)', 'AUS1'),
  region('JPN', 'Asia (Japan)', 'JPN1'),
  region('IND', 'Asia (India)', 'IND1'),
];

/** A size of instance. */
export interface Product {
  id: string;
  name: string;
  type: 'hdd' | 'ssd' | 'vds' | 'nvme';
  cpuCores: number;
  ramMb: number;
  diskMb: number;
  /** How many snapshots one instance may have. */
  snapshots: number;
}

/** Columns: id, name, kind of disk, CPUs, GB of RAM, GB of disk, snapshots. */
type Size = [string, string, Product['type'], number, number, number, number];

const sizes: Size[] = [
  ['V91', 'VPS 10 NVMe', 'nvme', 3, 8, 75, 2],
  ['V92', 'VPS 10 SSD', 'ssd', 3, 8, 150, 2],
  ['V94', 'VPS 20 NVMe', 'nvme', 6, 12, 100, 2],
  ['V95', 'VPS 20 SSD', 'ssd', 6, 12, 200, 2],
  ['V97', 'VPS 30 NVMe', 'nvme', 8, 24, 200, 3],
  ['V98', 'VPS 30 SSD', 'ssd', 8, 24, 400, 3],
  ['V100', 'VPS 40 NVMe', 'nvme', 12, 48, 250, 3],
  ['V103', 'VPS 50 NVMe', 'nvme', 16, 64, 300, 3],
  ['V8', 'VDS S', 'vds', 3, 24, 180, 4],
  ['V9', 'VDS M', 'vds', 4, 32, 240, 4],
];

export const products: readonly Product[] = sizes.map(
  ([id, name, type, cpuCores, ramGb, diskGb, snapshots]) => ({
    id,
    name,
    type,
    cpuCores,
    ramMb: ramGb * 1_024,
    diskMb: diskGb * 1_024,
    snapshots,
  }),
);

/** What can be installed. */
export interface Image {
  id: string;
  name: string;
  description: string;
  version: string;
  family: OsFamily;
}

export const images: readonly Image[] = [
  {
    id: 'afecbb85-e2fc-46f0-9684-b46b1faf00bb',
    name: 'ubuntu-22.04',
    description: 'Ubuntu 22.04 LTS',
    version: '22.04',
    family: 'linux',
  },
  {
    id: 'd64d5c6c-9dda-4e38-8174-0ee282474d8a',
    name: 'ubuntu-24.04',
    description: 'Ubuntu 24.04 LTS',
    version: '24.04',
    family: 'linux',
  },
  {
    id: '66abf39a-ba8b-425e-a385-8eb347ceac10',
    name: 'debian-11',
    description: 'Debian 11 (bullseye)',
    version: '11',
    family: 'linux',
  },
  {
    id: 'b02a9d9d-5a2c-4e4f-8a44-1d7a52f3c1e6',
    name: 'windows-server-2022-se',
    description: 'Windows Server 2022 Standard',
    version: '2022',
    family: 'windows',
  },
];
