import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder, UNFINISHED, writeAtomically } from '../../../src/download/atomicFile.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

describe('A small file that is written as a whole', () => {
  const folder = useTemporaryFolder();
  const path = (): string => join(folder(), 'note.json');

  it('replaces the one before, and leaves nothing beside it', async () => {
    writeFileSync(path(), 'before');
    writeFileSync(path() + UNFINISHED, 'left by one that was killed');
    await writeAtomically(path(), 'after');
    assert.equal(readFileSync(path(), 'utf8'), 'after');
    assert.deepEqual(readdirSync(folder()), ['note.json']);
  });

  it('is not written through a link that lies in its way', async () => {
    const outside = join(folder(), 'precious');
    symlinkSync(outside, path() + UNFINISHED);
    await writeAtomically(path(), 'text');
    assert.ok(!existsSync(outside));
    assert.equal(readFileSync(path(), 'utf8'), 'text');
  });

  it('leaves nothing behind where it cannot take its place', async () => {
    mkdirSync(join(path(), 'not empty'), { recursive: true });
    await assert.rejects(writeAtomically(path(), 'text'), { code: 'EISDIR' });
    assert.deepEqual(readdirSync(folder()), ['note.json']);
  });

  it('is not said to last in a folder that is gone', async () => {
    await assert.rejects(syncFolder(join(folder(), 'gone')), { code: 'ENOENT' });
  });
});
