import assert from 'node:assert/strict';
import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Hypervisor, ProviderInstance } from '../../../activities/hypervisors/port.ts';
import { resizeOnce } from '../../../activities/instances/resize.ts';
import type { InstanceRows } from '../../../activities/instances/rows.ts';
import type { Instance } from '../../../schemas/db/entities/instance.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

type Seen = Pick<ProviderInstance, 'state' | 'size'>;

const TARGET = { tenantId: 't', instanceId: 'i', planId: 'p', key: 'k' };

/** A provider that shows these looks one after the other, the last one for ever; and the row of its server. */
function scene(looks: Seen[], row: Partial<Instance> = {}, lacks: string | null = null) {
  const calls: string[] = [];
  const saved: Partial<Instance>[] = [];
  const hypervisor = {
    name: 'lab',
    pollMs: 1,
    capabilities: { lacks: lacks === null ? {} : { resize: { en: lacks, de: lacks } } },
    sizeOf: (plan: Record<string, unknown>) => String(plan.size),
    get: async () => ({ ref: 'r', address: '192.0.2.1', ...(looks.length > 1 ? looks.shift() : looks[0]) }),
    start: async () => void calls.push('start'),
    operations: lacks === null ? { resize: async () => void calls.push('resize') } : {},
  } as unknown as Hypervisor;
  const rows = {
    load: async () => ({ id: 'i', region: 'fra', providerRef: 'r', state: 'active', ...row }),
    termsOf: async () => ({ providers: { lab: { size: 'large' } } }),
    save: async (_target: unknown, facts: Partial<Instance>) => void saved.push(facts),
  } as unknown as InstanceRows;
  const run = (): Promise<void> =>
    new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() =>
      resizeOnce({ rows, hypervisor }, TARGET),
    );
  return { calls, saved, run };
}

const small = (state: Seen['state']): Seen => ({ state, size: 'small' });
const large = (state: Seen['state']): Seen => ({ state, size: 'large' });

describe('resizing an instance', () => {
  it('orders it once and waits until the provider is through', async () => {
    const { calls, saved, run } = scene([
      small('running'),
      small('running'),
      small('busy'),
      large('busy'),
      large('running'),
    ]);
    await run();
    assert.deepEqual(calls, ['resize']);
    assert.deepEqual(saved, [{ address: '192.0.2.1' }]);
  });

  it('asks for nothing where it has that size, as after a crash', async () => {
    const { calls, run } = scene([large('busy'), large('running')]);
    await run();
    assert.deepEqual(calls, []);
  });

  it('starts what the resizing left off, and leaves off what was off', async () => {
    const left = scene([small('running'), large('stopped'), large('stopped'), large('running')]);
    await left.run();
    assert.deepEqual(left.calls, ['resize', 'start']);
    const off = scene([small('stopped'), large('stopped')], { state: 'stopped' });
    await off.run();
    assert.deepEqual(off.calls, ['resize']);
  });

  it('says so when the provider goes back to the old size by itself', async () => {
    const { run } = scene([small('running'), small('busy'), small('running')]);
    await assert.rejects(
      run(),
      (error) => error instanceof TenureFailure && error.details.reason === 'resize-given-up',
    );
  });

  it('is refused in the driver’s words where the provider cannot', async () => {
    const { run } = scene([small('running')], {}, 'Order another one.');
    await assert.rejects(
      run(),
      (error) =>
        error instanceof TenureFailure &&
        error.details.reason === 'unsupported' &&
        error.details.nextStep === 'Order another one.',
    );
  });
});
