/** A large account in the words of one provider's API: lists and single instances, and a count of what was asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lab } from '../../harness/lab.ts';

export interface AccountInstance {
  id: string;
  /** `null`: it bears no mark of ours. */
  key: string | null;
}

export interface LargeAccount {
  url: string;
  /** Paths asked for, with how often. */
  asked: Map<string, number>;
  instances: AccountInstance[];
}

/** @param beforePage runs before each page of instances is answered; pages count from 0. */
export async function openLargeAccount(
  instances: AccountInstance[],
  beforePage: (page: number) => Promise<void> = async () => undefined,
): Promise<LargeAccount> {
  const asked = new Map<string, number>();
  const account: LargeAccount = { url: '', asked, instances };
  const server = createServer((req, res) => {
    void answer(new URL(req.url ?? '/', 'http://account')).then(({ status, body }) => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  async function answer({ pathname, searchParams }: URL): Promise<{ status: number; body: unknown }> {
    asked.set(pathname, (asked.get(pathname) ?? 0) + 1);
    if (pathname === '/v2/snapshots') {
      return { status: 200, body: { snapshots: [], meta: { total: 0, links: { next: '', prev: '' } } } };
    }
    if (pathname === '/v2/instances') {
      const size = Number(searchParams.get('per_page'));
      const page = Number(searchParams.get('cursor') ?? 0);
      await beforePage(page);
      const cut = account.instances.slice(page * size, (page + 1) * size);
      const next = (page + 1) * size < account.instances.length ? String(page + 1) : '';
      const meta = { total: account.instances.length, links: { next, prev: '' } };
      return { status: 200, body: { instances: cut.map(shown), meta } };
    }
    const found = account.instances.find(({ id }) => pathname === `/v2/instances/${id}`);
    return found
      ? { status: 200, body: { instance: shown(found) } }
      : { status: 404, body: { error: 'Invalid instance-id.', status: 404 } };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { onEnd } = await lab();
  onEnd(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  account.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`;
  return account;
}

function shown({ id, key }: AccountInstance): object {
  return {
    id,
    main_ip: '203.0.113.1',
    region: 'fra',
    plan: 'vc2-1c-1gb',
    label: id,
    hostname: id,
    date_created: '2026-01-01T00:00:00+00:00',
    status: 'active',
    power_status: 'running',
    server_status: 'ok',
    tags: key === null ? ['somebody-elses'] : [`tenure:${key}`],
    firewall_group_id: '',
    os_id: 2284,
    features: [],
  };
}
