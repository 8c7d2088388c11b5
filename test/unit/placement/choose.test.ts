import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Candidate, choosePlacement, type Obstacle } from '../../../activities/placement/choose.ts';
import { PlacementPolicy } from '../../../schemas/catalog/placement.ts';

const candidate = (provider: string, more: Partial<Candidate> = {}): Candidate => ({
  provider,
  obstacle: null,
  placed: 0,
  siblings: 0,
  ...more,
});
const policy = (given: object = {}): PlacementPolicy => PlacementPolicy.parse(given);
const eightyTwenty = policy({ strategy: 'weights', weights: { own: 80, cloud: 20 } });

describe('placement', () => {
  it('takes the first that can, and says whom it passed over and why', () => {
    const decision = choosePlacement(policy(), [
      candidate('own', { obstacle: 'draining' }),
      candidate('cloud'),
      candidate('other'),
    ]);
    assert.deepEqual(decision, {
      provider: 'cloud',
      reason: 'cloud: the first of the plan’s providers that can take it. Passed over: own is being drained.',
    });
  });

  it('says that nobody can, with every reason', () => {
    const { provider, reason } = choosePlacement(policy(), [
      candidate('own', { obstacle: 'full' }),
      candidate('cloud', { obstacle: 'failing' }),
    ]);
    assert.equal(provider, null);
    assert.equal(reason, 'No provider can take it. Passed over: own has no room; cloud is failing just now.');
  });

  it('takes the cheapest, those of unknown cost last', () => {
    const cheapest = policy({ strategy: 'cheapest', costsMinor: { cloud: 500, own: 300 } });
    const all = [candidate('new'), candidate('cloud'), candidate('own')];
    assert.equal(choosePlacement(cheapest, all).provider, 'own');
    assert.match(choosePlacement(cheapest, all).reason, /the cheapest, at 300 a month/);
    assert.equal(choosePlacement(cheapest, [candidate('new'), candidate('cloud')]).provider, 'cloud');
  });

  it('keeps a subscription’s servers together or apart where that is possible', () => {
    const all = [candidate('own'), candidate('cloud', { siblings: 1 })];
    assert.equal(choosePlacement(policy({ affinity: 'together' }), all).provider, 'cloud');
    assert.equal(choosePlacement(policy({ affinity: 'apart' }), all.toReversed()).provider, 'own');
    const onlyWithSiblings = [candidate('cloud', { siblings: 2 })];
    assert.equal(choosePlacement(policy({ affinity: 'apart' }), onlyWithSiblings).provider, 'cloud');
  });

  it('lets a provider without a share take what overflows, and nothing else', () => {
    const all = (obstacle: Obstacle | null): Candidate[] => [
      candidate('own', { obstacle, placed: 10 }),
      candidate('spare'),
    ];
    const weighted = policy({ strategy: 'weights', weights: { own: 1 } });
    assert.equal(choosePlacement(weighted, all(null)).provider, 'own');
    assert.equal(choosePlacement(weighted, all('full')).provider, 'spare');
  });

  it('keeps 80 : 20 within one instance, however many are placed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
        const placed = { own: 0, cloud: 0 };
        for (let index = 0; index < count; index += 1) {
          const { provider } = choosePlacement(eightyTwenty, [
            candidate('own', { placed: placed.own }),
            candidate('cloud', { placed: placed.cloud }),
          ]);
          placed[provider as keyof typeof placed] += 1;
        }
        assert.ok(Math.abs(placed.own - count * 0.8) <= 1, `${placed.own} of ${count}`);
      }),
    );
  });

  it('never takes one that cannot, and always one that can, by any policy', () => {
    const anyObstacle = fc.constantFrom<Obstacle | null>(null, 'full', 'draining', 'failing', 'tried');
    const anyCandidate = fc.record({
      provider: fc.constantFrom('a', 'b', 'c', 'd'),
      obstacle: anyObstacle,
      placed: fc.nat(1_000),
      siblings: fc.nat(3),
    });
    const anyPolicy = fc.record({
      strategy: fc.constantFrom('order', 'weights', 'cheapest'),
      weights: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(1_000)),
      affinity: fc.constantFrom('none', 'together', 'apart'),
    });
    fc.assert(
      fc.property(
        anyPolicy,
        fc.uniqueArray(anyCandidate, { selector: ({ provider }) => provider, maxLength: 4 }),
        (given, candidates) => {
          const { provider } = choosePlacement(policy(given), candidates);
          const able: string[] = candidates
            .filter(({ obstacle }) => obstacle === null)
            .map((one) => one.provider);
          if (able.length === 0) assert.equal(provider, null);
          else assert.ok(able.includes(provider ?? ''));
        },
      ),
    );
  });
});
