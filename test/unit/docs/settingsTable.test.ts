import assert from 'node:assert/strict';
import { withSettings } from '../../../scripts/docs/settingsTable.ts';

const HEADINGS = ['setting', 'default', 'meaning'] as const;
const README = 'Before\n\n<!-- settings -->\nold\n<!-- /settings -->\n\nAfter\n';
const TEXTS = {
  a: 'Says $1 | two.',
  b: 'See `#modelHub.a.b#`.\n\nMore.',
  x: 'The X.',
  y: 'The Y.',
};

describe('The table of settings', () => {
  it('holds each setting in its order, in place of what was there', () => {
    const settings = {
      'modelHub.second': {
        ...{ default: 'x', order: 2, markdownDescription: '%b%' },
        ...{ enum: ['x', 'y'], enumDescriptions: ['%x%', '%y%'] },
      },
      'modelHub.first': { default: [], order: 1, markdownDescription: '%a%' },
    };
    const lines = withSettings(README, settings, TEXTS, HEADINGS).split('\n');
    assert.deepEqual(lines, [
      ...['Before', '', '<!-- settings -->', ''],
      '| setting | default | meaning |',
      '| --- | --- | --- |',
      '| `modelHub.first` | `[]` | Says $1 \\| two. |',
      '| `modelHub.second` | `"x"` | See `modelHub.a.b`. More. `x`: The X. `y`: The Y. |',
      ...['', '<!-- /settings -->', '', 'After', ''],
    ]);
  });

  it('is not made without a place for it, or without words', () => {
    const setting = { default: 1, markdownDescription: '%missing%' };
    assert.throws(() => withSettings('', {}, TEXTS, HEADINGS), /<!-- settings -->/);
    assert.throws(() => withSettings(README, { s: setting }, TEXTS, HEADINGS), /has no words/);
  });
});
