/** A pool of addresses, dealt out by id: the clone that got the id has its address, too, and nobody else can. */
import { TenureFailure } from '../../../schemas/failures.ts';

export interface IpPool {
  /** How many addresses there are. */
  size: number;
  /** The address of the id that many places after the first one; `null` if it has none. */
  at(place: number): string | null;
  prefix: number;
  gateway: string | null;
}

/**
 * Reads `192.0.2.10-192.0.2.250/24,gw=192.0.2.1`: first and last address, length of the network's prefix, and the gateway.
 *
 * @throws TenureFailure `refused` that names what is wrong.
 */
export function readIpPool(setting: string): IpPool {
  const [, from, to, bits, gw] = /^([\d.]+)-([\d.]+)\/(\d{1,2})(?:,gw=([\d.]+))?$/.exec(setting) ?? [];
  const first = toNumber(from);
  const last = toNumber(to);
  const prefix = Number(bits);
  const isGateway = gw === undefined || toNumber(gw) !== null;
  if (first === null || last === null || last < first || prefix < 1 || prefix > 31 || !isGateway) {
    throw new TenureFailure('refused', `PROXMOX_IP_POOL: "${setting}" is not a pool of addresses.`, {
      reason: 'bad-setting',
      nextStep: 'Write it as FIRST-LAST/PREFIX,gw=GATEWAY, e.g. 192.0.2.10-192.0.2.250/24,gw=192.0.2.1.',
    });
  }
  const size = last - first + 1;
  return {
    size,
    at: (place) => (place >= 0 && place < size ? toText(first + place) : null),
    prefix,
    gateway: gw ?? null,
  };
}

function toNumber(address: string | undefined): number | null {
  const bytes = (address ?? '').split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255)) return null;
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
