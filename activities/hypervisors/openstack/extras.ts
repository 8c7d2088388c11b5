/** Nova's console and limits. */
import { z } from 'zod';
import { TenureFailure } from '../../../schemas/failures.ts';
import { readJson } from '../../http/answers.ts';
import { BAD_REQUEST } from '../../http/failures.ts';
import type { CapacityPart, ConsoleLink, Share } from '../port.ts';
import type { Cloud } from './cloud.ts';

const RemoteConsole = z.object({ remote_console: z.object({ url: z.string().min(1) }) });
/** What browsers can open; a cloud has usually one of them. */
const CONSOLES = [
  { protocol: 'vnc', type: 'novnc' },
  { protocol: 'spice', type: 'spice-html5' },
] as const;

/** A link to the screen. Nova does not tell how long it holds (by default ten minutes). */
export async function openConsole(cloud: Cloud, ref: string): Promise<ConsoleLink> {
  const path = `/servers/${ref}/remote-consoles`;
  const open = async (kind: (typeof CONSOLES)[number]): Promise<ConsoleLink> => {
    const exchange = await cloud.call('compute', { method: 'POST', path, body: { remote_console: kind } });
    return { url: readJson(RemoteConsole, exchange).remote_console.url, expiresAt: null };
  };
  const [first, second] = CONSOLES;
  try {
    return await open(first);
  } catch (error) {
    // "Unavailable console type": nothing was opened.
    if (error instanceof TenureFailure && error.details.reason === BAD_REQUEST) return open(second);
    throw error;
  }
}

const Limits = z.object({
  limits: z.object({
    absolute: z.object({
      maxTotalCores: z.int(),
      maxTotalRAMSize: z.int(),
      maxTotalInstances: z.int(),
      totalCoresUsed: z.int(),
      totalRAMUsed: z.int(),
      totalInstancesUsed: z.int(),
    }),
  }),
});

/** The project's quota and what is used of it; Nova tells nothing of the hosts to those who are not its operators. */
export async function readLimits(cloud: Cloud): Promise<CapacityPart[]> {
  const exchange = await cloud.call('compute', { method: 'GET', path: '/limits' });
  const { absolute } = readJson(Limits, exchange).limits;
  return [
    {
      name: '',
      open: true,
      cpus: share(absolute.totalCoresUsed, absolute.maxTotalCores),
      memoryMb: share(absolute.totalRAMUsed, absolute.maxTotalRAMSize),
      diskGb: { used: null, total: null },
      instances: share(absolute.totalInstancesUsed, absolute.maxTotalInstances),
    },
  ];
}

/** A limit of -1 is none. */
function share(used: number, total: number): Share {
  return { used, total: total < 0 ? null : total };
}
