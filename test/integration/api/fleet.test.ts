import assert from 'node:assert/strict';
import type { FindingView, ProviderView } from '../../../schemas/api/fleet.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import { startShop, type Shop } from './shop.ts';

interface Page {
  data: FindingView[];
  nextCursor: string | null;
}

describe('the fleet over the API', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('fleet');
    for (const [kind, ref] of [
      ['unknown', 'ref-1'],
      ['size', 'ref-2'],
      ['leftover', 'ref-3'],
    ]) {
      await shop.sql.query(
        `insert into findings (id, tenant_id, provider, kind, ref, key, state, reading)
         select tenure_uuid7(), id, 'vultr', $1, $2, 'key', 'open', 'reading' from tenants where slug = 'main'`,
        [kind, ref],
      );
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  });

  const list = async (params: Record<string, string | number> = {}): Promise<Page> => {
    const { data, status } = await shop.staff.get<Page>('/v1/findings', { params });
    assert.equal(status, 200, JSON.stringify(data));
    return data;
  };
  const idOf = async (kind: string): Promise<string> => (await list({ kind })).data[0]?.id ?? '';

  it('lists providers that were never compared, too', async () => {
    const { data, status } = await shop.staff.get<{ data: ProviderView[] }>('/v1/providers');
    assert.equal(status, 200);
    const provider = data.data.find(({ name }) => name === 'vultr');
    assert.ok(provider);
    const { lastPass, openFindings, capacity } = provider;
    assert.deepEqual(
      { lastPass, openFindings, capacity },
      {
        lastPass: null,
        openFindings: { unknown: 1, size: 1, leftover: 1 },
        capacity: [],
      },
    );
  });

  it('lists findings newest first, page by page, and by kind and state', async () => {
    const first = await list({ limit: 2 });
    assert.deepEqual(
      first.data.map(({ ref }) => ref),
      ['ref-3', 'ref-2'],
    );
    const second = await list({ limit: 2, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      second.data.map(({ ref }) => ref),
      ['ref-1'],
    );
    assert.equal(second.nextCursor, null);
    assert.equal((await list({ kind: 'size', state: 'open' })).data.length, 1);
    assert.equal((await list({ provider: 'another' })).data.length, 0);
  });

  it('removes only what belongs to nobody', async () => {
    const { status, data } = await shop.staff.post<Problem>(`/v1/findings/${await idOf('size')}/remove`, {});
    assert.equal(status, 409);
    assert.equal(data.reason, 'not-removable');
    const asked = await shop.staff.post<FindingView>(`/v1/findings/${await idOf('unknown')}/remove`, {});
    assert.equal(asked.status, 200);
    assert.equal(asked.data.removalAsked, true);
    assert.equal(asked.data.state, 'open');
  });

  it('ignores for ever, with a trail, and decides nothing twice', async () => {
    const id = await idOf('leftover');
    const { status, data } = await shop.staff.post<FindingView>(`/v1/findings/${id}/ignore`, {});
    assert.equal(status, 200);
    assert.equal(data.state, 'ignored');
    const again = await shop.staff.post<Problem>(`/v1/findings/${id}/ignore`, {});
    assert.equal(again.status, 409);
    const { rows } = await shop.sql.query(
      `select action from audit_events where subject_id = $1 and action = 'finding.ignored'`,
      [id],
    );
    assert.equal(rows.length, 1);
  });

  it('knows no other findings', async () => {
    const { status, data } = await shop.staff.post<Problem>(`/v1/findings/fnd_${'0'.repeat(32)}/ignore`, {});
    assert.equal(status, 404);
    assert.equal(data.reason, 'unknown-finding');
  });
});
