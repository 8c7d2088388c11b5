import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { Client, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, type Payload } from '@temporalio/common';
import { createMessenger } from '../../api/temporal/client.ts';
import { createSecretBox } from '../../schemas/crypto/secret-box.ts';
import { createDataConverter } from '../../schemas/data-converter.ts';
import { LIFECYCLE_QUEUE } from '../../schemas/queues.ts';
import { createWorkerDataConverter } from '../../workers/tolerant-codec.ts';
import { openHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

const NAMESPACE = 'encrypted';
const KEY = { id: 'test', key: randomBytes(32) };

describe('messages that nobody can read', () => {
  const box = createSecretBox([KEY]);
  let house: House;
  before(async function () {
    house = await openHouse(this, NAMESPACE, {
      client: createDataConverter(box),
      worker: createWorkerDataConverter(box),
    });
  });
  afterEach(function () {
    return house.tidy(this.currentTest, { keep: false });
  });
  after(() => house.close());

  /** Says something with a converter of its own. */
  function stranger(keyId: string): Client {
    const dataConverter = createDataConverter(createSecretBox([{ id: keyId, key: randomBytes(32) }]));
    return new Client({ connection: house.client.connection, namespace: NAMESPACE, dataConverter });
  }
  const plain = (): Client => new Client({ connection: house.client.connection, namespace: NAMESPACE });

  async function signalRaw({ handle }: Story, payloads: Payload[]): Promise<void> {
    await house.client.workflowService.signalWorkflowExecution({
      namespace: NAMESPACE,
      workflowExecution: { workflowId: handle.workflowId },
      signalName: 'billing-changed',
      input: { payloads },
    });
  }

  it('hide nothing from those who can: encrypted, everything works', async () => {
    const story = await house.order({ quantity: 2 });
    await story.goesLive();
    const history = JSON.stringify(await story.handle.fetchHistory());
    assert.ok(!history.includes(Buffer.from(story.input.customerId).toString('base64').slice(0, 20)));
    await story.insist('suspend', { reason: 'abuse' });
    await story.reaches('suspended');
    const answer = await story.ask('suspend');
    assert.equal(answer.outcome === 'rejected' && answer.reason, 'already-suspended');
  });

  const told = [
    ['encrypted with a key that nobody has', 'unknown'],
    ['damaged on the way', KEY.id],
  ] as const;
  for (const [how, keyId] of told) {
    it(`(${how}) make us look at the payment provider, and are no longer in the way`, async () => {
      const story = await house.order();
      await story.goesLive();
      story.billingUnheard('past-due');
      await stranger(keyId)
        .workflow.getHandle(story.handle.workflowId)
        .signal('billing-changed', { version: 9 });
      await story.reaches('past-due');
      assert.equal(story.script.count('refreshBilling'), 1);
      await story.billing('paid');
      await story.reaches('active');
      assert.equal(await story.handle.query('messages-seen'), 3);
    });
  }

  const shapes: [string, Payload[]][] = [
    ['nothing', []],
    ['no object', [json('"nonsense"')]],
    ['another object', [json('{"version":"3","standing":"rich"}')]],
    ['no JSON', [json('{"version":')]],
    ['an unknown encoding', [{ metadata: { encoding: Buffer.from('x/y') }, data: Buffer.from('?') }]],
  ];
  for (const [what, payloads] of shapes) {
    it(`(${what}) make us look, and change nothing if nothing has changed`, async () => {
      const story = await house.order();
      await story.goesLive();
      await signalRaw(story, payloads);
      await story.script.until('it looks', () => story.script.count('refreshBilling') === 1);
      await story.pass('1 day');
      assert.equal((await story.status()).stage, 'active');
      assert.equal(story.script.count('refreshBilling'), 1);
    });
  }

  it('are heard as well before the first payment and while a person is awaited', async () => {
    const story = await house.order({ quantity: 1 });
    story.billingUnheard('paid');
    story.script.plan('createInstance', fails('refused', 'sold-out'));
    await signalRaw(story, [json('"nonsense"')]);
    await story.needs('provisioning-failed');
    story.billingUnheard('ended');
    await signalRaw(story, [json('"nonsense"')]);
    await story.ends();
    assert.equal(story.world.refunds.length, 1);
  });

  it('that ask for something are refused', async () => {
    const story = await house.order();
    await story.goesLive();
    const { subscriptionId } = story.input;
    const by = { kind: 'staff', id: 'key_test' } as const;
    for (const client of [stranger('unknown'), stranger(KEY.id)]) {
      const messenger = createMessenger(client);
      // The answer, too, is encrypted with a key that the stranger does not have: look at the subscription.
      await messenger
        .update(subscriptionId, 'suspend', randomUUID(), { by, reason: 'x' })
        .catch(() => undefined);
    }
    const misshapen = await createMessenger(house.client).update(
      subscriptionId,
      'suspend',
      randomUUID(),
      {} as never,
    );
    assert.equal(misshapen.outcome === 'rejected' && misshapen.reason, 'unreadable');
    assert.equal((await story.status()).stage, 'active');
    await story.insist('suspend', { reason: 'abuse' });
  });

  it('as an order that can never be read fail its workflow, where everybody sees it', async () => {
    for (const [client, input] of [
      [stranger(KEY.id), { subscriptionId: randomUUID() }],
      [plain(), { subscriptionId: 7 }],
      [plain(), 'nonsense'],
    ] as const) {
      const handle = await client.workflow.start('subscription', {
        workflowId: `subscription/${randomUUID()}`,
        taskQueue: LIFECYCLE_QUEUE,
        args: [input],
      });
      await assert.rejects(house.client.workflow.getHandle(handle.workflowId).result(), (error) => {
        assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
        assert.match(error.cause.message, /order could not be read/);
        return true;
      });
    }
  });
});

function json(text: string): Payload {
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(text) };
}
