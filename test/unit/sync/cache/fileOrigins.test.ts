import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { DetailsStore } from '../../../../src/sync/cache/detailsStore.ts';
import { FileOrigins } from '../../../../src/sync/cache/fileOrigins.ts';
import type { FileOrigin, ModelFile } from '../../../../src/sync/model.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { exact } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const commit = (n: number): string => n.toString(16).padStart(40, '0');

function weights(path: string, content = path): ModelFile {
  return { path, size: exact(content.length), sha256: sha(content) };
}

describe('The origins of files', () => {
  const catalogue = useCatalogue();
  let origins: FileOrigins;
  let store: DetailsStore;

  function open(mostFiles?: number): void {
    const { database } = catalogue();
    origins = new FileOrigins(database, mostFiles === undefined ? {} : { mostFiles });
    store = new DetailsStore(database, collectingLogger(), { origins });
  }
  beforeEach(() => open());

  const keep = (id: string, revision: string, files: readonly ModelFile[], more = {}): void =>
    store.put(
      { id, revision, part: 'files' },
      { value: { files, ...more }, fetchedAt: NOON },
      NOON,
    );
  const find = (...sha256: string[]): FileOrigin[] =>
    origins.find(sha256, (id, revision) => store.fileTree(id, revision));
  const count = (table: string): unknown =>
    catalogue().database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!['n'];

  it('are known of every model file of a stored tree', () => {
    keep('a/one', commit(1), [weights('m-Q4_0.gguf'), weights('sub/m-Q8_0.gguf')]);
    keep('a/two', commit(2), [weights('model-00001-of-00002.safetensors')]);
    assert.deepEqual(find(sha('sub/m-Q8_0.gguf'), sha('model-00001-of-00002.safetensors')), [
      {
        ...{ sha256: sha('sub/m-Q8_0.gguf'), path: 'sub/m-Q8_0.gguf' },
        ...{ model: 'a/one', revision: commit(1) },
      },
      {
        ...{ sha256: sha('model-00001-of-00002.safetensors') },
        path: 'model-00001-of-00002.safetensors',
        ...{ model: 'a/two', revision: commit(2) },
      },
    ]);
    assert.deepEqual(find(sha('nobody has it')), []);
    assert.deepEqual(find(), []);
  });

  it('name all models and commits that have the same bytes, the newest first', () => {
    const same = 'the same bytes';
    keep('a/one', commit(1), [weights('old.gguf', same)]);
    keep('a/one', commit(2), [weights('new.gguf', same)]);
    keep('b/copy', commit(3), [weights('copy.gguf', same), weights('again.gguf', same)]);
    assert.deepEqual(
      find(sha(same)).map(({ model, path }) => `${model} ${path}`),
      ['b/copy copy.gguf', 'a/one new.gguf', 'a/one old.gguf'],
    );
  });

  it('leave out branches, trees known in part, READMEs and what is no model file', () => {
    keep('a/one', 'main', [weights('m.gguf')]);
    keep('a/two', commit(1), [weights('m.gguf')], { partial: true });
    keep('a/three', commit(1), [weights('picture.png'), { path: 'n.gguf', size: exact(1) }]);
    store.put(
      { id: 'a/four', revision: commit(1), part: 'readme' },
      { value: {}, fetchedAt: 1 },
      1,
    );
    assert.deepEqual([count('tree'), count('file_origin')], [0, 0]);
  });

  it('are not believed where only the beginning of the hash is the same', () => {
    const [one, other] = [
      `${'a'.repeat(12)}${'b'.repeat(52)}`,
      `${'a'.repeat(12)}${'c'.repeat(52)}`,
    ];
    keep('a/one', commit(1), [{ path: 'm.gguf', size: exact(1), sha256: one }]);
    assert.equal(find(one).length, 1);
    assert.deepEqual(find(other), []);
  });

  it('are not told once the tree is gone, and again when it is back', () => {
    const files = [weights('m.gguf')];
    keep('a/one', commit(1), files);
    store.clear();
    assert.deepEqual(find(sha('m.gguf')), []);
    keep('a/one', commit(1), files);
    assert.equal(find(sha('m.gguf')).length, 1);
    assert.equal(count('file_origin'), 1);
  });

  it('are forgotten from the oldest tree on, once there are too many', () => {
    const most = 640;
    open(most);
    for (let tree = 0; tree < 300; tree++) {
      const names = [0, 1, 2, 3].map((file) => `m${tree}-${file}.gguf`);
      keep(
        `a/${tree}`,
        commit(tree),
        names.map((name) => weights(name)),
      );
      assert.ok(Number(count('file_origin')) <= most * 1.02, String(count('file_origin')));
    }
    assert.ok(Number(count('file_origin')) > most * 0.95);
    assert.equal(count('tree'), Number(count('file_origin')) / 4);
    assert.deepEqual(find(sha('m0-0.gguf')), []);
    assert.equal(find(sha('m299-3.gguf')).length, 1);
  });

  it('are read from the trees of an older version, some at a time', () => {
    const { database } = catalogue();
    const silent = new DetailsStore(database, collectingLogger());
    for (let tree = 0; tree < 120; tree++) {
      const key = { id: `a/${tree}`, revision: commit(tree), part: 'files' as const };
      silent.put(key, { value: { files: [weights(`m${tree}.gguf`)] }, fetchedAt: NOON }, NOON);
    }
    // As the migration leaves them; one was evicted meanwhile.
    database.exec(`
      INSERT INTO unread_tree SELECT id, revision FROM details WHERE part = 'files';
      DELETE FROM details WHERE id = 'a/7'`);
    assert.deepEqual(find(sha('m3.gguf')), []);
    let steps = 1;
    while (origins.readEarlier((id, revision) => store.fileTree(id, revision))) steps++;
    assert.ok(steps > 1, 'not all at once');
    assert.equal(find(sha('m3.gguf')).length, 1);
    assert.equal(find(sha('m119.gguf')).length, 1);
    assert.deepEqual(find(sha('m7.gguf')), []);
    assert.equal(count('unread_tree'), 0);
  });
});
