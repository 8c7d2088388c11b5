import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import axios from 'axios';
import type { ImportDetails } from '../../../schemas/api/imports.ts';
import type { SubscriptionView } from '../../../schemas/api/staff.ts';
import { readLedger } from '../../chaos/oracle.ts';
import { eventually, mailAbout, mailsTo } from '../../harness/buyer.ts';
import { API_KEY, startTenure, type Tenure } from '../../harness/tenure.ts';
import { type ProxmoxUnderTest, startProxmoxUnderTest } from '../hypervisors/proxmox-under-test.ts';
import { findingsOf, runPass } from '../reconcile/passes.ts';
import {
  askForImport,
  billByHand,
  entryFor,
  type Handmade,
  importDone,
  makeByHand,
  runImport,
} from './elsewhere.ts';

describe('taking over servers that run already, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  let proxmox: ProxmoxUnderTest;
  let levers: string;
  before(async function () {
    this.timeout(120_000);
    proxmox = await startProxmoxUnderTest();
    const catalogFile = path.join(import.meta.dirname, 'import.catalog.yaml');
    const env = {
      PROXMOX_API_BASE: proxmox.url,
      PROXMOX_TOKEN: proxmox.token,
      PROXMOX_BACKUP_STORAGE: 'backup',
      PROXMOX_POLL_MS: '50',
    };
    tenure = await startTenure({ name: 'import', catalogFile, env });
    levers = `${tenure.vultr.url.replace('/v2', '')}/__sandbox`;
  });
  afterEach(() => axios.delete(`${levers}/faults`));
  after(() => proxmox.close());

  const effects = (effect: string, ref: string): number =>
    readLedger(tenure, 'vultr').filter((entry) => entry.effect === effect && entry.id === ref).length;
  const made = (): number =>
    readLedger(tenure, 'vultr').filter(({ effect }) => effect === 'instance.created').length;
  const counted = async (table: string): Promise<number> => {
    const { rows } = await tenure.sql.query<{ count: number }>(`select count(*)::int as count from ${table}`);
    return rows[0]?.count ?? 0;
  };
  const view = async (id: string | null | undefined): Promise<SubscriptionView> => {
    const { data, status } = await tenure.staff.get<SubscriptionView>(`/v1/subscriptions/${id ?? ''}`);
    assert.equal(status, 200, JSON.stringify(data));
    return data;
  };
  const reach = (
    id: string | null | undefined,
    stage: SubscriptionView['stage'],
  ): Promise<SubscriptionView> =>
    eventually(`${id ?? ''} becomes ${stage}`, async () => {
      const found = await view(id);
      return found.stage === stage && found.attention === null ? found : null;
    });
  const ask = async (id: string | null | undefined, update: string, body: object = {}): Promise<void> => {
    const { status, data } = await tenure.staff.post<unknown>(
      `/v1/subscriptions/${id ?? ''}/${update}`,
      body,
    );
    assert.ok(status === 200 || status === 202, JSON.stringify(data));
  };
  const takenOver = async (server: Handmade, more: Parameters<typeof entryFor>[1] = {}): Promise<string> => {
    const { entries } = await runImport(tenure, { entries: [entryFor(server, more)] });
    assert.deepEqual(entries[0]?.problems, []);
    assert.equal(entries[0]?.state, 'imported');
    const id = entries[0]?.subscriptionId ?? '';
    await eventually('its workflow runs', async () =>
      tenure.temporal.workflow
        .getHandle(`subscription/${id}`)
        .query('status')
        .catch(() => null),
    );
    return id;
  };

  it('a dry run tells what would be done, and changes nothing', async () => {
    const [fits, large] = [await makeByHand(tenure), await makeByHand(tenure, { plan: 'vc2-1c-2gb' })];
    const before = await Promise.all(['customers', 'subscriptions', 'instances', 'timeline'].map(counted));
    const server = made();
    const { state, dryRun, counts, entries } = await runImport(tenure, {
      dryRun: true,
      entries: [
        entryFor(fits, { password: fits.password }),
        entryFor(large, { password: 'wrong' }),
        entryFor({ ref: '00000000-0000-4000-8000-000000000000' }),
        entryFor({ ref: 'x' }, { provider: 'nowhere' }),
        entryFor(fits, { planKey: 'unknown' }),
      ],
    });
    assert.deepEqual({ state, dryRun }, { state: 'done', dryRun: true });
    assert.deepEqual(counts, { waiting: 0, ready: 1, refused: 4, unchanged: 0, imported: 0 });
    assert.deepEqual(
      entries.map(({ problems }) => problems.map(({ reason }) => reason)),
      [['twice'], [], ['not-there'], ['unknown-provider'], ['unknown-plan', 'twice']],
    );
    assert.equal(entries[0]?.credentials, 'work');
    assert.deepEqual(entries[1]?.differences, [
      { what: 'size', expected: 'vc2-1c-1gb', seen: 'vc2-1c-2gb' },
      { what: 'credentials', expected: 'work', seen: 'refused' },
    ]);
    assert.deepEqual(
      await Promise.all(['customers', 'subscriptions', 'instances', 'timeline'].map(counted)),
      before,
    );
    assert.equal(made(), server);
    const { rows } = await tenure.sql.query('select 1 from import_entries where secret is not null');
    assert.equal(rows.length, 0);
  });

  it('is there as a command that reads a table, too', async () => {
    const server = await makeByHand(tenure);
    const file = path.join(tmpdir(), `${server.ref}.csv`);
    const paidUntil = new Date(Date.now() + 86_400_000).toISOString();
    await writeFile(
      file,
      [
        'provider;providerRef;email;name;language;planKey;interval;currency;billing;paidUntil;protocol;username;password',
        `vultr;${server.ref};ada@customer.example;"Ada; Example";de;patient;month;usd;none;${paidUntil};ssh;root;${server.password}`,
        `vultr;missing;ada@customer.example;;de;patient;month;usd;none;${paidUntil};ssh;root;`,
      ].join('\n'),
    );
    const command = (...args: string[]) =>
      promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'api/imports/cli.ts', '--file', file, ...args],
        { env: { ...process.env, TENURE_URL: tenure.api.url, TENURE_API_KEY: API_KEY } },
      ).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
      );
    const dry = await command('--dry-run');
    assert.equal(dry.code, 1, dry.stdout);
    assert.match(dry.stdout, /1 can be taken over, 0 were before, 1 cannot\. Nothing was written\./);
    const done = await command();
    assert.match(done.stdout, new RegExp(`imported {2}vultr ${server.ref} sub_`));
    const again = await command();
    assert.match(again.stdout, /0 taken over, 1 were before, 1 cannot be\./);
    await rm(file);
  });

  it('takes a server over as it is, and makes none; the same again changes nothing', async () => {
    const server = await makeByHand(tenure);
    const before = made();
    const entry = entryFor(server, { password: server.password });
    const first = await runImport(tenure, { entries: [entry] });
    assert.deepEqual([first.entries[0]?.state, first.entries[0]?.problems], ['imported', []]);
    const id = first.entries[0]?.subscriptionId;
    const found = await reach(id, 'active');
    const [instance] = found.instances;
    assert.equal(instance?.providerRef, server.ref);
    assert.equal(instance.state, 'active');
    assert.match(instance.fingerprint ?? '', /^SHA256:/);
    assert.ok(instance.credentialsVerifiedAt);
    assert.deepEqual([found.region, found.amountMinor, found.billing.standing], ['fra', 1_000, 'paid']);
    assert.equal(found.billing.periodEnd, entry.paidUntil);

    const rows = await counted('subscriptions');
    const again = await runImport(tenure, { entries: [entry] });
    assert.deepEqual([again.entries[0]?.state, again.entries[0]?.subscriptionId], ['unchanged', id]);
    assert.equal(await counted('subscriptions'), rows);
    assert.deepEqual(await mailsTo(tenure, entry.customer.email), []);
    const report = await runPass(tenure);
    assert.deepEqual(report.open, {});
    assert.equal(made(), before);
  });

  it('lives on like any other: it is suspended, resumed, and torn down with the right server, once', async () => {
    const [server, neighbour] = [await makeByHand(tenure), await makeByHand(tenure)];
    const before = made();
    const id = await takenOver(server, { password: server.password });
    await ask(id, 'suspend', { reason: 'Abuse report' });
    await eventually('it is halted', async () => (await view(id)).instances[0]?.state === 'stopped');
    await ask(id, 'resume');
    await eventually('it runs', async () => (await view(id)).instances[0]?.state === 'active');
    await reach(id, 'active');
    await ask(id, 'cancel', { when: 'now', reason: 'Asked for by phone' });
    const over = await reach(id, 'torn-down');
    assert.equal(over.instances[0]?.state, 'deleted');
    assert.equal(effects('instance.deleted', server.ref), 1);
    assert.equal(effects('instance.deleted', neighbour.ref), 0);
    const snapshots = readLedger(tenure, 'vultr').filter(
      ({ effect, detail }) => effect === 'snapshot.created' && detail.instance === server.ref,
    );
    assert.equal(snapshots.length, 1);
    const kinds = await tenure.sql.query<{ kind: string }>(
      `select kind from timeline t join subscriptions s on s.id = t.subscription_id where s.id = $1 order by seq`,
      [over.id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')],
    );
    const seen = kinds.rows.map(({ kind }) => kind);
    for (const kind of [
      'imported',
      'suspended',
      'resumed',
      'snapshot-taken',
      'instance-deleted',
      'torn-down',
    ]) {
      assert.ok(seen.includes(kind), `${kind} is not on the timeline`);
    }
    assert.equal(seen.includes('instance-ordered'), false);
    assert.equal(made(), before);
  });

  it('whoever is billed elsewhere ends with the paid period, and nothing is charged here', async () => {
    const server = await makeByHand(tenure);
    const charges = readLedger(tenure, 'stripe').length;
    const id = await takenOver(server, {
      paidUntil: new Date(Date.now() + 86_400_000).toISOString(),
      planKey: 'patient',
    });
    await ask(id, 'cancel', { when: 'period-end', reason: 'Asked for by phone' });
    const waiting = await eventually('the end is noted', async () => {
      const found = await view(id);
      return found.cancelAtPeriodEnd ? found : null;
    });
    assert.equal(waiting.stage, 'active');
    assert.equal(waiting.billing.endsAtPeriodEnd, true);
    await ask(id, 'resume');
    await eventually('it goes on', async () => {
      const found = await view(id);
      return !found.cancelAtPeriodEnd && !found.billing.endsAtPeriodEnd;
    });
    assert.equal(readLedger(tenure, 'stripe').length, charges);
  });

  it('goes on with the payment provider’s subscription at its price, and ends it in the end', async () => {
    const [server, billingRef] = [await makeByHand(tenure), await billByHand(tenure, 800)];
    const checked = await runImport(tenure, {
      dryRun: true,
      entries: [entryFor(server, { billing: { kind: 'stripe', subscription: billingRef } })],
    });
    assert.deepEqual(checked.entries[0]?.differences, [
      { what: 'price', expected: '10.00 USD a month', seen: '8.00 USD a month' },
    ]);
    const id = await takenOver(server, { billing: { kind: 'stripe', subscription: billingRef } });
    const found = await view(id);
    assert.deepEqual(
      [found.amountMinor, found.billing.billingRef, found.billing.standing],
      [800, billingRef, 'paid'],
    );
    const marked = await eventually('it bears our mark', async () =>
      readLedger(tenure, 'stripe').find(
        ({ effect, id: of, detail }) =>
          effect === 'subscription.updated' &&
          of === billingRef &&
          JSON.stringify(detail).includes('tenure_'),
      ),
    );
    assert.ok(marked);
    await ask(id, 'cancel', { when: 'now', reason: 'Asked for by phone' });
    await reach(id, 'torn-down');
    const ended = readLedger(tenure, 'stripe').filter(
      ({ effect, id: of }) => effect === 'subscription.canceled' && of === billingRef,
    );
    assert.equal(ended.length, 1);
    const refunds = readLedger(tenure, 'stripe').filter(({ effect }) => effect.startsWith('refund'));
    assert.deepEqual(refunds, []);
    assert.equal(effects('instance.deleted', server.ref), 1);
  });

  it('refuses a subscription that pays for something else already, and one that is over', async () => {
    const [one, other] = [await makeByHand(tenure), await makeByHand(tenure)];
    const billing = { kind: 'stripe', subscription: await billByHand(tenure) };
    await takenOver(one, { billing });
    const { entries } = await runImport(tenure, { entries: [entryFor(other, { billing })] });
    assert.equal(entries[0]?.state, 'refused');
    assert.ok(entries[0].problems.some(({ reason }) => reason === 'billing-taken'));
    const missing = { kind: 'stripe', subscription: 'sub_missing' };
    const second = await runImport(tenure, { entries: [entryFor(other, { billing: missing })] });
    assert.deepEqual(
      second.entries[0]?.problems.map(({ reason }) => reason),
      ['billing-not-there'],
    );
  });

  it('without a password the credentials stay unknown until somebody tells them', async () => {
    const server = await makeByHand(tenure);
    const id = await takenOver(server);
    await ask(id, 'suspend', { reason: 'Abuse report' });
    await eventually('it is halted', async () => (await view(id)).instances[0]?.state === 'stopped');
    await ask(id, 'resume');
    const running = await reach(id, 'active');
    assert.equal(running.instances[0]?.credentialsVerifiedAt, null);
    const { entries } = await runImport(tenure, {
      entries: [entryFor(server, { password: server.password })],
    });
    assert.equal(entries[0]?.state, 'unchanged');
    assert.ok((await view(id)).instances[0]?.credentialsVerifiedAt);
  });

  it('takes over what the reconciler has found to be nobody’s, and tells the customer when asked to', async () => {
    const server = await makeByHand(tenure, { tags: [`tenure:sub_${'7'.repeat(32)}-1-g1`] });
    await runPass(tenure);
    const [finding] = await findingsOf(tenure, { kind: 'unknown', state: 'open' });
    assert.equal(finding?.ref, server.ref);
    const entry = entryFor({ ref: finding.ref }, { planKey: 'patient' });
    const { entries } = await runImport(tenure, { tellCustomers: true, entries: [entry] });
    assert.equal(entries[0]?.state, 'imported');
    await mailAbout(tenure, entry.customer.email, /looked after by us/);
    assert.deepEqual(await findingsOf(tenure, { kind: 'unknown', state: 'open' }), []);
    const report = await runPass(tenure);
    assert.equal(report.open.unknown, undefined);
    const id = entries[0]?.subscriptionId;
    await reach(id, 'active');
  });

  it('takes over a machine of own hardware that tells no address, and never another one under its id', async () => {
    await proxmox.levers.post('/proxmox/machines', { count: 3, from: 500 });
    const own = { provider: 'proxmox', planKey: 'own', address: '203.0.113.9' };
    const { entries } = await runImport(tenure, {
      entries: [entryFor({ ref: '500' }, own), entryFor({ ref: '501' }, own)],
    });
    assert.deepEqual(
      entries.map(({ state }) => state),
      ['imported', 'imported'],
    );
    assert.ok(entries[0]?.differences.some(({ what, seen }) => what === 'power' && seen === 'stopped'));
    const [first, second] = entries.map(({ subscriptionId }) => subscriptionId);
    const found = await reach(first, 'active');
    assert.deepEqual([found.instances[0]?.address, found.instances[0]?.state], ['203.0.113.9', 'stopped']);
    const missing = await runImport(tenure, {
      entries: [entryFor({ ref: '502' }, { ...own, address: undefined })],
    });
    assert.deepEqual(
      missing.entries[0]?.problems.map(({ reason }) => reason),
      ['unknown-address'],
    );

    await ask(first, 'cancel', { when: 'now', reason: 'no longer needed' });
    await reach(first, 'torn-down');
    const deleted = await proxmox.ledger('instance.deleted');
    assert.deepEqual(
      deleted.map(({ id }) => id),
      ['500'],
    );

    await proxmox.levers.delete('/proxmox/machines/501');
    await proxmox.levers.post('/proxmox/machines', { count: 1, from: 501, config: { name: 'another' } });
    await ask(second, 'cancel', { when: 'now', reason: 'no longer needed' });
    const stuck = await eventually('a person is needed', async () => {
      const now = await view(second);
      return now.attention ? now : null;
    });
    assert.equal(stuck.attention?.reason, 'teardown-failed');
    assert.match(stuck.attention.message, /another server by now/);
    assert.equal((await proxmox.ledger('instance.created')).length, 0);
  });

  it('goes on where it was when the worker dies in the middle', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => makeByHand(tenure)));
    const before = made();
    await axios.post(`${levers}/faults`, { kind: 'delay', delayMs: 400, path: '^/v2/instances/', times: 4 });
    const asked = await askForImport(tenure, {
      entries: servers.map((server) => entryFor(server, { planKey: 'patient' })),
    });
    await eventually('some are looked at', async () => {
      const { rows } = await tenure.sql.query<{ count: number }>(
        `select count(*)::int as count from import_entries where seen is not null and state = 'waiting'`,
      );
      return (rows[0]?.count ?? 0) >= 2;
    });
    await tenure.killWorker();
    await tenure.startWorker();
    const { counts, entries }: ImportDetails = await importDone(tenure, asked);
    assert.equal(counts.imported, 4);
    const ids = entries.map(({ subscriptionId }) => subscriptionId);
    assert.equal(new Set(ids).size, 4);
    for (const id of ids) await reach(id, 'active');
    const { rows } = await tenure.sql.query<{ count: number }>(
      `select count(*)::int as count from instances where adopted_ref = any($1)`,
      [servers.map(({ ref }) => ref)],
    );
    assert.equal(rows[0]?.count, 4);
    assert.equal(made(), before);
  });
});
