import assert from 'node:assert/strict';
import type { LocalTemporal } from '../../workers/local/temporal.ts';
import { newTemporal, type Part } from '../harness/stack.ts';
import { openHouseAt } from './grounds.ts';
import type { House } from './house.ts';
import { PLAN } from './plans-model.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

/** Events after which this server wants a fresh history; stock is 4,096. */
const EVENTS = 200;
const DAY_MS = 86_400_000;

/** Only a renewal that never comes waits it out. */
const RENEWAL_LIMIT_MS = 25_000;

describe('a long life', () => {
  let server: Part<LocalTemporal>;
  let house: House;
  before(async function () {
    this.timeout(120_000);
    server = await newTemporal('renewals', { 'limit.historyCount.suggestContinueAsNew': EVENTS });
    house = await openHouseAt(server.current.address);
  });
  afterEach(function () {
    return house.tidy(this.currentTest);
  });
  after(async () => {
    await house.close();
    await server.current.stop();
  });

  /** Stale messages until the history was renewed. */
  async function untilRenewed(story: Story): Promise<void> {
    const { runId } = await story.handle.describe();
    const giveUpAt = Date.now() + RENEWAL_LIMIT_MS;
    while (Date.now() < giveUpAt) {
      await Promise.all(
        Array.from({ length: 20 }, () => story.tell({ standing: 'unpaid', version: 0, periodEnd: null })),
      );
      // A flood without a pause would keep the server from closing the run.
      await story.handle.query('messages-seen');
      const now = await story.handle.describe();
      if (now.runId !== runId) return;
    }
    assert.fail('The history was not renewed.');
  }

  it('goes on in a fresh history, with all that is known', async () => {
    const story = await house.order({ quantity: 2 });
    await story.goesLive();
    const before = await story.status();
    await untilRenewed(story);
    assert.deepEqual(await story.status(), before);
    assert.ok((await story.historyLength()) < EVENTS);
    const { typedSearchAttributes } = await story.handle.describe();
    const shown = typedSearchAttributes
      .getAll()
      .map(({ key, value }): [string, unknown] => [key.name, value]);
    assert.deepEqual(Object.fromEntries(shown.filter(([name]) => name.startsWith('Tenure'))), {
      TenureTenant: `ten_${story.input.tenantId.replaceAll('-', '')}`,
      TenureCustomer: `cus_${story.input.customerId.replaceAll('-', '')}`,
      TenureStage: 'active',
      TenureProvider: 'lab',
      TenurePlan: 'linux-vps',
    });
    await story.insist('suspend');
    await story.script.until('they are halted', ({ servers }) =>
      servers.every(({ power }) => power === 'off'),
    );
    assert.equal(new Set(story.world.progress.map(({ key }) => key)).size, story.world.progress.length);
  });

  it('waits on for a person, and a retry makes the servers anew', async () => {
    const story = await house.order();
    story.script.plan('createInstance', fails('refused', 'sold-out'));
    await story.billing('paid');
    await story.script.until('the customer is told', () => story.mails().includes('provisioning-failed'));
    const before = await story.status();
    await untilRenewed(story);
    assert.deepEqual(await story.status(), before);
    assert.equal(story.mails().filter((one) => one === 'staff-attention').length, 1);
    await story.insist('retry');
    await story.reaches('active');
    assert.equal(story.world.servers.find(({ power }) => power === 'on')?.generation, 2);
  });

  it('remembers what a retry has to repeat', async () => {
    const story = await house.order();
    await story.goesLive();
    story.script.plan('endAtPeriodEnd', fails('needs-a-human', 'bad-key'));
    await story.insist('cancel', { when: 'period-end' });
    await story.needs('billing-failed');
    await story.script.until('staff are told', () => story.mails().includes('staff-attention'));
    await untilRenewed(story);
    await story.insist('retry');
    await story.script.until('billing ends', ({ charging }) => charging === 'ends');
  });

  it('keeps the date of what is due while suspended', async () => {
    const overdue = { suspendAfterDays: 0, cancelAfterDays: 4_000 / DAY_MS };
    const story = await house.order({ terms: { overdue } });
    await story.goesLive();
    await story.billing('past-due');
    await story.script.until('it is told', () => story.mails().includes('suspended'));
    const { dueAt } = await story.status();
    await untilRenewed(story);
    const renewed = await story.status();
    assert.deepEqual([renewed.stage, renewed.dueAt], ['suspended', dueAt]);
    await story.reaches('cancelling');
    const endedAt = Date.now();
    assert.ok(endedAt >= Date.parse(dueAt ?? ''), 'not too soon');
  });

  it('keeps a change of plan that waits, and the terms of the plan that it was changed to', async () => {
    const story = await house.order();
    await story.goesLive();
    await story.billing('paid', new Date(Date.now() + 6_000).toISOString());
    await story.insist('change-plan', { planKey: 'linux-s', planVersion: 1 });
    await story.script.until('it is planned', () => story.mails().includes('plan-change-scheduled'));
    await untilRenewed(story);
    assert.equal(story.world.plans.plan, PLAN);
    await story.script.until('it is changed', () => story.mails().includes('plan-changed'));
    assert.equal(story.world.servers[0]?.size, 'plan-s');
    await untilRenewed(story);
    await story.insist('cancel', { when: 'now' });
    await story.script.until('it has ended', () => story.mails().includes('cancelled'));
    const graceMs = Date.parse((await story.status()).dueAt ?? '') - Date.now();
    assert.equal(Math.round(graceMs / DAY_MS), 3, 'as the new plan promises');
  });

  it('is not renewed while a mail is under way', async () => {
    const story = await house.order();
    await story.goesLive();
    const held = story.script.hold('sendMail');
    await story.insist('rotate-credentials');
    await held.arrived;
    const { runId } = await story.handle.describe();
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(
        Array.from({ length: 20 }, () => story.tell({ standing: 'unpaid', version: 0, periodEnd: null })),
      );
    }
    assert.ok((await story.historyLength()) > EVENTS);
    assert.equal((await story.handle.describe()).runId, runId);
    held.letGo();
    await untilRenewed(story);
    assert.equal(story.mails().at(-1), 'credentials-rotated');
  });

  it('is not renewed under an operation, and does what is queued in the fresh history', async () => {
    const story = await house.order();
    await story.goesLive();
    const { runId } = await story.handle.describe();
    const held = story.script.hold('performOperation');
    const first = await story.operate('reboot');
    await held.arrived;
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(
        Array.from({ length: 20 }, () => story.tell({ standing: 'unpaid', version: 0, periodEnd: null })),
      );
    }
    assert.equal((await story.handle.describe()).runId, runId);
    const second = await story.operate('rename');
    held.letGo();
    assert.equal(await story.outcomeOf(first.operationId), null);
    assert.equal(await story.outcomeOf(second.operationId), null);
    assert.notEqual((await story.handle.describe()).runId, runId);
    assert.deepEqual(story.world.servers[0]?.operations, ['reboot', 'rename']);
    await story.insist('suspend');
    await story.script.until('it is halted', ({ servers }) => servers[0]?.power === 'off');
  });

  it('loses no request that comes while the history is being renewed', async () => {
    const story = await house.order();
    await story.goesLive();
    const runs = new Set<string>();
    for (let round = 0; round < 10; round += 1) {
      const [update, mail] =
        round % 2 === 0 ? (['suspend', 'suspended'] as const) : (['resume', 'resumed'] as const);
      const mails = story.mails().filter((template) => template === mail).length;
      const flood = Array.from({ length: 40 }, () =>
        story.tell({ standing: 'unpaid', version: 0, periodEnd: null }),
      );
      const [, answer] = await Promise.all([Promise.all(flood), story.ask(update)]);
      assert.equal(answer.outcome, 'done');
      await story.script.until(
        mail,
        () => story.mails().filter((template) => template === mail).length > mails,
      );
      runs.add((await story.handle.describe()).runId);
    }
    assert.ok(runs.size >= 3, `renewed ${runs.size - 1} times`);
    assert.equal(story.script.count('stopInstance'), 5);
    assert.equal(story.script.count('startInstance'), 5);
  });
});
