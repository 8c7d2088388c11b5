/** What the OpenStack driver makes of answers that its stand-in never gives. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import type { Hypervisor, ProviderInstance } from '../../../activities/hypervisors/port.ts';
import {
  IMAGE,
  ORDER,
  REF,
  type ScriptedOpenStack,
  fault,
  json,
  showing,
  startScriptedOpenStack,
} from './openstack-scripted.ts';

describe('OpenStack’s answers', () => {
  let wire: ScriptedOpenStack;
  let openstack: Hypervisor;

  before(async () => {
    wire = await startScriptedOpenStack();
  });
  beforeEach(() => {
    wire.reset();
    openstack = wire.connect();
  });
  after(() => wire.close());

  const getShowing = (change: Record<string, unknown>): Promise<ProviderInstance | null> => {
    wire.answer = showing(change);
    return openstack.get(REF);
  };

  describe('a server', () => {
    it('is told in Tenure’s words', async () => {
      assert.deepEqual(await getShowing({}), {
        ref: REF,
        key: 'sub_1-1-g1',
        state: 'running',
        address: '192.0.2.7',
        region: 'az-1',
        createdAt: '2026-11-20T10:19:45.000Z',
        name: 'web-1',
        size: 'm1.small',
      });
    });

    for (const [status, task, state] of [
      ['BUILD', 'spawning', 'creating'],
      ['ACTIVE', null, 'running'],
      ['ACTIVE', 'image_snapshot', 'busy'],
      ['ACTIVE', 'powering-off', 'busy'],
      ['SHUTOFF', null, 'stopped'],
      ['SHUTOFF', 'powering-on', 'busy'],
      ['ERROR', null, 'failed'],
      ['REBUILD', 'rebuilding', 'busy'],
      ['RESIZE', 'resize_migrating', 'busy'],
      ['PAUSED', null, 'busy'],
      ['SHELVED_OFFLOADED', null, 'busy'],
      ['MELTING', null, 'busy'],
    ] as const) {
      it(`that is ${status} (${task}) is ${state}`, async () => {
        assert.equal((await getShowing({ status, 'OS-EXT-STS:task_state': task }))?.state, state);
      });
    }

    for (const change of [
      { status: 'DELETED' },
      { status: 'SOFT_DELETED' },
      { status: 'SHUTOFF', 'OS-EXT-STS:task_state': 'deleting' },
    ]) {
      it(`that is ${Object.values(change).join(', ')} is gone`, async () => {
        assert.equal(await getShowing(change), null);
      });
    }

    const at = (addr: string, type = 'fixed'): unknown => ({ addr, 'OS-EXT-IPS:type': type });
    for (const [what, change, expected] of [
      ['no address', { addresses: {} }, null],
      ['a private one alone', { addresses: { net: [at('10.0.0.5')] } }, '10.0.0.5'],
      [
        'a floating one',
        { addresses: { net: [at('10.0.0.5'), at('198.51.100.9', 'floating')] } },
        '198.51.100.9',
      ],
      ['IPv6 first', { addresses: { net: [at('2001:db8::1'), at('192.0.2.9')] } }, '192.0.2.9'],
      ['IPv6 alone', { addresses: { net: [at('2001:db8::1')] } }, '2001:db8::1'],
      ['an access address', { accessIPv4: '203.0.113.1' }, '203.0.113.1'],
      ['a floating one to come', { metadata: { 'tenure:floating-network': 'x' } }, null],
    ] as const) {
      it(`with ${what} is reached at ${expected}`, async () => {
        assert.equal((await getShowing(change))?.address, expected);
      });
    }

    it('is not confirmed in a size that its owner chose', async () => {
      assert.equal((await getShowing({ status: 'VERIFY_RESIZE', tags: [] }))?.state, 'busy');
      assert.ok(!wire.lines().some((line) => line.startsWith('POST /nova')));
    });
  });

  describe('a missing server', () => {
    it('is gone in Nova’s words', async () => {
      wire.answer = fault(404, 'itemNotFound', `Instance ${REF} could not be found.`);
      assert.equal(await openstack.get(REF), null);
      await openstack.delete(REF);
      await rejects(openstack.stop(REF), 'refused', 'not-found');
    });

    for (const body of ['404 Not Found', '<html>404</html>', '{"message":"no such host"}', '']) {
      it(`is not gone when somebody else says 404: ${JSON.stringify(body)}`, async () => {
        wire.answer = { status: 404, body };
        await rejects(openstack.get(REF), 'retryable', 'unexpected-answer');
        await rejects(openstack.delete(REF), 'retryable', 'unexpected-answer');
      });
    }
  });

  describe('a missing snapshot', () => {
    for (const body of [
      JSON.stringify({
        message: `No image found with ID ${IMAGE}<br />`,
        code: '404 Not Found',
        title: 'Not Found',
      }),
      `<html><head><title>404 Not Found</title></head><body>Failed to find image ${IMAGE}</body></html>`,
    ]) {
      it(`is gone in Glance’s words: ${body.slice(0, 20)}…`, async () => {
        wire.answer = { status: 404, body };
        assert.equal(await openstack.getSnapshot(IMAGE), null);
        await openstack.deleteSnapshot(IMAGE);
      });
    }

    for (const [status, state] of [
      ['queued', 'pending'],
      ['saving', 'pending'],
      ['deactivated', 'pending'],
      ['killed', 'failed'],
    ] as const) {
      it(`is ${state} while Glance says ${status}`, async () => {
        wire.answer = json({ id: IMAGE, status, size: null, tenure_key: 'k' });
        const snapshot = await openstack.getSnapshot(IMAGE);
        assert.deepEqual(snapshot, { ref: IMAGE, key: 'k', state, sizeBytes: null });
      });
    }
  });

  it('does not take a list without its items for an inventory', async () => {
    for (const body of [{}, { servers: [{ id: REF }] }]) {
      wire.answer = json(body);
      await rejects(openstack.findByKey('any'), 'retryable', 'unexpected-answer');
    }
  });

  it('takes a marker that vanished for a list that moved', async () => {
    wire.answer = fault(400, 'badRequest', `marker [${REF}] not found`);
    await rejects(openstack.findByKey('any'), 'retryable', 'list-moved');
  });

  it('asks for another kind of console where the cloud has no VNC', async () => {
    wire.answer = fault(400, 'badRequest', 'Unavailable console type novnc.');
    await rejects(openstack.operations.console?.(REF) ?? assert.fail(), 'refused', 'bad-request');
    const kinds = wire.asked
      .filter(({ line }) => line.endsWith('/remote-consoles'))
      .map(({ body }) => (JSON.parse(body) as { remote_console: { type: string } }).remote_console.type);
    assert.deepEqual(kinds, ['novnc', 'spice-html5']);
  });

  it('refuses a key and first-boot data that Nova could not take, before asking', async () => {
    await rejects(openstack.create({ ...ORDER, key: 'k'.repeat(60) }), 'refused', 'bad-request');
    await rejects(openstack.create({ ...ORDER, userData: 'x'.repeat(60_000) }), 'refused', 'bad-request');
    assert.deepEqual(wire.asked, []);
  });

  it('tells an unlimited quota by no figure', async () => {
    const absolute = {
      maxTotalCores: -1,
      totalCoresUsed: 3,
      maxTotalRAMSize: 51_200,
      totalRAMUsed: 512,
      maxTotalInstances: 10,
      totalInstancesUsed: 1,
    };
    wire.answer = json({ limits: { absolute, rate: [] } });
    const [part] = await openstack.capacity();
    assert.deepEqual(part?.cpus, { used: 3, total: null });
    assert.deepEqual(part.instances, { used: 1, total: 10 });
  });
});
