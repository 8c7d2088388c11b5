import assert from 'node:assert/strict';
import {
  markedName,
  readMark,
  requestIdOf,
  snapshotName,
} from '../../../activities/hypervisors/contabo/marks.ts';

describe('a mark at Contabo', () => {
  it('is read as it was written, and survives a name that is too long', () => {
    for (const name of ['web-1', '', 'x'.repeat(300), 'tenure:fake']) {
      const text = markedName({ name, key: 'sub_1-1-g1' });
      assert.ok(text.length <= 255);
      assert.equal(readMark(text).key, 'sub_1-1-g1');
    }
    assert.equal(markedName({ name: 'my server', key: null }), 'my server');
    assert.equal(readMark(markedName({ name: 'mine tenure:sub_2-1-g1', key: null })).key, null);
  });

  it('is short enough for the name of a snapshot', () => {
    assert.match(snapshotName('x'.repeat(200)), /^[A-Za-z0-9 -]{1,30}$/);
    assert.notEqual(snapshotName('a'), snapshotName('b'));
  });

  it('leads to the request id of the call that set it, always the same one', () => {
    const id = requestIdOf('instance', 'sub_1-1-g1');
    assert.match(id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    assert.equal(id, requestIdOf('instance', 'sub_1-1-g1'));
    assert.notEqual(id, requestIdOf('snapshot', 'sub_1-1-g1'));
    assert.notEqual(id, requestIdOf('instance', 'sub_1-1-g2'));
  });
});
