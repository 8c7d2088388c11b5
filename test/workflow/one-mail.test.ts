import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createMessenger } from '../../api/temporal/client.ts';
import { businessKey, mailWorkflowId, toEdgeId } from '../../schemas/ids.ts';
import type { MailRequest } from '../../schemas/mail/request.ts';
import { sharedHouse } from './grounds.ts';
import { keepHistories } from './histories.ts';
import type { House } from './house.ts';
import { fails, scriptOf, type Script } from './script.ts';

describe('a mail beside any story', () => {
  let house: House;
  let request: MailRequest;
  let script: Script;
  before(async function () {
    house = await sharedHouse(this);
  });
  beforeEach(() => {
    const subscriptionId = randomUUID();
    const key = businessKey(
      toEdgeId('subscription', subscriptionId),
      'late-payment',
      'pi_1',
      'mail',
      'refunded',
    );
    request = {
      tenantId: randomUUID(),
      subscriptionId,
      key,
      template: 'refunded',
      facts: { amountMinor: 900 },
    };
    script = scriptOf(request.tenantId);
  });
  afterEach(async function () {
    await keepHistories(this.currentTest, [{ handle: handle() }]);
    script.unplan();
  });

  const handle = () => house.client.workflow.getHandle(mailWorkflowId(request.key));
  const send = (): Promise<void> => createMessenger(house.client).sendMail(request);

  it('is sent once, however often it is asked for', async () => {
    await Promise.all([send(), send()]);
    assert.equal(await handle().result(), 'sent');
    await send();
    assert.equal(script.count('sendMail'), 1);
    assert.deepEqual(script.world.mails, [request]);
  });

  it('arrives when the mail server was down for three days', async () => {
    script.plan('sendMail', fails('retryable', 'connection-refused'), { times: Infinity });
    await send();
    await script.until('it is tried', () => script.count('sendMail') > 0);
    await house.pass('3 days');
    assert.deepEqual(script.world.mails, []);
    script.unplan();
    await house.pass('1 hour');
    assert.equal(await handle().result(), 'sent');
  });

  it('goes on the record when it cannot be delivered for good', async () => {
    script.plan('sendMail', fails('refused', 'no-such-user'));
    await send();
    assert.equal(await handle().result(), 'undeliverable');
    assert.deepEqual(script.world.undeliverable, [request.key]);
  });
});
