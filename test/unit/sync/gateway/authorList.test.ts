import assert from 'node:assert/strict';
import {
  AuthorList,
  COUNTED,
  fullPage,
  IDENTITY,
  RECORDS,
} from '../../../../src/sync/gateway/authorList.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';

const SHA = 'a'.repeat(40);
const raw = {
  ...{ id: 'big/one', sha: SHA, lastModified: '2026-03-16T12:00:00.000Z', gated: 'auto' },
  ...{ downloads: 7, likes: 2, trendingScore: 1.5, tags: ['gguf'], unknown: 'kept' },
};
const first = (projection: typeof IDENTITY) =>
  projection.read([raw, 7], 'hf:big', collectingLogger()).entries[0]?.entry;

describe('The list of an author', () => {
  const list = new AuthorList('Big', new URL('https://hub.example/'));

  it('is asked for newest change first, with the fields that are wanted', () => {
    assert.equal(
      list.page(IDENTITY, 16).href,
      'https://hub.example/api/models?author=Big&sort=lastModified&limit=16' +
        '&expand=sha&expand=lastModified&expand=gated&expand=private&expand=disabled',
    );
    const counted = list.page(COUNTED, 1).searchParams.getAll('expand');
    assert.deepEqual(counted.slice(-3), ['downloads', 'likes', 'trendingScore']);
  });

  it('never asks for counters in the cheap question, so that its answer repeats', () => {
    for (const name of ['downloads', 'likes', 'trendingScore'])
      assert.ok(!IDENTITY.fields.includes(name));
  });

  it('has a full record of each model, at an address of its own', () => {
    const { pathname, searchParams } = list.record('big/one');
    assert.equal(pathname, '/api/models/big/one');
    assert.deepEqual(searchParams.getAll('expand'), [...RECORDS.fields]);
    for (const name of ['gguf', 'siblings', 'tags', 'sha', 'downloads'])
      assert.ok(RECORDS.fields.includes(name), name);
  });

  it('may lie below a path', () => {
    const below = new AuthorList('big', new URL('https://mirror.example/hf/'));
    assert.equal(below.page(IDENTITY, 1).pathname, '/hf/api/models');
  });

  it('holds the models of its author, in any case, and of nobody else', () => {
    assert.deepEqual(
      ['big/one', 'BIG/one', 'bigger/one', 'bi/g', 'other/big'].map((id) => list.owns(id)),
      [true, true, false, false, false],
    );
  });

  it('says what identifies a model, and only where it was asked for the rest', () => {
    const identity = first(IDENTITY);
    assert.deepEqual(Object.keys(identity ?? {}).sort(), ['fingerprint', 'id', 'lastModified']);
    assert.deepEqual(
      [identity?.id, identity?.lastModified],
      ['big/one', Date.UTC(2026, 2, 16, 12)],
    );
    const counters = { downloads: 7, likes: 2, trendingScore: 1.5 };
    const counted = first(COUNTED);
    assert.deepEqual(counted, { ...identity, counters });
    const { row, ...known } = first(RECORDS) ?? {};
    assert.deepEqual(known, counted);
    assert.deepEqual([row?.fingerprint, row?.counters], [identity?.fingerprint, counters]);
    assert.match(row?.content ?? '', /"unknown":"kept"/);
  });

  it('is asked for in pages of a thousand, or of fewer where the link is bad', () => {
    assert.deepEqual([undefined, 1, 100, 1_000, 5_000, 0].map(fullPage), [
      ...[1_000, 1, 100, 1_000, 1_000, 1],
    ]);
  });
});
