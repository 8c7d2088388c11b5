/** What the Contabo driver makes of answers that its stand-in never gives. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import type { Hypervisor, ProviderInstance } from '../../../activities/hypervisors/port.ts';
import {
  INSTANCE,
  ORDER,
  REF,
  type ScriptedContabo,
  answerOf,
  error,
  one,
  page,
  rejects,
  startScriptedContabo,
} from './contabo-scripted.ts';

describe('Contabo’s answers', () => {
  let wire: ScriptedContabo;
  let contabo: Hypervisor;

  before(async () => {
    wire = await startScriptedContabo();
  });
  beforeEach(() => {
    wire.reset();
    contabo = wire.connect();
  });
  after(() => wire.close());

  const getShowing = async (change: {
    [field in keyof typeof INSTANCE]?: unknown;
  }): Promise<ProviderInstance | null> => {
    wire.answers = [one({ ...INSTANCE, ...change })];
    return contabo.get(REF);
  };

  describe('an instance', () => {
    it('is told in Tenure’s words', async () => {
      assert.deepEqual(await getShowing({}), {
        ref: REF,
        key: 'sub_1-1-g1',
        state: 'running',
        address: '192.0.2.7',
        region: 'EU',
        createdAt: '2024-12-02T10:19:45.000Z',
        name: 'web-1',
        size: 'V92',
      });
    });

    it('that is not ours has no key, and bears Contabo’s name unless it has another', async () => {
      const instance = await getShowing({ displayName: '', createdDate: 'yesterday', productId: null });
      assert.equal(instance?.key, null);
      assert.equal(instance.name, 'vmi202000001');
      assert.equal(instance.createdAt, null);
      assert.equal(instance.size, null);
      assert.equal((await getShowing({ displayName: 'tenure:old shop' }))?.key, null);
    });

    for (const ipConfig of [null, {}, { v4: null }, { v4: { ip: '' } }, { v4: { ip: '0.0.0.0' } }]) {
      it(`with the addresses ${JSON.stringify(ipConfig)} has none`, async () => {
        assert.equal((await getShowing({ ipConfig }))?.address, null);
      });
    }

    for (const [status, state] of [
      ['provisioning', 'creating'],
      ['manual_provisioning', 'creating'],
      ['installing', 'creating'],
      ['running', 'running'],
      ['stopped', 'stopped'],
      ['error', 'failed'],
      ['product_not_available', 'failed'],
      ['rescue', 'busy'],
      ['reset_password', 'busy'],
      ['uninstalled', 'busy'],
      ['unknown', 'busy'],
      ['other', 'busy'],
      ['melting', 'busy'],
    ] as const) {
      it(`that is ${status} is ${state}`, async () => {
        assert.equal((await getShowing({ status }))?.state, state);
      });
    }

    for (const cancelDate of [null, '', undefined]) {
      it(`with the cancelDate ${JSON.stringify(cancelDate)} is there`, async () => {
        assert.notEqual(await getShowing({ cancelDate }), null);
      });
    }

    it('that is cancelled is gone, even while it waits for a payment', async () => {
      assert.equal(await getShowing({ cancelDate: '2026-12-02' }), null);
      assert.equal(await getShowing({ cancelDate: '2026-12-02', status: 'pending_payment' }), null);
    });

    it('has all its addresses', async () => {
      wire.answers = [one(INSTANCE)];
      const all = await contabo.operations.addresses?.(REF);
      assert.deepEqual(
        all?.map(({ address }) => address),
        ['192.0.2.7', '2001:db8::7', '192.0.2.8'],
      );
    });
  });

  describe('a missing instance', () => {
    it('is gone when Contabo looked for it', async () => {
      wire.answers = [error(404, 'Instance with instanceId 202000001 not found')];
      assert.equal(await contabo.get(REF), null);
      await contabo.delete(REF);
      await rejects(contabo.stop(REF), 'refused', 'not-found');
    });

    for (const answer of [
      error(404, 'Cannot GET /compute/instances/202000001'),
      { status: 404, body: '<html>Not Found</html>' },
      answerOf(404, { error: 'Realm does not exist' }),
    ]) {
      it(`is not gone when another server says ${answer.body}`, async () => {
        wire.answers = [answer];
        const { details } = await rejects(contabo.get(REF), 'retryable', 'unexpected-answer');
        assert.match(details.nextStep ?? '', /CONTABO_API_BASE/);
        await rejects(contabo.delete(REF), 'retryable', 'unexpected-answer');
      });
    }
  });

  describe('a refused order', () => {
    for (const [answer, kind, reason] of [
      [error(400, ['productId must be longer than or equal to 1 characters']), 'refused', 'bad-request'],
      [error(400, 'productId V92 is not available in region EU'), 'refused', 'region-sold-out'],
      [
        error(402, 'Request refused as it requires additional payed service.'),
        'needs-a-human',
        'payment-needed',
      ],
      [error(402, 'The limit of 2 snapshots is reached'), 'needs-a-human', 'quota-full'],
      [error(403, 'Maximum number of instances'), 'needs-a-human', 'quota-full'],
      [error(403, 'Forbidden resource'), 'needs-a-human', 'key-refused'],
      [error(409, 'Conflict'), 'refused', 'bad-request'],
      [error(429, 'Rate limit reached'), 'throttled', 'rate-limited'],
      [error(500, 'Internal Server Error'), 'retryable', 'answer-lost'],
      [{ status: 503, body: 'upstream' }, 'retryable', 'answer-lost'],
      [{ status: 201, body: 'thanks' }, 'retryable', 'answer-lost'],
      [answerOf(201, { data: [] }), 'retryable', 'answer-lost'],
    ] as const) {
      it(`with ${answer.status} ${answer.body} is ${kind}: ${reason}`, async () => {
        wire.answers = [answer];
        await rejects(contabo.create(ORDER), kind, reason);
        assert.equal(wire.asked.length, 1);
      });
    }
  });

  it('a conflict over an instance means that Contabo is doing something else with it', async () => {
    wire.answers = [one(INSTANCE), error(409, 'Instance is in status installing')];
    await rejects(contabo.start(REF), 'retryable', 'locked');
  });

  describe('a list', () => {
    it('without its pagination is not a list', async () => {
      wire.answers = [answerOf(200, { data: [INSTANCE] })];
      await rejects(contabo.findByKey('x'), 'retryable', 'unexpected-answer');
    });

    it('that gives the same page for ever is a failure', async () => {
      wire.answers = [page([INSTANCE], 3)];
      await rejects(contabo.findByKey('x'), 'retryable', 'unexpected-answer');
    });

    it('that lost items while it was read proves nothing', async () => {
      const first = answerOf(200, {
        data: [INSTANCE],
        _pagination: { page: 1, size: 1, totalElements: 3, totalPages: 2 },
      });
      wire.answers = [first, page([{ ...INSTANCE, instanceId: 2 }], 2, 2)];
      await rejects(contabo.findByKey('x'), 'retryable', 'list-moved');
    });

    it('of audits that knows nothing of the request finds nothing, and neither does one for another', async () => {
      wire.answers = [page([]), error(404, 'No results')];
      assert.deepEqual(await contabo.findByKey('x'), []);
      const foreign = { id: 1, action: 'CREATED', requestId: 'another', instanceId: 1 };
      wire.answers = [page([]), page([foreign])];
      assert.deepEqual(await contabo.findByKey('x'), []);
    });
  });

  it('a reference of another form is refused before anything is sent', async () => {
    for (const wrong of ['', '0', '1a', '1/2', '-1', '99999999999999999999']) {
      await rejects(contabo.get(wrong), 'refused', 'bad-ref');
      await rejects(contabo.getSnapshot(`${wrong}:snap1`), 'refused', 'bad-ref');
    }
    await rejects(contabo.getSnapshot('1:../2'), 'refused', 'bad-ref');
    assert.deepEqual([wire.asked, wire.signIns], [[], []]);
  });
});
