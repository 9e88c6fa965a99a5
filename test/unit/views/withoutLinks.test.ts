import assert from 'node:assert/strict';
import { withoutLinks } from '../../../src/views/withoutLinks.ts';

/** What the editor makes a link of in a notification: text in brackets, and an address behind it. */
const LINK = /\[[^\]]+\]\([^)]+\)/;

describe('A message', () => {
  it('has no links, whoever wrote a part of it', () => {
    for (const text of [
      'This is no model: [Open](command:workbench.action.quit)',
      '[a](b)[c](https://example.com "d")',
    ]) {
      assert.match(text, LINK);
      assert.doesNotMatch(withoutLinks(text), LINK);
    }
  });

  it('stays as it is otherwise', () => {
    const text = 'Jan (0.7) has [two] models. (Start it.)';
    assert.equal(withoutLinks(text), text);
  });
});
