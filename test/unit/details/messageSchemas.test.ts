import assert from 'node:assert/strict';
import { buildDetailsView } from '../../../src/views/details/detailsView.ts';
import {
  readHostMessage,
  readPageMessage,
  readPageState,
} from '../../../src/views/details/messageSchemas.ts';
import { download, entry, OLDER, onMachine } from './localSamples.ts';
import { jan, plainWording, subject } from './samples.ts';

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
    for (const type of [
      ...['ready', 'openOnHub', 'copyId', 'retry', 'showImages'],
      ...['setToken', 'toggleFavourite'],
    ]) {
      assert.deepEqual(readPageMessage({ type, more: 1 }), { type });
    }
    const command = { type: 'copyCommand', variant: 'Q8_0', command: 'ollama' };
    assert.deepEqual(readPageMessage({ ...command, text: 'rm -rf /' }), command);
    const link = { type: 'openLink', href: 'https://jan.ai' };
    assert.deepEqual(readPageMessage(link), link);
  });

  it('reads what the page asks of this machine', () => {
    for (const type of ['download', 'pause', 'resume', 'cancel'] as const) {
      const message = { type, what: 'folder/Jan-v1-4B-Q4_K_M' };
      assert.deepEqual(readPageMessage({ ...message, more: 1 }), message);
      for (const what of [undefined, '', 7, 'x'.repeat(10_000)]) {
        assert.equal(readPageMessage({ type, what }), undefined);
      }
    }
  });

  it('rejects what the page would never say', () => {
    const bad = [
      { type: 'remove', what: 'x' },
      { type: 'openLink' },
      { type: 'openLink', href: '' },
      { type: 'openLink', href: 7 },
      { type: 'openLink', href: 'x'.repeat(10_000) },
      { type: 'copySha256', sha256: 'rm -rf /' },
      { type: 'copySha256', sha256: 'AB'.repeat(32) },
      { type: 'show', view: {} },
      { type: 'copyCommand', variant: 'Q8_0', command: 'rm -rf /' },
      { type: 'copyCommand', command: 'jan' },
      { type: 'openInLmStudio' },
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

  it('reads a view with all that can be on this machine, and checks each part of it', () => {
    const changed = [{ path: 'a.gguf', installedSize: 1, publishedSize: 2 }];
    const outdated = entry({
      from: { model: jan.id, variant: 'Jan-v1-4B-Q8_0', revision: OLDER },
      update: { revision: 'x', changed, bytes: 2 },
      problem: 'Its file is gone.',
    });
    const local = { downloads: [download()], installed: [entry(), outdated] };
    const view = buildDetailsView(onMachine(local), plainWording);
    assert.deepEqual(readHostMessage({ type: 'show', view }), { type: 'show', view });
    assertAllChecked('states', view.states[0]!);
    assertAllChecked('installed', view.installed[0]!);

    function assertAllChecked(field: 'states' | 'installed', line: object): void {
      for (const key of Object.keys(line)) {
        const broken = { ...view, [field]: [{ ...line, [key]: 7 }] };
        assert.equal(readHostMessage({ type: 'show', view: broken }), undefined, key);
      }
    }
  });

  it('reads the state that a page left, and nothing that is none', () => {
    const old = { id: 'janhq/Jan-v1-4B-GGUF', scroll: 120.5, images: true };
    assert.deepEqual(readPageState(old), { ...old, open: [], choice: {} });
    const state = { ...old, open: ['files Q8_0'], choice: { variant: 'Q8_0', context: 4_096 } };
    assert.deepEqual(readPageState(state), state);
    const bad = [
      { ...state, id: 'no-owner' },
      { ...state, id: 'a/b/c' },
      { ...state, id: 'a /b' },
      { ...state, scroll: -1 },
      { ...state, scroll: Number.NaN },
      { ...state, images: 'yes' },
      { id: state.id },
      { ...state, open: [7] },
      { ...state, choice: { context: -1 } },
    ];
    for (const data of bad) assert.equal(readPageState(data), undefined, JSON.stringify(data));
  });
});
