import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ImportDetails } from '../../../schemas/api/imports.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import type { ImportEntry } from '../../../schemas/imports/entry.ts';
import { addKey, addTenant, client, type Shop, startShop } from './shop.ts';

const ENTRY: ImportEntry = {
  provider: 'vultr',
  providerRef: 'cb676a46-66fd-4dfb-b839-443f2e6c0b60',
  customer: { email: 'ada@customer.example', language: 'en' },
  planKey: 'vps',
  interval: 'month',
  currency: 'usd',
  billing: { kind: 'none' },
  paidUntil: '2026-04-01T00:00:00Z',
  protocol: 'ssh',
  username: 'root',
  password: 'a-password-of-the-customer',
};

describe('asking for an import', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('imports');
  });

  it('is taken once per Idempotency-Key, and keeps passwords sealed', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const body = { dryRun: true, entries: [ENTRY] };
    const [first, again] = [
      await shop.staff.post<ImportDetails>('/v1/imports', body, { headers }),
      await shop.staff.post<ImportDetails>('/v1/imports', body, { headers }),
    ];
    assert.equal(first.status, 202, JSON.stringify(first.data));
    assert.equal(again.data.id, first.data.id);
    assert.deepEqual([first.data.state, first.data.counts.waiting], ['waiting', 1]);
    const shown = await shop.staff.get<ImportDetails>(`/v1/imports/${first.data.id}`);
    assert.deepEqual(shown.data, first.data);
    const { rows } = await shop.sql.query<{ text: string }>(
      `select e::text as text from import_entries e union all select a::text from audit_events a
       union all select o::text from outbox o union all select k::text from idempotency_keys k`,
    );
    assert.ok(rows.length > 0 && rows.every(({ text }) => !text.includes(ENTRY.password ?? '')));
    const messages = await shop.sql.query(`select 1 from outbox where kind = 'import-requested'`);
    assert.equal(messages.rows.length, 1);
  });

  it('is refused field by field where an entry cannot be right', async () => {
    const withoutEnd = { ...ENTRY, paidUntil: undefined };
    const entries = [
      withoutEnd,
      { ...ENTRY, billing: { kind: 'stripe' } },
      { ...ENTRY, billing: { kind: 'barter', subscription: 'x' } },
      { ...ENTRY, providerRef: '' },
    ];
    const wrong = await shop.staff.post<Problem>('/v1/imports', { entries });
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.data.errors?.map(({ path }) => path).sort(), [
      'body.entries.0.paidUntil',
      'body.entries.1.billing.subscription',
      'body.entries.3.providerRef',
    ]);
    const unknown = await shop.staff.post<Problem>('/v1/imports', { entries: [entries[2]] });
    assert.deepEqual(
      unknown.data.errors?.map(({ path }) => path),
      ['body.entries.0.billing.kind'],
    );
    const none = await shop.staff.post<Problem>('/v1/imports', { entries: [] });
    assert.equal(none.status, 422);
  });

  it('is for whose account it is: others can neither ask nor look', async () => {
    const otherId = await addTenant(shop, 'import-stranger');
    const stranger = client(shop.url, await addKey(shop.sql, otherId));
    const { data } = await shop.staff.post<ImportDetails>('/v1/imports', { dryRun: true, entries: [ENTRY] });
    assert.equal((await stranger.get(`/v1/imports/${data.id}`)).status, 404);
    const asked = await stranger.post<Problem>('/v1/imports', { entries: [ENTRY] });
    assert.deepEqual([asked.status, asked.data.reason], [409, 'not-your-account']);
    const { rows } = await shop.sql.query('select 1 from imports where tenant_id = $1', [otherId]);
    assert.deepEqual(rows, []);
  });
});
