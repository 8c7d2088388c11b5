/** Real guests of the stand-in, made through the driver, and listeners that misbehave. */
import { type Server, type Socket, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { buildUserData } from '../../../activities/access/user-data.ts';
import { newKey, until } from '../../../activities/hypervisors/conformance/exam.ts';
import type { PlanTerms } from '../../../schemas/catalog/plan.ts';
import type { VultrUnderTest } from '../hypervisors/vultr-under-test.ts';

const UBUNTU = 2284;
const WINDOWS_SERVER = 501;

/** Orders a server with first-boot data and waits until it runs. @returns its address. */
export async function bootGuest(
  vultr: VultrUnderTest,
  family: PlanTerms['image']['family'],
  userData: string,
): Promise<string> {
  const hypervisor = vultr.connect();
  const { ref } = await hypervisor.create({
    key: newKey(),
    hostname: 'guest-1',
    region: 'fra',
    plan: {
      plan: 'vc2-2c-4gb',
      osId: family === 'linux' ? UBUNTU : WINDOWS_SERVER,
      regions: { fra: 'fra' },
    },
    userData,
    labels: {},
  });
  const running = await until(
    () => hypervisor.get(ref),
    (instance) => instance?.state === 'running',
    'the guest runs',
  );
  return running.address ?? '';
}

/** A Linux server with one account, as a plan's order makes it. */
export function bootLinux(vultr: VultrUnderTest, username: string, password: string): Promise<string> {
  const image = { family: 'linux', access: { protocol: 'ssh', username } } as const;
  return bootGuest(vultr, 'linux', buildUserData({ image, password }));
}

export interface Listener {
  port: number;
  close(): void;
}

/** A TCP listener on 127.0.0.1 that does as it is told with every connection. */
export async function listen(serve: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
