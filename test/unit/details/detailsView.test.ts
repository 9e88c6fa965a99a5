import assert from 'node:assert/strict';
import type { Model, ModelDetails } from '../../../src/sync/model.ts';
import type { DetailsState } from '../../../src/views/details/detailsLoader.ts';
import { buildDetailsView } from '../../../src/views/details/detailsView.ts';
import type { DetailsSubject } from '../../../src/views/details/detailsSubject.ts';
import type { DetailsView } from '../../../src/views/details/messages.ts';
import { readHostMessage } from '../../../src/views/details/messageSchemas.ts';
import { file, jan, NOW, plainWording, SHA, subject } from './samples.ts';

const HASH = 'ab'.repeat(32);
const view = (changes?: Partial<DetailsSubject>): DetailsView =>
  buildDetailsView(subject(changes), plainWording);
const done = (details: Partial<ModelDetails>, more: Partial<DetailsState> = {}): DetailsState => ({
  phase: 'done',
  revision: SHA,
  details: { files: [], fetchedAt: NOW - 60_000, ...details },
  ...more,
});
const facts = (changes: Partial<Model>): Record<string, string> =>
  Object.fromEntries(
    view({ model: { ...jan, ...changes } }).facts.map(({ name, text }) => [name, text]),
  );
const notices = (changes: Partial<DetailsSubject>): string =>
  view(changes)
    .notices.map(({ text, actions = [] }) => `${text} [${actions.join(' ')}]`)
    .join('\n');

describe('details view', () => {
  it('is a message that the page understands, whatever is known', () => {
    const bare = { id: 'a/b', author: 'a', name: 'b', sources: [], published: false };
    const subjects: Partial<DetailsSubject>[] = [
      {},
      { model: bare, id: 'a/b' },
      { model: undefined, id: 'odd' },
      { details: { phase: 'failed', failure: 'Offline.' } },
      { details: done({ files: [file('m-Q8_0.gguf', 5, HASH)], readme: '# x' }), images: true },
    ];
    for (const each of subjects) {
      const message = { type: 'show', view: view(each) };
      assert.deepEqual(readHostMessage(JSON.parse(JSON.stringify(message))), message);
    }
  });

  it('says what is known and leaves out what is not', () => {
    const all = facts({});
    assert.equal(all['Status'], 'Published');
    assert.equal(all['Access'], 'Open');
    assert.equal(all['License'], 'apache-2.0');
    assert.equal(all['Context'], '32,768 tokens');
    assert.equal(all['Tools'], 'Yes');
    assert.equal(all['Architecture'], undefined);
    assert.equal(facts({ takesTools: false })['Tools'], 'No');
    assert.equal(facts({ published: false })['Status'], 'No longer published');
    assert.equal(facts({ gated: 'auto' })['Access'], 'Gated');
    assert.equal(facts({ gated: 'auto', private: true })['Access'], 'Private');
  });

  it('shows the sizes of the catalogue until the file tree is there', () => {
    const { rows, caption } = view().variants;
    assert.equal(rows[0]?.size.text, '≈ 2400 B');
    assert.match(rows[0].size.title ?? '', /estimate/);
    assert.match(caption, /on their way.*≈ are estimates/);
  });

  it('shows exact sizes and hashes of the file tree', () => {
    const files = [
      file('Jan-v1-4B-Q8_0.gguf', 4000, HASH),
      file('Jan-v1-4B-Q4_K_M-00001-of-00002.gguf', 1000, HASH),
      file('Jan-v1-4B-Q4_K_M-00002-of-00002.gguf', 500, 'no hash'),
      file('mmproj-F16.gguf', 70),
      file('README.md', 10),
    ];
    const { rows, caption } = view({ details: done({ files }) }).variants;
    assert.deepEqual(
      rows.map(({ label, size, fileCount, projector }) => [
        label,
        size.text,
        size.title,
        fileCount,
        projector?.path,
      ]),
      [
        ['Q4_K_M', '1500 B', 'Exactly 1,500 bytes', '2 files', 'mmproj-F16.gguf'],
        ['Q8_0', '4000 B', 'Exactly 4,000 bytes', '1 file', 'mmproj-F16.gguf'],
      ],
    );
    assert.equal(rows[1]?.files[0]?.sha256?.value, HASH);
    assert.equal(rows[0]?.files[1]?.sha256, undefined);
    assert.match(caption, /commit 0123456/);
  });

  it('falls back to the catalogue if the tree holds no model files', () => {
    const { rows } = view({ details: done({ files: [file('README.md', 10)] }) }).variants;
    assert.equal(rows[0]?.size.text, '≈ 2400 B');
  });

  it('does not pass sizes of an older revision off as exact, but keeps its README', () => {
    const details = { files: [file('Jan-v1-4B-Q4_K_M.gguf', 1)], readme: 'old' };
    const shown = view({ details: done(details, { phase: 'loading', revision: 'older' }) });
    assert.equal(shown.variants.rows[0]?.size.text, '≈ 2400 B');
    assert.equal(shown.readme.markdown, 'old');
    assert.equal(shown.readme.linkBase, `https://hub.example/${jan.id}/blob/older/`);
  });

  it('says so if nothing is known of the files', () => {
    const model = { ...jan, variants: [] };
    assert.equal(view({ model }).variants.empty, 'Fetching the list of files…');
    const failed = view({ model, details: { phase: 'failed', failure: 'Offline.' } });
    assert.deepEqual(failed.variants.rows, []);
    assert.match(failed.variants.empty, /No model files/);
  });

  it('names its sources and how current they are', () => {
    const at = NOW - 60_000;
    const failure = { kind: 'offline', message: 'The Hub cannot be reached.', at };
    const [hub, catalogue] = view({
      sources: [{ key: 'hf:janhq', epoch: 1, models: 1, lastSuccess: NOW - 120_000, failure }],
    }).sources;
    assert.equal(hub?.asked.text, 'last answered 2 min. ago');
    assert.equal(hub.failure, 'Asked 1 min. ago without success. The Hub cannot be reached.');
    assert.match(catalogue?.asked.text ?? '', /not answered yet/);
  });

  it('says what to do about a gate', () => {
    assert.equal(notices({}), '');
    const auto = { model: { ...jan, gated: 'auto' } } as const;
    const manual = { model: { ...jan, gated: 'manual' } } as const;
    const hidden = { model: { ...jan, private: true } };
    assert.match(notices(auto), /Accept its terms.*\[openOnHub setToken\]/);
    assert.match(notices(manual), /Ask for access.*\[openOnHub setToken\]/);
    assert.match(notices(hidden), /private.*\[setToken\]/);
    const local = { ...subject().local, hasToken: true };
    assert.match(notices({ ...auto, local }), /token is sent along.*\[openOnHub\]/);
    assert.match(notices({ ...hidden, local }), /token is sent along.*\[\]/);
    const refused = { files: [], readmeRefused: true, fetchedAt: NOW };
    const details = { phase: 'done', revision: SHA, details: refused } as const;
    assert.match(notices({ ...auto, local, details }), /not let in\. Accept its terms/);
    assert.match(notices({ ...manual, local, details }), /not let in\. Ask its author/);
    assert.match(notices({ model: { ...jan, disabled: true } }), /disabled/);
  });

  it('says what is wrong and offers to try again', () => {
    assert.match(
      notices({ details: { phase: 'failed', failure: 'The Hub cannot be reached.' } }),
      /could not be fetched\. The Hub cannot be reached\. \[retry\]/,
    );
    assert.match(
      notices({ details: done({}, { failure: 'Offline.' }) }),
      /Shown as fetched 1 min\. ago.*Offline\. \[retry\]/,
    );
    assert.match(
      notices({ model: undefined, trouble: 'disk' }),
      /could not be read: disk \[retry\]/,
    );
    assert.match(notices({ model: undefined }), /not in the catalogue.*\[openOnHub\]/);
    assert.match(notices({ model: { ...jan, published: false } }), /No source publishes/);
  });

  it('tells a README that is missing from one that is on its way', () => {
    assert.equal(view().readme.loading, true);
    assert.match(view().readme.message ?? '', /Fetching/);
    const none = view({ details: done({}) }).readme;
    assert.equal(none.loading, false);
    assert.match(none.message ?? '', /no README/);
    assert.match(
      view({ details: { phase: 'failed', failure: '' } }).readme.message ?? '',
      /not avail/,
    );
    assert.equal(view({ details: done({ readme: '# Hi' }) }).readme.message, undefined);
  });
});
