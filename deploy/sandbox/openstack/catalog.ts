import type { OsFamily } from '../guests/record.ts';

/** A size; RAM in MiB, disk in GiB. */
export interface Flavor {
  id: string;
  name: string;
  vcpus: number;
  ram: number;
  disk: number;
}

export const flavors: readonly Flavor[] = [
  { id: '1', name: 'm1.tiny', vcpus: 1, ram: 512, disk: 1 },
  { id: '2', name: 'm1.small', vcpus: 1, ram: 2_048, disk: 20 },
  { id: '3', name: 'm1.medium', vcpus: 2, ram: 4_096, disk: 40 },
  { id: '4', name: 'm1.large', vcpus: 4, ram: 8_192, disk: 80 },
  { id: '5', name: 'm1.xlarge', vcpus: 8, ram: 16_384, disk: 160 },
];

/** An image that everybody may use. */
export interface PublicImage {
  id: string;
  name: string;
  family: OsFamily;
  minDisk: number;
}

export const publicImages: readonly PublicImage[] = [
  { id: '5f3a9c52-6a0e-4a59-9a43-1c2b8b9a7e01', name: 'Ubuntu 24.04', family: 'linux', minDisk: 1 },
  { id: '5f3a9c52-6a0e-4a59-9a43-1c2b8b9a7e02', name: 'Debian 12', family: 'linux', minDisk: 1 },
  { id: '5f3a9c52-6a0e-4a59-9a43-1c2b8b9a7e03', name: 'Windows Server 2022', family: 'windows', minDisk: 20 },
];

export const zones = ['az-1', 'az-2'] as const;

/** `public` gives its addresses to servers directly or as floating ones; `private` needs floating ones. */
export const networks = {
  public: 'c0ffee00-0000-4000-8000-000000000001',
  private: 'c0ffee00-0000-4000-8000-000000000002',
} as const;

export const regionName = 'RegionOne';
export const projectId = '0123456789abcdef0123456789abcdef';

/** The microversions of the release Zed. */
export const microversions = { min: 1, max: 93 } as const;
