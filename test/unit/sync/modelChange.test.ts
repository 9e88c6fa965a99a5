import assert from 'node:assert/strict';
import type { ModelFile, ModelRecord } from '../../../src/sync/model.ts';
import { changeBetween } from '../../../src/sync/modelHistory.ts';
import { groupVariants } from '../../../src/sync/variants.ts';
import { exact, file } from '../support/rows.ts';

const ID = 'janhq/Jan-v1-4B-GGUF';
const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];
const none = (): undefined => undefined;

function record(changes: Partial<ModelRecord>, files: readonly ModelFile[] = []): ModelRecord {
  return { id: ID, sha: OLD, variants: groupVariants(files), ...changes };
}

describe('What changed between two records of a model', () => {
  it('is nothing where only times and words differ that nobody asks for', () => {
    const later = record({ lastModified: 5, createdAt: 3, description: 'new words' });
    assert.equal(changeBetween(record({ lastModified: 4 }), later, none), undefined);
  });

  it('is told of facts that both records know', () => {
    const before = record({ gated: false, license: 'mit', tags: ['gguf', 'old'] });
    const after = record({
      gated: 'manual',
      license: 'x'.repeat(500),
      task: 'chat',
      tags: ['new', 'gguf'],
    });
    const change = changeBetween(before, after, none);
    assert.deepEqual(change?.facts, [
      { fact: 'gated', before: false, after: 'manual' },
      { fact: 'license', before: 'mit', after: 'x'.repeat(200) },
    ]);
    assert.deepEqual([change.addedTags, change.removedTags], [['new'], ['old']]);
    assert.deepEqual([change.from, change.to], [undefined, undefined]);
  });

  it('is told of the files of its variants, as far as sizes and digests are known', () => {
    const same = { ...file('m-Q8_0.gguf', exact(8)), sha256: '8'.repeat(64) };
    const before = record({}, [
      same,
      { ...file('m-Q2_K.gguf', exact(2)), sha256: '2'.repeat(64) },
      file('m-Q3_K.gguf', exact(3)),
      file('m-Q4_0.gguf', exact(4)),
      file('m-Q5_0.gguf', exact(5)),
    ]);
    const after = record({ sha: NEW }, [
      same,
      { ...file('m-Q2_K.gguf', exact(2)), sha256: '3'.repeat(64) },
      file('m-Q3_K.gguf', exact(33)),
      file('m-Q4_0.gguf'),
      file('m-Q6_K.gguf', exact(6)),
    ]);
    const change = changeBetween(before, after, none);
    assert.deepEqual([change?.from, change?.to, change?.scope], [OLD, NEW, 'variants']);
    assert.deepEqual(change?.files, [
      { path: 'm-Q2_K.gguf', what: 'changed', before: 2, after: 2 },
      { path: 'm-Q3_K.gguf', what: 'changed', before: 3, after: 33 },
      { path: 'm-Q6_K.gguf', what: 'added', after: 6 },
      { path: 'm-Q5_0.gguf', what: 'removed', before: 5 },
    ]);
  });

  it('is told of all files where both trees are known, and of many only some', () => {
    const readme = (sha1: string): ModelFile => ({ ...file('README.md', exact(1)), gitSha1: sha1 });
    const many = Array.from({ length: 50 }, (_, at) => file(`${at}.json`, exact(1)));
    const trees = { [OLD]: [readme('1')], [NEW]: [readme('2'), ...many] };
    const change = changeBetween(record({}), record({ sha: NEW }), (_, sha) => trees[sha]);
    assert.deepEqual(change?.files[0], { path: 'README.md', what: 'changed', before: 1, after: 1 });
    assert.deepEqual([change.files.length, change.moreFiles, change.scope], [40, 11, 'all']);
  });

  it('is told of the variants where one of the trees is not known', () => {
    const before = record({}, [file('m-Q8_0.gguf', exact(8))]);
    const after = record({ sha: NEW }, [file('m-Q8_0.gguf', exact(9))]);
    for (const known of [OLD, NEW]) {
      const treeOf = (_: string, sha: string) => (sha === known ? [] : undefined);
      assert.equal(changeBetween(before, after, treeOf)?.scope, 'variants');
    }
  });

  it('does not look at trees where a commit is not known', () => {
    const treeOf = () => assert.fail('there is none to look at');
    const unknown: ModelRecord = { id: ID, variants: [] };
    const appeared = changeBetween(unknown, record({}), treeOf);
    assert.deepEqual([appeared?.from, appeared?.to], [undefined, OLD]);
    assert.ok(appeared && !('from' in appeared));
    const gone = changeBetween(record({}), unknown, treeOf);
    assert.deepEqual([gone?.from, gone?.to], [OLD, undefined]);
    assert.ok(gone && !('to' in gone));
  });

  it('is a new commit though nothing else is known of it', () => {
    assert.deepEqual(changeBetween(record({}), record({ sha: NEW }), none), {
      ...{ from: OLD, to: NEW, facts: [], addedTags: [], removedTags: [] },
      ...{ files: [], moreFiles: 0, scope: 'variants' },
    });
  });

  for (const [what, before, after] of [
    ['a fact', { gated: false }, { gated: 'auto' }],
    ['a tag more', { tags: [] }, { tags: ['new'] }],
    ['a tag less', { tags: ['old'] }, { tags: [] }],
    ['a tag more and a fact', { tags: [], gated: false }, { tags: ['new'], gated: 'auto' }],
    ['a tag for another', { tags: ['old'] }, { tags: ['new'] }],
  ] as const) {
    it(`is told at the same commit where it is ${what}`, () => {
      const change = changeBetween(record(before), record(after), none);
      assert.ok(change && !('from' in change) && !('to' in change));
    });
  }

  it('is told of files and tags at the same commit', () => {
    const before = record({ tags: [] }, [file('m-Q8_0.gguf', exact(8))]);
    const after = record({ tags: ['new'] }, [file('m-Q8_0.gguf', exact(9))]);
    assert.ok(changeBetween(before, after, none));
  });

  it('is nothing where a source begins to tell something, or tells it no longer', () => {
    const told = record({ license: 'mit', tags: ['gguf'] }, [file('m-Q8_0.gguf', exact(8))]);
    const silent: ModelRecord = { id: ID, sha: OLD };
    assert.equal(changeBetween(silent, told, none), undefined);
    assert.equal(changeBetween(told, silent, none), undefined);
  });

  it('is told of twenty tags, and of two hundred letters of each', () => {
    const tags = Array.from({ length: 25 }, (_, at) => `${at}`.padStart(300, '-'));
    const change = changeBetween(record({ tags: [] }), record({ tags }), none);
    assert.deepEqual([change?.addedTags.length, change?.addedTags[0]?.length], [20, 200]);
    assert.equal(
      changeBetween(record({ tags }), record({ tags: [] }), none)?.removedTags.length,
      20,
    );
  });

  it('is told of a projector that variants share, once', () => {
    const variants = [file('m-Q4_0.gguf', exact(4)), file('m-Q8_0.gguf', exact(8))];
    const before = record({}, [...variants, file('mmproj-m.gguf', exact(1))]);
    const after = record({}, [...variants, file('mmproj-m.gguf', exact(2))]);
    assert.ok(before.variants?.every(({ mmproj }) => mmproj !== undefined));
    assert.deepEqual(changeBetween(before, after, none)?.files, [
      { path: 'mmproj-m.gguf', what: 'changed', before: 1, after: 2 },
    ]);
  });

  it('goes by digests where both are known, and else by sizes', () => {
    const of = (more: Partial<ModelFile>, bytes = 8) =>
      record({}, [{ ...file('m-Q8_0.gguf', exact(bytes)), ...more }]);
    const changes = (before: ModelRecord, after: ModelRecord) =>
      changeBetween(before, after, none) !== undefined;
    assert.ok(!changes(of({ sha256: 'a' }), of({ sha256: 'a' }, 9)), 'its digest is the same');
    assert.ok(changes(of({ gitSha1: 'a' }), of({ gitSha1: 'b' })));
    assert.ok(!changes(of({ sha256: 'a' }), of({})), 'one digest says nothing');
    assert.ok(!changes(of({}), of({ sha256: 'a' })));
    assert.ok(changes(of({ sha256: 'a' }), of({}, 9)));
    assert.ok(!changes(of({ sha256: 'a', gitSha1: 'c' }), of({ gitSha1: 'c' }, 9)));
  });
});
