import assert from 'node:assert/strict';
import path from 'node:path';
import axios from 'axios';
import { tryWeb } from '../../../activities/access/web.ts';
import { buy, credentialTokens, mailAbout, reach, reveal, viewOrder } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';
import { type CoolifyUnderTest, startCoolifyUnderTest } from '../hypervisors/coolify-under-test.ts';

describe('selling an application on the web, on real parts', function () {
  this.timeout(60_000);
  let coolify: CoolifyUnderTest;
  let tenure: Tenure;
  before(async function () {
    this.timeout(120_000);
    coolify = await startCoolifyUnderTest('service');
    const catalogFile = path.join(import.meta.dirname, 'web-application.catalog.yaml');
    tenure = await startTenure({ name: 'web-application', catalogFile, env: coolify.env });
  });
  after(() => coolify.close());

  it('hands over an address where the credentials work, and takes it away in the end', async () => {
    const order = await buy(tenure, { planKey: 'bot' });
    const view = await reach(tenure, order, 'active');
    const mail = await mailAbout(tenure, order.email, /your application is ready/i);
    const [token = ''] = credentialTokens(mail);
    const { address, port, protocol, username, password, fingerprint } = await reveal(tenure, token);
    assert.deepEqual(
      { protocol, username, fingerprint },
      { protocol: 'web', username: 'keeper', fingerprint: null },
    );
    assert.equal(view.instances[0]?.address, address);
    assert.ok(mail.text.includes(address) && !mail.text.includes(password));
    await tryWeb({
      address,
      port,
      username,
      password,
      path: '/',
      status: 200,
      signIn: 'basic',
      timeoutMs: 5_000,
    });
    assert.ok(!(await viewOrder(tenure, order)).actions.includes('rotate-credentials'));

    const wish = { when: 'now', reason: 'no longer needed' };
    const asked = await tenure.staff.post<unknown>(`/v1/subscriptions/${order.subscriptionId}/cancel`, wish);
    assert.equal(asked.status, 200, JSON.stringify(asked.data));
    await reach(tenure, order, 'torn-down');
    assert.equal((await coolify.ledger('instance.deleted')).length, 1);
    await assert.rejects(axios.get(address));
  });
});
