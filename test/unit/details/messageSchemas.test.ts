import assert from 'node:assert/strict';
import { buildDetailsView } from '../../../src/views/details/detailsView.ts';
import {
  readHostMessage,
  readPageMessage,
  readPageState,
} from '../../../src/views/details/messageSchemas.ts';
import { plainWording, subject } from './samples.ts';

describe('messages of the details page', () => {
  const junk = [undefined, null, 0, '', 'ready', [], {}, { type: 'x' }, { type: null }, new Map()];

  it('rejects junk at both ends', () => {
    for (const data of junk) {
      assert.equal(readPageMessage(data), undefined);
      assert.equal(readHostMessage(data), undefined);
      assert.equal(readPageState(data), undefined);
    }
  });

  it('reads what the page says', () => {
    for (const type of ['ready', 'openOnHub', 'copyId', 'retry', 'showImages'] as const) {
      assert.deepEqual(readPageMessage({ type, more: 1 }), { type });
    }
    const link = { type: 'openLink', href: 'https://jan.ai' };
    assert.deepEqual(readPageMessage(link), link);
  });

  it('rejects what the page would never say', () => {
    const bad = [
      { type: 'openLink' },
      { type: 'openLink', href: '' },
      { type: 'openLink', href: 7 },
      { type: 'openLink', href: 'x'.repeat(10_000) },
      { type: 'copySha256', sha256: 'rm -rf /' },
      { type: 'copySha256', sha256: 'AB'.repeat(32) },
      { type: 'show', view: {} },
    ];
    for (const data of bad) assert.equal(readPageMessage(data), undefined, JSON.stringify(data));
  });

  it('rejects a view that lacks something or holds something else', () => {
    const view = buildDetailsView(subject(), plainWording);
    assert.deepEqual(readHostMessage({ type: 'show', view }), { type: 'show', view });
    for (const key of Object.keys(view)) {
      if (key === 'description') continue;
      assert.equal(readHostMessage({ type: 'show', view: { ...view, [key]: 7 } }), undefined, key);
      assert.equal(
        readHostMessage({ type: 'show', view: { ...view, [key]: undefined } }),
        undefined,
      );
    }
  });

  it('reads the state that a page left, and nothing that is none', () => {
    const state = { id: 'janhq/Jan-v1-4B-GGUF', scroll: 120.5, images: true };
    assert.deepEqual(readPageState(state), state);
    const bad = [
      { ...state, id: 'no-owner' },
      { ...state, id: 'a/b/c' },
      { ...state, id: 'a /b' },
      { ...state, scroll: -1 },
      { ...state, scroll: Number.NaN },
      { ...state, images: 'yes' },
      { id: state.id },
    ];
    for (const data of bad) assert.equal(readPageState(data), undefined, JSON.stringify(data));
  });
});
