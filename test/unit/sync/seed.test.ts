import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SEED_FINGERPRINT } from '../../../src/sync/fingerprint.ts';
import { seedRows } from '../../../src/sync/seed.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const BUNDLED = fileURLToPath(new URL('../../../media/seed.json', import.meta.url));

describe('The seed', () => {
  const folder = useTemporaryFolder();
  const written = (text: string): string => {
    const path = join(folder(), 'seed.json');
    writeFileSync(path, text);
    return path;
  };

  it('gives an author their own models, and Jan all', () => {
    const rowsOf = seedRows(
      written('[{"id":"janhq/one","license":"mit"},{"id":"janhq-else/two"},{"id":"bart/three"}]'),
    );
    const ids = (source: string): string[] => rowsOf(source).map(({ record }) => record.id);
    assert.deepEqual(ids('hf:janhq'), ['janhq/one']);
    assert.deepEqual(ids('jan:v2'), ['janhq/one', 'janhq-else/two', 'bart/three']);
    assert.deepEqual(ids('cortex'), []);
    assert.deepEqual(ids('hf:nobody'), []);
    assert.equal(rowsOf('hf:janhq')[0]?.record.license, 'mit');
  });

  it('bears a fingerprint that no real model has', () => {
    const [seeded] = seedRows(written('[{"id":"janhq/one"}]'))('hf:janhq');
    assert.equal(seeded?.fingerprint, SEED_FINGERPRINT);
  });

  it('cannot be used where the file is missing or broken', () => {
    assert.throws(() => seedRows(join(folder(), 'nowhere.json')), /ENOENT/);
    assert.throws(() => seedRows(written('<html>')), SyntaxError);
  });

  it('that is bundled has models for each source that is followed at first', () => {
    const rowsOf = seedRows(BUNDLED);
    for (const source of ['hf:cortexso', 'hf:janhq', 'jan:v2']) {
      assert.ok(rowsOf(source).length > 0, source);
    }
    for (const { record } of rowsOf('jan:v2')) {
      assert.match(record.id, /^[\w][\w.-]*\/[\w][\w.-]*$/);
    }
  });
});
