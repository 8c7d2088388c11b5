import assert from 'node:assert/strict';
import { nameOfKey } from '../../../activities/hypervisors/kubevirt/names.ts';
import { amountOf } from '../../../activities/hypervisors/kubevirt/quantity.ts';

describe('the driver of KubeVirt', () => {
  it('names things so that a key has one name, and two keys never the same', () => {
    const key = 'sub_018F_aB-1-g1';
    assert.equal(nameOfKey(key), nameOfKey(key));
    assert.match(nameOfKey(key), /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/);
    assert.match(nameOfKey(`${'x'.repeat(300)}_`), /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/);
    const keys = ['a-b', 'a_b', 'A-b', 'a--b', '', '_'];
    assert.equal(new Set(keys.map(nameOfKey)).size, keys.length);
  });

  it('reads quantities', () => {
    const seen = ['1', '500m', '2Gi', '1.5G', '1e3', '128974848', 'x', '1 Gi'].map(amountOf);
    assert.deepEqual(seen, [1, 0.5, 2 ** 31, 1.5e9, 1_000, 128_974_848, null, null]);
  });
});
