import assert from 'node:assert/strict';
import {
  contentFingerprint,
  diffManifests,
  repositoryFingerprint,
} from '../../../src/sync/fingerprint.ts';
import { repositoryRow, repositorySchema } from '../../../src/sync/gateway/repository.ts';

const SHA = 'a'.repeat(40);
const repository = {
  id: 'janhq/Jan-v1-4B-GGUF',
  sha: SHA,
  lastModified: '2025-08-12T07:07:07.000Z',
  gated: false,
  private: false,
  disabled: false,
  downloads: 10,
  likes: 2,
  trendingScore: 1.5,
};

function fingerprintOf(changes: object): string {
  const raw = { ...repository, ...changes };
  return repositoryRow(repositorySchema.parse(raw), raw).fingerprint;
}

describe('The fingerprint of a repository', () => {
  for (const [name, changes] of Object.entries({
    commit: { sha: 'b'.repeat(40) },
    'date of the commit': { lastModified: '2025-08-13T07:07:07.000Z' },
    gate: { gated: 'auto' },
    'kind of gate': { gated: 'manual' },
    privacy: { private: true },
    'disabled state': { disabled: true },
  })) {
    it(`changes with its ${name}`, () => {
      assert.notEqual(fingerprintOf(changes), fingerprintOf({}));
    });
  }

  it('tells the kinds of gate apart', () => {
    assert.notEqual(fingerprintOf({ gated: 'manual' }), fingerprintOf({ gated: 'auto' }));
  });

  for (const [name, changes] of Object.entries({
    downloads: { downloads: 11 },
    likes: { likes: 3 },
    'trending score': { trendingScore: 99 },
  })) {
    it(`does not change with its ${name}`, () => {
      assert.equal(fingerprintOf(changes), fingerprintOf({}));
    });
  }

  it('of what has no commit is that of its content', () => {
    const fingerprint = contentFingerprint('{"a":1}');
    assert.match(fingerprint, /^[0-9a-f]{32}$/);
    assert.equal(contentFingerprint('{"a":1}'), fingerprint);
    assert.notEqual(contentFingerprint('{"a":2}'), fingerprint);
  });

  it('is the same where what is false is not said', () => {
    const said = { sha: SHA, lastModified: 1, gated: false, private: false, disabled: false };
    const unsaid = { gated: undefined, private: undefined, disabled: undefined };
    assert.equal(
      repositoryFingerprint({ sha: SHA, lastModified: 1, ...unsaid }),
      repositoryFingerprint({ ...said, gated: false }),
    );
  });
});

describe('The difference of two manifests', () => {
  const known = new Map([
    ['a/same', '1'],
    ['a/moved', '1'],
    ['a/gone', '1'],
  ]);
  const seen = new Map([
    ['a/new', '1'],
    ['a/same', '1'],
    ['a/moved', '2'],
  ]);

  it('tells what was added, updated and, of a complete one, removed', () => {
    assert.deepEqual(diffManifests(known, seen, true), {
      added: ['a/new'],
      updated: ['a/moved'],
      removed: ['a/gone'],
    });
  });

  it('calls nothing removed where only a part was seen', () => {
    assert.deepEqual(diffManifests(known, seen, false).removed, []);
  });

  it('is empty between equal ones', () => {
    const nothing = { added: [], updated: [], removed: [] };
    assert.deepEqual(diffManifests(known, known, true), nothing);
  });
});
