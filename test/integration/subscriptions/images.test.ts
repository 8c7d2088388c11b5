import assert from 'node:assert/strict';
import path from 'node:path';
import axios from 'axios';
import { runOverSsh } from '../../../activities/access/ssh.ts';
import type { LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';
import { toEdgeId } from '../../../schemas/ids.ts';
import {
  buy,
  credentialTokens,
  eventually,
  mailAbout,
  type Order,
  reach,
  reachAttention,
  reveal,
  viewOrder,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';

describe('servers whose images say when they are ready, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  before(async function () {
    this.timeout(120_000);
    const catalogFile = path.join(import.meta.dirname, 'images.catalog.yaml');
    tenure = await startTenure({ name: 'images', catalogFile });
  });

  const lever = (): string => new URL('/__sandbox', tenure.vultr.url).href;
  const trouble = async (wish: Record<string, unknown>): Promise<void> => {
    const { status } = await axios.post(`${lever()}/guests/first-boot`, wish);
    assert.equal(status, 204);
  };
  const ledger = async (effect: string): Promise<LedgerEntry[]> =>
    (await axios.get<{ entries: LedgerEntry[] }>(`${lever()}/ledger`, { params: { effect } })).data.entries;
  const timeline = async (order: Order): Promise<string[]> =>
    (await viewOrder(tenure, order)).timeline.map(({ kind }) => kind);
  /** What the guests of an order said, by the answers that they got. */
  const reports = async (order: Order): Promise<unknown[]> => {
    const { rows } = await tenure.sql.query<{ provider_ref: string }>(
      'select provider_ref from instances where subscription_id = $1',
      [order.id],
    );
    const refs = rows.map((row) => row.provider_ref);
    return (await ledger('guest.first-boot-reported'))
      .filter(({ id }) => refs.includes(id))
      .map(({ detail }) => detail['answers']);
  };

  it('hands an AI workspace over when its first boot has reported and all its services answer', async () => {
    await trouble({ kind: 'late-services', delayMs: 1_500 });
    const order = await buy(tenure, { planKey: 'workspace' });
    await eventually('the first boot has reported', async () =>
      (await timeline(order)).includes('first-boot-finished'),
    );
    assert.ok(!(await timeline(order)).includes('services-answered'));
    await reach(tenure, order, 'active');
    const steps = ['instance-ready', 'first-boot-finished', 'services-answered', 'credentials-verified'];
    assert.deepEqual(
      (await timeline(order)).filter((kind) => steps.includes(kind)),
      steps,
    );
    assert.deepEqual(await reports(order), [[204]]);

    const [token = ''] = credentialTokens(await mailAbout(tenure, order.email, /is ready/i));
    const login = { ...(await reveal(tenure, token)), timeoutMs: 5_000 };
    const qdrant = await runOverSsh(login, 'curl -fsS http://127.0.0.1:6333/readyz');
    assert.equal(qdrant.exitCode, 0);
    // Nothing of it is public.
    await assert.rejects(axios.get(`http://${login.address}:6333/readyz`), { code: 'ECONNREFUSED' });
  });

  it('asks what is public from outside, and waits for no report that nobody wants', async () => {
    const order = await buy(tenure, { planKey: 'web' });
    const { instances } = await reach(tenure, order, 'active');
    assert.equal((await axios.get(`http://${instances[0]?.address}:28080/`)).status, 200);
    assert.ok(!(await timeline(order)).includes('first-boot-finished'));
    assert.ok((await timeline(order)).includes('services-answered'));
  });

  it('hears of a Windows server, too', async () => {
    const order = await buy(tenure, { planKey: 'desktop' });
    await reach(tenure, order, 'active');
    assert.ok((await timeline(order)).includes('first-boot-finished'));
    assert.deepEqual(await reports(order), [[204]]);
  });

  it('gives up at once when the first boot says that it failed, and tells staff why, without secrets', async () => {
    const log = 'Pulling n8n\nPASSWORD=hunter2-hunter2\nE: no space left on device';
    await trouble({ kind: 'fails', failure: { stage: '30-containers', log } });
    const order = await buy(tenure, { planKey: 'workspace' });
    const { attention } = await reachAttention(tenure, order);
    assert.equal(attention?.reason, 'provisioning-failed');
    assert.match(
      attention?.message ?? '',
      /failed at 30-containers\. Its log ends: .*no space left on device/s,
    );
    assert.doesNotMatch(attention?.message ?? '', /hunter2/);
    const mail = await mailAbout(tenure, 'staff@test-hosting.example', /.*/);
    assert.doesNotMatch(mail.text, /hunter2/);
    // The customer reads no log.
    assert.doesNotMatch(JSON.stringify(await viewOrder(tenure, order)), /no space left/);

    await tenure.staff.post(`/v1/subscriptions/${order.subscriptionId}/retry`, {});
    await reach(tenure, order, 'active');
    assert.equal((await reports(order)).length, 2);
  });

  it('gives up on a first boot that says nothing, or says it with a token that is not its own', async () => {
    await trouble({ kind: 'silent' });
    await trouble({ kind: 'wrong-token' });
    const orders = await Promise.all([buy(tenure, { planKey: 'quick' }), buy(tenure, { planKey: 'quick' })]);
    for (const order of orders) {
      const { attention } = await reachAttention(tenure, order);
      assert.match(attention?.message ?? '', /has not reported in time/);
    }
    const told = (await Promise.all(orders.map(reports))).flat();
    assert.deepEqual(told, [[404]]);
  });

  it('takes one of two reports that come at once', async () => {
    await trouble({ kind: 'twice' });
    const order = await buy(tenure, { planKey: 'workspace' });
    await reach(tenure, order, 'active');
    const [answers] = (await reports(order)) as [number[]];
    assert.deepEqual(answers.sort(), [204, 404]);
    const { rows } = await tenure.sql.query<{ id: string }>(
      'select id from instances where subscription_id = $1',
      [order.id],
    );
    const audit = await tenure.sql.query(
      `select 1 from audit_events where action = 'instance.first-boot-finished' and subject_id = $1`,
      [toEdgeId('instance', rows[0]?.id ?? '')],
    );
    assert.equal(audit.rowCount, 1);
  });

  it('goes on after a killed worker with what was reported meanwhile', async () => {
    await trouble({ kind: 'late', delayMs: 1_000 });
    const order = await buy(tenure, { planKey: 'workspace' });
    await eventually('it runs', async () => (await timeline(order)).includes('instance-ready'));
    await tenure.killWorker();
    await eventually('the first boot has reported', async () => (await reports(order)).length === 1);
    await tenure.startWorker();
    await reach(tenure, order, 'active');
    assert.deepEqual(await reports(order), [[204]]);
    assert.ok((await timeline(order)).includes('first-boot-finished'));
    const { rows } = await tenure.sql.query('select 1 from instances where subscription_id = $1', [order.id]);
    assert.equal(rows.length, 1);
  });
});
