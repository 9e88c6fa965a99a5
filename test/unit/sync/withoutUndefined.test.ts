import assert from 'node:assert/strict';
import { withoutUndefined } from '../../../src/sync/withoutUndefined.ts';

describe('An object without what is undefined', () => {
  it('keeps everything else, be it nothing', () => {
    const kept = withoutUndefined({ a: undefined, b: null, c: 0, d: '', e: false, f: [undefined] });
    assert.deepEqual(kept, { b: null, c: 0, d: '', e: false, f: [undefined] });
    assert.ok(!('a' in kept));
    assert.deepEqual(withoutUndefined({}), {});
  });
});
