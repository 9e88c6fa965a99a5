import assert from 'node:assert/strict';
import { newsMarks } from '../../../src/views/tree/newsMarks.ts';

describe('The marks of news in rows', () => {
  it('stay the same from visit to visit where there is no news', () => {
    assert.equal(newsMarks([], 1), newsMarks([], 2));
  });

  it('are others when another model is news, or since another time', () => {
    const marks = newsMarks(['a/b'], 1);
    assert.equal(marks, newsMarks(['a/b'], 1));
    for (const other of [newsMarks([], 1), newsMarks(['a/b'], 2), newsMarks(['a/b', 'c/d'], 1)]) {
      assert.notEqual(marks, other);
    }
  });
});
