import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thisMachine } from '../../../../src/sync/worker/thisMachine.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';

describe('This machine', () => {
  const folder = useTemporaryFolder();
  const read = (name: string) => thisMachine.readText(join(folder(), name), 5);

  it('reads a small file', async () => {
    writeFileSync(join(folder(), 'small'), 'abcde');
    assert.equal(await read('small'), 'abcde');
  });

  it('has no file where there is none', async () => {
    writeFileSync(join(folder(), 'file'), '');
    assert.equal(await read('none'), undefined);
    assert.equal(await read('file/below'), undefined);
  });

  it('refuses what is too long or no file', async () => {
    writeFileSync(join(folder(), 'long'), 'abcdef');
    mkdirSync(join(folder(), 'folder'));
    await assert.rejects(async () => read('long'), /longer than 5 bytes/);
    await assert.rejects(async () => read('folder'), /no file/);
  });
});
