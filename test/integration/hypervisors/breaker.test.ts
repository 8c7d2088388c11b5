import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BreakerState,
  type GuardedHypervisor,
  withBreaker,
} from '../../../activities/hypervisors/breaker.ts';
import { operationOf } from '../../../activities/hypervisors/port.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import { startVultrUnderTest, type VultrUnderTest } from './vultr-under-test.ts';

const OPEN_MS = 300;

describe('a provider’s circuit breaker', function () {
  this.timeout(30_000);
  let provider: VultrUnderTest;
  let hypervisor: GuardedHypervisor;
  let states: BreakerState[] = [];

  before(async () => {
    provider = await startVultrUnderTest();
  });
  beforeEach(() => {
    states = [];
    hypervisor = withBreaker(provider.connect(), {
      windowMs: 5_000,
      callsPerSecond: 1,
      openMs: OPEN_MS,
      onChange: (state) => states.push(state),
    });
  });
  afterEach(() => provider.calm());
  after(() => provider.close());

  /** The reason why a look at an instance failed, or `null`. */
  const look = (): Promise<string | null> =>
    hypervisor.get(provider.unknownRef).then(
      () => null,
      (error: unknown) => (error instanceof TenureFailure ? error.details.reason : String(error)),
    );
  const fail = async (times: number): Promise<void> => {
    await provider.disturb('get', 'error-before', { times: 1_000 });
    for (let call = 0; call < times; call += 1) await look();
  };

  it('opens when calls go on failing, and then makes none, whatever is asked', async () => {
    await fail(20);
    assert.equal(hypervisor.breakerState(), 'open');
    assert.equal(await look(), 'provider-failing');
    await assert.rejects(hypervisor.list()[Symbol.asyncIterator]().next(), /left alone/);
    await assert.rejects(operationOf(hypervisor, 'reboot')(provider.unknownRef), /left alone/);
    assert.deepEqual(states, ['open']);
  });

  it('tries one call after a while, and closes when that works', async () => {
    await fail(20);
    await provider.calm();
    await sleep(OPEN_MS + 50);
    assert.equal(await look(), null);
    assert.equal(hypervisor.breakerState(), 'closed');
    assert.deepEqual(states, ['open', 'half-open', 'closed']);
  });

  it('opens again when that one fails', async () => {
    await fail(20);
    await sleep(OPEN_MS + 50);
    assert.equal(await look(), 'server-error');
    assert.equal(await look(), 'provider-failing');
    assert.deepEqual(states, ['open', 'half-open', 'open']);
  });

  it('stays closed over refusals, throttling and what is not there', async () => {
    await provider.disturb('get', 'throttle', { times: 15 });
    for (let call = 0; call < 30; call += 1) await look();
    await assert.rejects(hypervisor.delete(''), /is not an id/);
    assert.equal(hypervisor.breakerState(), 'closed');
    assert.deepEqual(states, []);
  });
});
