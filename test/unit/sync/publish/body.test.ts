import assert from 'node:assert/strict';
import type { StoredRow } from '../../../../src/sync/merge.ts';
import type { ModelRecord } from '../../../../src/sync/model.ts';
import { catalogueBody } from '../../../../src/sync/publish/body.ts';
import { estimated, exact, file, row, unknown } from '../../support/rows.ts';
import { useCatalogue } from '../../support/useCatalogue.ts';

const stored = (source: string, record: ModelRecord, more: Partial<StoredRow> = {}): StoredRow => ({
  source,
  record,
  counters: {},
  published: true,
  ...more,
});

const linesOf = (rows: readonly StoredRow[]): unknown[] =>
  String(catalogueBody(rows).bytes)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);

describe('Body of a published catalogue', () => {
  it('has a line for each model: what its sources say together, in a fixed order', () => {
    const { bytes, models } = catalogueBody([
      stored('hf:a', { id: 'a/one', sha: 'f'.repeat(40) }, { counters: { likes: 2 } }),
      stored('jan:v2', { id: 'a/one', description: 'text', sha: '0'.repeat(40) }),
      stored('cortex', { id: 'a/two' }),
    ]);
    assert.equal(models, 2);
    assert.equal(
      String(bytes),
      `{"description":"text","id":"a/one","likes":2,"sha":"${'f'.repeat(40)}","variants":[]}\n` +
        '{"id":"a/two","variants":[]}\n',
    );
  });

  it('says of sizes how sure they are, as they are here', () => {
    for (const size of [exact(7), estimated(7), unknown]) {
      const variants = [{ name: 'x', files: [file('x.gguf', size)], size }];
      const [line] = linesOf([stored('hf:a', { id: 'a/one', variants })]);
      assert.deepEqual((line as ModelRecord).variants, variants);
    }
  });

  it('lacks what is no longer published', () => {
    const gone = { published: false };
    assert.deepEqual(
      linesOf([
        stored('hf:a', { id: 'a/gone' }, gone),
        stored('hf:a', { id: 'a/one', description: 'old' }, gone),
        stored('jan:v2', { id: 'a/one' }),
      ]),
      [{ id: 'a/one', variants: [] }],
    );
  });

  it('lacks what any source calls private, even one that has let go of it', () => {
    const secret = { id: 'a/secret', private: true };
    for (const published of [true, false]) {
      const { bytes, hidden, models } = catalogueBody([
        stored('hf:a', secret, { published }),
        stored('cortex', { id: 'a/secret' }),
        stored('hf:a', { id: 'a/shown', private: false }),
      ]);
      assert.deepEqual([hidden, models], [1, 1]);
      assert.equal(bytes.includes('secret'), false);
    }
  });

  describe('of a catalogue', () => {
    const catalogue = useCatalogue();

    it('is the same whatever came first, and lacks the bundled list', () => {
      const { apply, reader, writer } = catalogue();
      writer.seed('jan:v2', [{ ...row({ id: 'z/seeded' }), fingerprint: '' }], 0);
      apply('hf:b', { added: [row({ id: 'b/two' }), row({ id: 'b/one' })] });
      apply('published:https://x.example/', { added: [row({ id: 'a/mirrored' })] });
      const { bytes } = catalogueBody(reader.rows());
      const ids = String(bytes)
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as ModelRecord).id);
      assert.deepEqual(ids, ['a/mirrored', 'b/one', 'b/two']);
    });

    it('is kept with the rows that were read from it, or not at all', () => {
      const { apply, writer, ids } = catalogue();
      const key = 'published:https://x.example/';
      assert.equal(writer.body(key), undefined);
      const body = { sequence: 1, sha256: 'a'.repeat(64), bytes: new Uint8Array([1, 2]) };
      apply(key, { added: [row({ id: 'a/one' })] }, { body });
      assert.deepEqual(writer.body(key), body);
      const next = { ...body, sequence: 2 };
      assert.throws(
        () => apply(key, { added: [row({ id: 'a/two' })] }, { body: next, epoch: 0 }),
        /Another window/,
      );
      assert.deepEqual(writer.body(key), body);
      apply(key, {}, { body: next });
      assert.deepEqual(writer.body(key), next);
      assert.deepEqual(ids(key), ['a/one']);
    });
  });
});
