import assert from 'node:assert/strict';
import type { StoredRow } from '../../../src/sync/merge.ts';
import { bySourcePrecedence, kindOf, mergeRows } from '../../../src/sync/merge.ts';
import type { Counters, ModelFile, ModelRecord } from '../../../src/sync/model.ts';
import { groupVariants } from '../../../src/sync/variants.ts';
import { estimated, exact, file, unknown } from '../support/rows.ts';

const ID = 'janhq/Jan-v1-4B-GGUF';

function stored(
  source: string,
  record: Omit<ModelRecord, 'id'>,
  { published = true, counters = {} }: { published?: boolean; counters?: Counters } = {},
): StoredRow {
  return { source, record: { id: ID, ...record }, counters, published };
}

function listing(source: string, files: readonly ModelFile[]): StoredRow {
  return stored(source, { variants: groupVariants(files) });
}

describe('Merging the rows of a model', () => {
  it('takes each field from the first source that knows it: Hugging Face, Cortex, Jan', () => {
    const jan = stored(
      'jan:v2',
      { description: 'by Jan', license: 'jan', task: 'jan', takesTools: true },
      { counters: { downloads: 1, likes: 1 } },
    );
    const cortex = stored('cortex', { license: 'cortex', task: 'cortex', contextLength: 4096 });
    const hf = stored('hf:janhq', { task: 'hf', gated: false }, { counters: { downloads: 7 } });
    for (const rows of [
      [jan, cortex, hf],
      [hf, jan, cortex],
    ]) {
      const model = mergeRows(rows);
      assert.equal(model?.task, 'hf');
      assert.equal(model.license, 'cortex');
      assert.equal(model.description, 'by Jan');
      assert.equal(model.contextLength, 4096);
      assert.equal(model.takesTools, true);
      assert.equal(model.downloads, 7);
      assert.equal(model.likes, 1);
      assert.deepEqual(model.sources, ['hf:janhq', 'cortex', 'jan:v2']);
    }
  });

  it('takes a false and a zero for knowledge', () => {
    const rows = [
      stored('hf:janhq', { takesTools: false }, { counters: { likes: 0 } }),
      stored('jan:v2', { takesTools: true }, { counters: { likes: 5 } }),
    ];
    assert.equal(mergeRows(rows)?.takesTools, false);
    assert.equal(mergeRows(rows)?.likes, 0);
  });

  it('lets those that still publish it speak before those that do not', () => {
    const model = mergeRows([
      stored('hf:janhq', { license: 'old', task: 'text-generation' }, { published: false }),
      stored('jan:v2', { license: 'new' }),
    ]);
    assert.equal(model?.license, 'new');
    assert.equal(model.task, 'text-generation');
    assert.equal(model.published, true);
    assert.deepEqual(model.sources, ['jan:v2', 'hf:janhq']);
  });

  it('calls a model that nobody publishes any more unpublished', () => {
    assert.equal(mergeRows([stored('jan:v2', {}, { published: false })])?.published, false);
  });

  it('fills in sizes that the first source does not know', () => {
    const model = mergeRows([
      listing('hf:janhq', [file('m-Q4_0.gguf'), file('m-Q8_0.gguf'), file('mmproj-F16.gguf')]),
      listing('jan:v2', [file('m-Q4_0.gguf', estimated(4)), file('mmproj-F16.gguf', estimated(1))]),
    ]);
    assert.deepEqual(
      model?.variants?.map(({ name, size, mmproj }) => [name, size, mmproj?.size]),
      [
        ['m-Q4_0', estimated(4), estimated(1)],
        ['m-Q8_0', unknown, estimated(1)],
      ],
    );
  });

  it('keeps the sizes that the first source knows', () => {
    const model = mergeRows([
      listing('hf:janhq', [file('m-Q4_0.gguf', exact(4_000))]),
      listing('jan:v2', [file('m-Q4_0.gguf', estimated(4_096))]),
    ]);
    assert.deepEqual(model?.variants?.[0]?.size, exact(4_000));
  });

  it('believes an exact size before an estimate, whoever says it', () => {
    const split = ['m-Q8_0-00001-of-00002.gguf', 'm-Q8_0-00002-of-00002.gguf'];
    const model = mergeRows([
      listing('published:https://x.test/', [
        file('m-Q4_0.gguf', estimated(4_096)),
        ...split.map((part) => file(part, estimated(9))),
      ]),
      listing('cortex', [file('m-Q4_0.gguf')]),
      listing('jan:v2', [
        file('m-Q4_0.gguf', exact(4_000)),
        ...split.map((part) => file(part, exact(10))),
      ]),
    ]);
    assert.deepEqual(
      model?.variants?.map(({ name, size }) => [name, size]),
      [
        ['m-Q8_0', exact(20)],
        ['m-Q4_0', exact(4_000)],
      ],
    );
  });

  it('estimates what no source knows, and only that', () => {
    const parameters = 8_000_000_000;
    const hf = stored('hf:janhq', {
      parameters,
      variants: groupVariants([
        file('m-Q8_0.gguf'),
        file('m-Q4_0.gguf'),
        file('m-Q2_K.gguf', exact(3)),
        file('mmproj-F16.gguf'),
      ]),
    });
    const model = mergeRows([hf, listing('jan:v2', [file('m-Q4_0.gguf', estimated(4))])]);
    const [smallest, published, computed] = model?.variants ?? [];
    assert.deepEqual(smallest?.size, exact(3));
    assert.deepEqual(published?.size, estimated(4));
    assert.equal(computed?.size.sureness, 'estimated');
    assert.ok(computed.size.bytes > parameters);
    assert.deepEqual(computed.mmproj?.size, unknown);
  });

  it('estimates nothing where nobody knows how many weights there are', () => {
    const model = mergeRows([listing('hf:janhq', [file('m-Q8_0.gguf')])]);
    assert.deepEqual(model?.variants?.[0]?.size, unknown);
  });

  it('adds up the sizes of a split file that the other source knows', () => {
    const parts = ['m-Q4_0-00001-of-00002.gguf', 'm-Q4_0-00002-of-00002.gguf'];
    const model = mergeRows([
      listing(
        'hf:janhq',
        parts.map((part) => file(part)),
      ),
      listing('jan:v2', [file(parts[0]!, estimated(3)), file(parts[1]!, estimated(4))]),
    ]);
    assert.deepEqual(model?.variants?.[0]?.size, estimated(7));
  });

  it('lets the size of a split file stay unknown while a part is missing', () => {
    const parts = ['m-Q4_0-00001-of-00003.gguf', 'm-Q4_0-00002-of-00003.gguf'];
    const model = mergeRows([
      listing('hf:janhq', [file(parts[0]!), file(parts[1]!)]),
      listing('jan:v2', [file(parts[0]!, estimated(1)), file(parts[1]!, estimated(1))]),
    ]);
    assert.deepEqual(model?.variants?.[0]?.size, unknown);
  });

  it('takes the hash of a file from whoever knows one', () => {
    const [one, two, three] = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
    const hashed = (path: string, sha256?: string): ModelFile => ({
      ...file(path),
      ...(sha256 !== undefined && { sha256 }),
    });
    const model = mergeRows([
      listing('hf:janhq', [
        hashed('m-Q2_K.gguf', one),
        hashed('m-Q4_0.gguf'),
        hashed('m-Q8_0.gguf'),
      ]),
      listing('cortex', [hashed('m-Q2_K.gguf', three), hashed('m-Q4_0.gguf', two)]),
    ]);
    const files = model?.variants?.flatMap((variant) => variant.files);
    assert.deepEqual(
      files?.map(({ path, sha256 }) => [path, sha256]),
      [
        ['m-Q2_K.gguf', one],
        ['m-Q4_0.gguf', two],
        ['m-Q8_0.gguf', undefined],
      ],
    );
    assert.ok(files[2] && !('sha256' in files[2]));
  });

  it('takes the digest of git too from whoever knows one', () => {
    const [one, two] = ['a', 'b'].map((digit) => digit.repeat(40));
    const model = mergeRows([
      listing('hf:janhq', [{ ...file('m-Q2_K.gguf'), gitSha1: one! }, file('m-Q4_0.gguf')]),
      listing('cortex', [file('m-Q2_K.gguf'), { ...file('m-Q4_0.gguf'), gitSha1: two! }]),
    ]);
    assert.deepEqual(
      model?.variants?.flatMap(({ files }) => files.map(({ gitSha1 }) => gitSha1)),
      [one, two],
    );
  });

  it('takes the variants of the first source that lists any', () => {
    const model = mergeRows([
      stored('hf:janhq', { variants: [] }),
      listing('cortex', [file('m-Q4_0.gguf')]),
      listing('jan:v2', [file('m-Q8_0.gguf')]),
    ]);
    assert.deepEqual(
      model?.variants?.map(({ name }) => name),
      ['m-Q4_0'],
    );
    const alone = listing('cortex', [file('m-Q4_0.gguf')]);
    assert.equal(mergeRows([alone])?.variants?.[0], alone.record.variants?.[0]);
  });

  it('takes a source of no known kind for one of Jan', () => {
    assert.equal(kindOf('elsewhere:x'), 'jan');
    assert.equal(kindOf('hf:jan:x'), 'hf');
  });

  it('names the author and the model', () => {
    const model = mergeRows([stored('jan:v2', {})]);
    assert.equal(model?.author, 'janhq');
    assert.equal(model.name, 'Jan-v1-4B-GGUF');
    assert.deepEqual(model.variants, []);
  });

  it('knows nothing of a model without rows', () => {
    assert.equal(mergeRows([]), undefined);
  });

  it('orders sources of one kind by name', () => {
    const sources = ['jan:v2', 'hf:b', 'cortex', 'jan:v1', 'hf:a'];
    assert.equal(bySourcePrecedence('hf:a', 'hf:a'), 0);
    assert.ok(bySourcePrecedence('hf:b', 'hf:a') > 0 && bySourcePrecedence('hf:a', 'hf:b') < 0);
    assert.deepEqual(sources.sort(bySourcePrecedence), [
      'hf:a',
      'hf:b',
      'cortex',
      'jan:v1',
      'jan:v2',
    ]);
  });
});
