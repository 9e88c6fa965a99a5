import assert from 'node:assert/strict';
import { contentOf, withoutVolatile } from '../../../../src/sync/gateway/content.ts';
import { isTooDeep, withoutDepth } from '../../../../src/sync/gateway/nesting.ts';
import {
  idOfEntry,
  modelIdSchema,
  repositoryRecord,
  repositoryRow,
  repositorySchema,
  shaSchema,
} from '../../../../src/sync/gateway/repository.ts';
import { exact, unknown } from '../../support/rows.ts';

const SHA = 'a'.repeat(40);

describe('The id of a model', () => {
  const isId = (text: unknown) => modelIdSchema.safeParse(text).success;

  it('is an owner and a name', () => {
    for (const id of ['a/b', 'a-b/c.d_e', '_x/_y', '0/1', `a/${'b'.repeat(198)}`])
      assert.ok(isId(id), id);
  });

  it('is no path, and nothing else that is no name', () => {
    for (const id of [
      ...['', 'a', '/a', 'a/', 'a/b/c', '../a', 'a/..', './a', 'a/.b', '-a/b', 'a b/c', 'a/b\n'],
      ...['x a/b', 'a/b?c', 'ä/b', `a/${'b'.repeat(199)}`, 7, null],
    ]) {
      assert.ok(!isId(id), String(id));
    }
  });

  it('can be read where nothing else can', () => {
    assert.equal(idOfEntry({ id: 'a/b', sha: 7 }), 'a/b');
    for (const raw of [null, undefined, 7, 'a/b', [], {}, { id: 7 }, { id: '../a' }])
      assert.equal(idOfEntry(raw), undefined);
  });

  it('of a commit is 40 digits', () => {
    assert.ok(shaSchema.safeParse(SHA).success);
    for (const sha of [SHA.slice(1), `${SHA}a`, SHA.toUpperCase(), `x${SHA}`])
      assert.ok(!shaSchema.safeParse(sha).success);
  });
});

describe('A repository of the Hub', () => {
  const raw = {
    ...{ id: 'a/b', sha: SHA, private: false, disabled: true, gated: 'manual' },
    ...{ createdAt: '2026-03-15T12:00:00.000Z', lastModified: '2026-03-16T12:00:00.000Z' },
    ...{ downloads: 7, likes: 2, trendingScore: -0.5 },
    ...{ pipeline_tag: 'text-generation', library_name: 'gguf' },
    tags: ['gguf', 'license:apache-2.0', 'license:mit'],
    siblings: [{ rfilename: 'm-Q4_0.gguf', size: 9 }, { rfilename: 'm-Q8_0.gguf' }],
    gguf: { total: 8e9, architecture: 'qwen3', context_length: 4096, chat_template: '{{ tools }}' },
  };
  const recordOf = (more: object = {}) =>
    repositoryRecord(repositorySchema.parse({ ...raw, ...more }));

  it('is a record in our words', () => {
    const { variants, ...record } = recordOf();
    assert.deepEqual(record, {
      ...{ id: 'a/b', sha: SHA, private: false, disabled: true, gated: 'manual' },
      ...{ createdAt: Date.UTC(2026, 2, 15, 12), lastModified: Date.UTC(2026, 2, 16, 12) },
      ...{ license: 'apache-2.0', task: 'text-generation', library: 'gguf' },
      ...{ architecture: 'qwen3', parameters: 8e9, contextLength: 4096, takesTools: true },
      tags: raw.tags,
    });
    assert.deepEqual(
      variants?.map(({ name, size }) => [name, size]),
      [
        ['m-Q4_0', exact(9)],
        ['m-Q8_0', unknown],
      ],
    );
  });

  it('says nothing of what the Hub says nothing of', () => {
    const record = repositoryRecord(repositorySchema.parse({ id: 'a/b', sha: SHA }));
    assert.deepEqual(record, { id: 'a/b', sha: SHA });
  });

  for (const [template, takesTools] of [
    ['{% if tools %}', true],
    ['{{ tool }}', true],
    ['{{ toolbox }}', false],
    ['', false],
    [undefined, undefined],
  ] as const) {
    it(`takes tools: ${String(takesTools)}, by the template ${JSON.stringify(template)}`, () => {
      assert.equal(recordOf({ gguf: { chat_template: template } }).takesTools, takesTools);
    });
  }

  it('has a license only by a tag that begins so', () => {
    assert.equal(recordOf({ tags: ['no-license:x', 'gguf'] }).license, undefined);
  });

  it('keeps what the Hub said, without what moves and what weighs', () => {
    const { record, counters, content, fingerprint } = repositoryRow(
      repositorySchema.parse(raw),
      raw,
    );
    assert.equal(record.id, 'a/b');
    assert.deepEqual(counters, { downloads: 7, likes: 2, trendingScore: -0.5 });
    const kept = JSON.parse(content) as Record<string, unknown>;
    assert.deepEqual(kept['gguf'], { total: 8e9, architecture: 'qwen3', context_length: 4096 });
    for (const name of ['downloads', 'likes', 'trendingScore']) assert.ok(!(name in kept));
    assert.deepEqual(kept['tags'], raw.tags);
    const busier = repositoryRow(repositorySchema.parse({ ...raw, downloads: 8 }), raw);
    assert.equal(busier.fingerprint, fingerprint);
    const moved = repositoryRow(repositorySchema.parse({ ...raw, gated: false }), raw);
    assert.notEqual(moved.fingerprint, fingerprint);
  });

  it('may say of its header what nobody expects', () => {
    for (const gguf of [null, 7, 'text']) assert.deepEqual(withoutVolatile({ gguf }), { gguf });
    assert.equal(contentOf({ b: 1, a: 2 }), '{"a":2,"b":1}');
  });
});

describe('What is nested', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 'end' : [nested(levels - 1)]);
  const keyed = (levels: number): unknown => (levels === 0 ? null : { a: 1, b: keyed(levels - 1) });

  it('is too deep beyond 64 levels', () => {
    for (const make of [nested, keyed]) {
      assert.ok(!isTooDeep(make(64)));
      assert.ok(isTooDeep(make(65)));
    }
    for (const flat of [null, 7, 'text', undefined, {}, []]) assert.ok(!isTooDeep(flat));
  });

  it('is kept up to there', () => {
    assert.deepEqual(withoutDepth(nested(64)), nested(64));
    assert.deepEqual(withoutDepth(keyed(64)), keyed(64));
    assert.equal(
      JSON.stringify(withoutDepth(nested(70))),
      `${'['.repeat(64)}null${']'.repeat(64)}`,
    );
    assert.deepEqual(withoutDepth({ a: [1, { b: null }], c: 'x' }), {
      a: [1, { b: null }],
      c: 'x',
    });
    assert.deepEqual(withoutDepth({ a: [[1]], b: 2 }, 2), { a: [null], b: 2 });
  });
});
