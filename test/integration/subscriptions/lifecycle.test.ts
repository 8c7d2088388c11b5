import assert from 'node:assert/strict';
import { trySsh } from '../../../activities/access/ssh.ts';
import { effectsOf } from '../../chaos/oracle.ts';
import { buy, credentialTokens, mailAbout, mailsTo, reach, reveal, viewOrder } from '../../harness/buyer.ts';
import { startTenure, type Tenure } from '../../harness/tenure.ts';

describe('from checkout to working server, on real parts', function () {
  this.timeout(60_000);
  let tenure: Tenure;
  before(async function () {
    this.timeout(120_000);
    tenure = await startTenure({ name: 'lifecycle' });
  });

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
    const kinds = (await viewOrder(tenure, order)).timeline.map(({ kind }) => kind);
    for (const kind of ['order-received', 'payment-received', 'instance-ordered', 'instance-ready', 'credentials-verified', 'activated']) {
      assert.ok(kinds.includes(kind as never), `${kind} is missing in ${kinds.join(', ')}`);
    }
    assert.equal((await mailsTo(tenure, order.email)).length, 2);
  });
});
