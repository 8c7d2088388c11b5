/** A location of data centres. */
export interface Region {
  id: string;
  city: string;
  country: string;
  continent: string;
  options: string[];
  connectivity: string[];
}

/** A size of instance; RAM in MB, disk in GB, bandwidth in GB a month, cost in US dollars a month. */
export interface Plan {
  id: string;
  name: string;
  vcpu_count: number;
  ram: number;
  disk: number;
  disk_count: number;
  bandwidth: number;
  monthly_cost: number;
  type: string;
  locations: string[];
  gpu_vram_gb?: number;
  gpu_type?: string;
}

export interface OperatingSystem {
  id: number;
  name: string;
  arch: string;
  family: string;
}

export interface Application {
  id: number;
  name: string;
  short_name: string;
  deploy_name: string;
  type: 'one-click' | 'marketplace';
  vendor: string;
  image_id: string;
}

const everyOption = ['ddos_protection', 'block_storage_high_perf', 'kubernetes', 'load_balancers'];

const region = (id: string, city: string, country: string, continent: string): Region => ({
  id,
  city,
  country,
  continent,
  options: everyOption,
  connectivity: ['public_ip', 'private_ip'],
});

export const regions: readonly Region[] = [
  region('ams', 'Amsterdam', 'NL', 'Europe'),
  region('atl', 'Atlanta', 'US', 'North America'),
  region('cdg', 'Paris', 'FR', 'Europe'),
  region('ewr', 'New Jersey', 'US', 'North America'),
  region('fra', 'Frankfurt', 'DE', 'Europe'),
  region('lax', 'Los Angeles', 'US', 'North America'),
  region('lhr', 'London', 'GB', 'Europe'),
  region('nrt', 'Tokyo', 'JP', 'Asia'),
  region('ord', 'Chicago', 'US', 'North America'),
  region('sgp', 'Singapore', 'SG', 'Asia'),
];

const everywhere = regions.map(({ id }) => id);
const highFrequencyRegions = ['ams', 'ewr', 'fra', 'lax', 'nrt', 'ord', 'sgp'];
const gpuRegions = ['ewr', 'fra', 'nrt', 'ord', 'sgp'];

/** Columns: id, vCPUs, RAM in GB, disk in GB, bandwidth in GB, dollars a month. */
type Size = [id: string, vcpus: number, ramGb: number, disk: number, bandwidth: number, cost: number];

const sharedPlans: Size[] = [
  ['vc2-1c-1gb', 1, 1, 25, 1_024, 5],
  ['vc2-1c-2gb', 1, 2, 55, 2_048, 10],
  ['vc2-2c-2gb', 2, 2, 65, 3_072, 15],
  ['vc2-2c-4gb', 2, 4, 80, 3_072, 20],
  ['vc2-4c-8gb', 4, 8, 160, 4_096, 40],
  ['vc2-6c-16gb', 6, 16, 320, 5_120, 80],
  ['vc2-8c-32gb', 8, 32, 640, 6_144, 160],
];
const highFrequencyPlans: Size[] = [
  ['vhf-1c-1gb', 1, 1, 32, 1_024, 6],
  ['vhf-1c-2gb', 1, 2, 64, 2_048, 12],
  ['vhf-2c-4gb', 2, 4, 128, 3_072, 24],
  ['vhf-3c-8gb', 3, 8, 256, 4_096, 48],
  ['vhf-4c-16gb', 4, 16, 384, 5_120, 96],
];
const gpuPlans: Size[] = [
  ['vcg-a16-2c-8g-2vram', 2, 8, 50, 1_024, 43],
  ['vcg-a16-3c-32g-8vram', 3, 32, 170, 6_144, 172],
  ['vcg-a16-6c-64g-16vram', 6, 64, 350, 10_240, 344],
];

const plan = ([id, vcpus, ramGb, disk, bandwidth, cost]: Size, locations: string[]): Plan => ({
  id,
  name: id,
  vcpu_count: vcpus,
  ram: ramGb * 1_024,
  disk,
  disk_count: 1,
  bandwidth,
  monthly_cost: cost,
  type: id.slice(0, id.indexOf('-')),
  locations,
});

/** The graphics memory of a GPU plan is the last number of its id. */
const gpuPlan = (size: Size): Plan => ({
  ...plan(size, gpuRegions),
  gpu_vram_gb: Number(/(\d+)vram$/.exec(size[0])?.[1]),
  gpu_type: 'NVIDIA_A16',
});

export const plans: readonly Plan[] = [
  ...sharedPlans.map((size) => plan(size, everywhere)),
  ...highFrequencyPlans.map((size) => plan(size, highFrequencyRegions)),
  ...gpuPlans.map(gpuPlan),
];

/** The kinds that plan lists can be narrowed to. */
export const planTypes: readonly string[] = [
  'all',
  'vc2',
  'vdc',
  'vhf',
  'vhp',
  'voc',
  'voc-g',
  'voc-c',
  'voc-m',
  'voc-s',
  'vcg',
];

const system = (id: number, name: string, family: string): OperatingSystem => ({
  id,
  name,
  arch: 'x64',
  family,
});

/** What may be installed by `os_id`. */
export const operatingSystems: readonly OperatingSystem[] = [
  system(371, 'Windows 2019 Standard x64', 'windows'),
  system(477, 'Debian 11 x64 (bullseye)', 'debian'),
  system(501, 'Windows 2022 Standard x64', 'windows'),
  system(521, 'Windows Core 2022 Standard x64', 'windows'),
  system(1743, 'Ubuntu 22.04 LTS x64', 'ubuntu'),
  system(1869, 'Rocky Linux 9 x64', 'rockylinux'),
  system(2136, 'Debian 12 x64 (bookworm)', 'debian'),
  system(2284, 'Ubuntu 24.04 LTS x64', 'ubuntu'),
];

/** What an instance shows in place of a system when it was made from something else. */
export const specialSystems = {
  snapshot: system(164, 'Snapshot', 'snapshot'),
  application: system(186, 'Application', 'application'),
} as const;

const oneClick = (id: number, name: string, deployName: string): Application => ({
  id,
  name,
  short_name: name.toLowerCase(),
  deploy_name: deployName,
  type: 'one-click',
  vendor: 'vultr',
  image_id: '',
});

export const applications: readonly Application[] = [
  oneClick(17, 'Docker', 'Docker on Ubuntu 24.04 x64'),
  oneClick(37, 'WordPress', 'WordPress on Ubuntu 24.04 x64'),
  {
    id: 1_037,
    name: 'Nextcloud Hub',
    short_name: 'nextcloudhub',
    deploy_name: 'Nextcloud Hub on Ubuntu 24.04 x64',
    type: 'marketplace',
    vendor: 'Nextcloud',
    image_id: 'nextcloud-hub',
  },
];
