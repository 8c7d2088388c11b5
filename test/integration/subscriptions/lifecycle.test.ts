import assert from 'node:assert/strict';
import axios from 'axios';
import { trySsh } from '../../../activities/access/ssh.ts';
import { effectsOf } from '../../chaos/oracle.ts';
import {
  buy,
  CARDS,
  credentialTokens,
  eventually,
  mailAbout,
  mailsTo,
  pay,
  placeOrder,
  reach,
  reachAttention,
  reveal,
  viewOrder,
  viewSubscription,
  type Order,
} from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';

describe('a subscription’s life, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  before(async function () {
    this.timeout(120_000);
    tenure = await startTenure({ name: 'lifecycle' });
  });
  afterEach(async () => {
    await axios.delete(`${tenure.vultr.url.replace('/v2', '')}/__sandbox/faults`);
    tenure.stripe.faults.clear();
  });

  const ask = async (order: Order, update: string, body: object = {}): Promise<void> => {
    const { status, data } = await tenure.staff.post<unknown>(
      `/v1/subscriptions/${order.subscriptionId}/${update}`,
      body,
    );
    assert.equal(status, 200, JSON.stringify(data));
  };
  const lever = async (path: string, body: object = {}): Promise<void> => {
    await axios.post(`${tenure.stripe.url}/__sandbox/stripe${path}`, body);
  };
  const breakVultr = async (rule: object): Promise<void> => {
    await axios.post(`${tenure.vultr.url.replace('/v2', '')}/__sandbox/faults`, rule);
  };

  it('hands over a server whose credentials work, by a link that opens once', async () => {
    const order = await buy(tenure);
    await reach(tenure, order, 'active');
    const mail = await mailAbout(tenure, order.email, /ready/i);
    const [token = ''] = credentialTokens(mail);
    const credentials = await reveal(tenure, token);
    const { address, port, username, password, fingerprint } = credentials;
    const proof = await trySsh({ address, port, username, password, timeoutMs: 5_000 });
    assert.equal(proof.hostKeyFingerprint, fingerprint);
    assert.ok(!mail.text.includes(password) && !mail.html.includes(password));
    const again = await tenure.http.post(`/v1/credentials/${token}/reveal`, {});
    assert.equal(again.status, 410);
    const effects = effectsOf(tenure, order);
    assert.equal(effects.created, 1);
    assert.equal(effects.chargedMinor, 1500);
    const kinds = (await viewOrder(tenure, order)).timeline.map(({ kind }) => String(kind));
    for (const kind of [
      'order-received',
      'payment-received',
      'instance-ordered',
      'instance-ready',
      'credentials-verified',
    ]) {
      assert.ok(kinds.includes(kind), `${kind} is missing in ${kinds.join(', ')}`);
    }
    assert.equal((await mailsTo(tenure, order.email)).length, 2);
  });

  it('makes three servers for a quantity of three, each with its own working credentials', async () => {
    const order = await buy(tenure, { quantity: 3 });
    const view = await reach(tenure, order, 'active');
    assert.equal(view.instances.length, 3);
    assert.equal(effectsOf(tenure, order).live, 3);
    const tokens = credentialTokens(await mailAbout(tenure, order.email, /ready/i));
    const all = await Promise.all(tokens.map((token) => reveal(tenure, token)));
    assert.equal(new Set(all.map(({ password }) => password)).size, 3);
    for (const login of all) await trySsh({ ...login, timeoutMs: 5_000 });
  });

  it('proves a Windows desktop by its RDP handshake', async () => {
    const order = await buy(tenure, { planKey: 'desktop' });
    const view = await reach(tenure, order, 'active');
    assert.match(view.instances[0]?.fingerprint ?? '', /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('sends the password inline only where the plan says so', async () => {
    const order = await buy(tenure, { planKey: 'inline', language: 'de' });
    await reach(tenure, order, 'active');
    const mail = await eventually('the mail with the password', async () =>
      (await mailsTo(tenure, order.email)).find(({ text }) => /Passwort/.test(text)),
    );
    assert.equal(credentialTokens(mail).length, 0);
    const { headers } = mail;
    assert.ok(headers.some(({ name, value }) => /content-language/i.test(name) && value === 'de'));
  });

  it('does nothing for a declined card', async () => {
    const order = await placeOrder(tenure);
    assert.equal(await pay(order, CARDS.declined), 402);
    const view = await viewOrder(tenure, order);
    assert.equal(view.stage, 'awaiting-payment');
    assert.equal(effectsOf(tenure, order).created, 0);
    assert.equal(await pay(order), 303);
    await reach(tenure, order, 'active');
  });

  it('ends at once when asked, keeps the data for the grace period, and leaves nothing behind', async () => {
    const order = await buy(tenure, { quantity: 2 });
    await reach(tenure, order, 'active');
    await ask(order, 'cancel', { when: 'now', reason: 'no longer needed' });
    const ended = await reach(tenure, order, 'cancelling');
    assert.ok(ended.instances.every(({ state }) => state !== 'deleted'));
    const gone = await reach(tenure, order, 'torn-down');
    assert.equal(gone.billing.standing, 'ended');
    assert.ok(gone.instances.every(({ state }) => state === 'deleted'));
    assert.equal(effectsOf(tenure, order).live, 0);
    assert.equal(effectsOf(tenure, order).chargedMinor, 2 * 1500);
    await eventually('the last snapshots expire', async () => effectsOf(tenure, order).snapshotsLeft === 0);
    await mailAbout(tenure, order.email, /deleted/i);
  });

  it('comes back within the grace period, with the same server and billing', async () => {
    const order = await buy(tenure, { planKey: 'patient' });
    const before = await reach(tenure, order, 'active');
    await ask(order, 'cancel', { when: 'now', reason: 'a mistake' });
    await eventually('the grace period begins', async () => {
      const view = await viewSubscription(tenure, order);
      return view.stage === 'cancelling' && view.dueAt !== null && view.instances[0]?.state === 'stopped';
    });
    await ask(order, 'resume');
    const back = await reach(tenure, order, 'active');
    assert.equal(back.instances[0]?.providerRef, before.instances[0]?.providerRef);
    assert.equal(back.billing.standing, 'paid');
    assert.equal(back.billing.endsAtPeriodEnd, false);
    const tokens = credentialTokens(await mailAbout(tenure, order.email, /ready/i));
    await trySsh({ ...(await reveal(tenure, tokens[0] ?? '')), timeoutMs: 5_000 });
  });

  it('suspends for want of payment and comes back with the payment', async () => {
    const order = await buy(tenure, {}, CARDS.failsLater);
    const { billing } = await reach(tenure, order, 'active');
    await lever(`/subscriptions/${billing.billingRef ?? ''}/renew`);
    await eventually('the server is halted', async () => {
      const view = await viewSubscription(tenure, order);
      return view.stage === 'suspended' && view.instances[0]?.state === 'stopped';
    });
    await lever(`/subscriptions/${billing.billingRef ?? ''}/pay`, { outcome: 'succeeds' });
    await reach(tenure, order, 'active');
    await mailAbout(tenure, order.email, /payment/i);
  });

  it('ends a subscription that is never paid, after all its periods of grace', async () => {
    const order = await buy(tenure, {}, CARDS.failsLater);
    const { billing } = await reach(tenure, order, 'active');
    await lever(`/subscriptions/${billing.billingRef ?? ''}/renew`);
    await reach(tenure, order, 'torn-down');
    assert.equal(effectsOf(tenure, order).live, 0);
  });

  it('undoes everything when one of three servers cannot be made, and a retry makes all three', async () => {
    await breakVultr({
      method: 'POST',
      path: '^/v2/instances$',
      kind: 'status',
      status: 400,
      skip: 2,
      times: 1,
    });
    const order = await buy(tenure, { quantity: 3 });
    const view = await reachAttention(tenure, order);
    assert.equal(view.attention?.reason, 'provisioning-failed');
    assert.equal(effectsOf(tenure, order).live, 0);
    await mailAbout(tenure, order.email, /could not|problem|fail/i);
    await mailAbout(tenure, tenure.config.STAFF_EMAIL, new RegExp('attention', 'i'));
    await ask(order, 'retry');
    await reach(tenure, order, 'active');
    assert.equal(effectsOf(tenure, order).live, 3);
  });

  it('gives the money back when the customer prefers that', async () => {
    await breakVultr({ method: 'POST', path: '^/v2/instances$', kind: 'status', status: 400 });
    const order = await buy(tenure);
    await reachAttention(tenure, order);
    const { status } = await tenure.http.post(`/v1/orders/${order.orderToken}/actions/refund`, {});
    assert.equal(status, 200);
    await reach(tenure, order, 'torn-down');
    const effects = effectsOf(tenure, order);
    assert.equal(effects.refundedMinor, effects.chargedMinor);
    assert.equal(effects.live, 0);
  });

  it('changes the credentials: the old ones stop working, the new ones arrive by a new link', async () => {
    const order = await buy(tenure);
    await reach(tenure, order, 'active');
    const [first = ''] = credentialTokens(await mailAbout(tenure, order.email, /ready/i));
    const old = await reveal(tenure, first);
    await ask(order, 'rotate-credentials');
    const mail = await mailAbout(tenure, order.email, /new|credentials have/i);
    const renewed = await reveal(tenure, credentialTokens(mail)[0] ?? '');
    assert.notEqual(renewed.password, old.password);
    await trySsh({ ...renewed, timeoutMs: 5_000 });
    await assert.rejects(trySsh({ ...old, timeoutMs: 5_000 }));
  });

  it('refuses what is not possible now, with the next step, and changes nothing', async () => {
    const order = await buy(tenure);
    await reach(tenure, order, 'active');
    const { status, data } = await tenure.staff.post<{ reason: string; nextStep: string }>(
      `/v1/subscriptions/${order.subscriptionId}/resume`,
      {},
    );
    assert.equal(status, 409);
    assert.equal(data.reason, 'nothing-to-resume');
    assert.ok(data.nextStep.length > 5);
    assert.equal((await viewSubscription(tenure, order)).stage, 'active');
  });

  it('cancels during provisioning: nothing is left and the money is back', async () => {
    await breakVultr({
      method: 'GET',
      path: '^/v2/instances/[^/]+$',
      kind: 'status',
      status: 500,
      // Not many more than it takes for the cancellation to arrive: the removal looks at the server, too.
      times: 4,
    });
    const order = await buy(tenure);
    await eventually('the server is ordered', async () => effectsOf(tenure, order).created === 1);
    await ask(order, 'cancel', { when: 'now', reason: 'changed my mind' });
    await reach(tenure, order, 'torn-down');
    const effects = effectsOf(tenure, order);
    assert.equal(effects.live, 0);
    assert.equal(effects.refundedMinor, effects.chargedMinor);
  });
});
