import { createHash, timingSafeEqual } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import { explainListenFailure } from '../guests/addresses.ts';
import type { Ledger } from '../shared/ledger.ts';

/** The containers inside the sandbox's applications and services: each a little web server on an address of its own. */
export interface WebGuests {
  /** (Re)starts a guest with this environment. @throws Error when its address is taken. */
  boot(id: string, address: string, environment: Record<string, string>): Promise<void>;
  /** Stops it and cuts its connections; harmless when it is down. */
  shutDown(id: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * `GET /healthz` answers 200 to everybody. Everything else takes the name and password of the variables `BOT_USERNAME` (default
 * `admin`) and `BOT_PASSWORD`, or `CUSTOM_USER` and `PASSWORD` (HTTP Basic, RFC 7617), or the password alone as a bearer token
 * (RFC 6750); without a password in its environment a guest lets everybody in.
 *
 * @param port where every guest listens, each on its own address.
 */
export function openWebGuests(port: number, ledger: Ledger): WebGuests {
  const up = new Map<string, Server>();

  const shutDown = async (id: string): Promise<void> => {
    const server = up.get(id);
    if (!server) return;
    up.delete(id);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };

  return {
    boot: async (id, address, environment) => {
      await shutDown(id);
      const server = webServer(environment, (user) =>
        ledger.record({ effect: 'guest.login', id, detail: { user, service: 'web' } }),
      );
      up.set(id, server);
      await listen(server, address, port);
    },
    shutDown,
    close: async () => void (await Promise.all([...up.keys()].map(shutDown))),
  };
}

function webServer(environment: Record<string, string>, loggedIn: (user: string) => void): Server {
  const username = environment['BOT_USERNAME'] ?? environment['CUSTOM_USER'] ?? 'admin';
  const password = environment['BOT_PASSWORD'] ?? environment['PASSWORD'] ?? '';
  const basic = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
  return createServer((request, response) => {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    if (request.url === '/healthz') return void response.end('ok\n');
    const given = request.headers.authorization ?? '';
    if (password !== '' && !isSame(given, basic) && !isSame(given, `Bearer ${password}`)) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="bot", charset="UTF-8"' });
      return void response.end('Sign in first.\n');
    }
    if (password !== '') loggedIn(username);
    return void response.end(`${environment['TENURE_HOSTNAME'] ?? 'A bot'} is at your service.\n`);
  });
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(explainListenFailure(error, port))),
    );
    server.listen(port, address, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
