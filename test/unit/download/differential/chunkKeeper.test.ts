import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChunkKeeper } from '../../../../src/download/differential/chunkKeeper.ts';
import type { Wanted } from '../../../../src/download/differential/differ.ts';
import { cancelled } from '../../../../src/sync/errors.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/until.ts';
import { bytesOf, planned, REVISION, MODEL } from '../support.ts';

/** Reads files for as long as the test wants it to. */
class Reading {
  /** Files that were begun with, in their order. */
  readonly begun: string[] = [];
  readonly done: string[] = [];
  #end: (() => void) | undefined;

  remember(path: string, { signal }: Wanted): Promise<void> {
    this.begun.push(path);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(cancelled()));
      this.#end = () => {
        this.done.push(path);
        resolve();
      };
    });
  }

  /** The file that is read has been read. */
  end(): void {
    this.#end?.();
  }
}

describe('What downloaded files are made of', () => {
  const folder = useTemporaryFolder();
  const source = { endpoint: new URL('https://hub.example'), model: MODEL, revision: REVISION };
  const fileAt = (path: string) => ({ path, source, file: planned(path, bytesOf(path, 10)) });

  it('is looked at while the user is away, one file after the other', async () => {
    const reading = new Reading();
    const keeper = new ChunkKeeper(reading);
    keeper.add(fileAt('a'));
    keeper.add(fileAt('b'));
    assert.deepEqual(reading.begun, []);
    keeper.setIdle(true);
    await until(() => reading.begun.length === 1);
    assert.deepEqual(reading.begun, ['a']);
    reading.end();
    await until(() => reading.begun.length === 2);
    reading.end();
    await until(() => reading.done.length === 2);
    keeper.add(fileAt('c'));
    await until(() => reading.begun.length === 3);
    assert.deepEqual(reading.begun, ['a', 'b', 'c']);
    await keeper.close();
  });

  it('is left at once when the user is back, and looked at again later', async () => {
    const reading = new Reading();
    const keeper = new ChunkKeeper(reading);
    keeper.setIdle(true);
    keeper.add(fileAt('a'));
    await until(() => reading.begun.length === 1);
    keeper.setIdle(false);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(reading.begun, ['a']);
    keeper.setIdle(true);
    await until(() => reading.begun.length === 2);
    assert.deepEqual(reading.begun, ['a', 'a']);
    reading.end();
    await until(() => reading.done.length === 1);
    keeper.setIdle(false);
    keeper.setIdle(true);
    assert.deepEqual(reading.begun, ['a', 'a'], 'once is enough');
    await keeper.close();
  });

  it('is left when the window closes, which does not wait for more', async () => {
    const reading = new Reading();
    const keeper = new ChunkKeeper(reading);
    keeper.setIdle(true);
    keeper.add(fileAt('a'));
    keeper.add(fileAt('b'));
    await until(() => reading.begun.length === 1);
    await keeper.close();
    keeper.setIdle(true);
    assert.deepEqual(reading.begun, ['a']);
    assert.deepEqual(reading.done, []);
  });

  it('is not looked at for more than a hundred files: the first ones go', async () => {
    const reading = new Reading();
    const keeper = new ChunkKeeper(reading);
    for (let index = 0; index < 103; index++) keeper.add(fileAt(String(index)));
    keeper.setIdle(true);
    await until(() => reading.begun.length === 1);
    assert.deepEqual(reading.begun, ['3']);
    await keeper.close();
  });

  it('is not looked at where a file was changed since it was installed', async () => {
    const reading = new Reading();
    const keeper = new ChunkKeeper(reading);
    const path = join(folder(), 'model.gguf');
    writeFileSync(path, 'verified');
    keeper.add(fileAt(path));
    keeper.add(fileAt('b'));
    writeFileSync(path, 'changed since');
    keeper.setIdle(true);
    await until(() => reading.begun.length === 1);
    assert.deepEqual(reading.begun, ['b']);
    await keeper.close();
  });

  it('is not looked at again and again where that fails', async () => {
    const begun: string[] = [];
    const keeper = new ChunkKeeper({
      remember: async (path) => {
        begun.push(path);
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('it cannot be read');
      },
    });
    keeper.add(fileAt('a'));
    keeper.add(fileAt('b'));
    keeper.setIdle(true);
    await until(() => begun.length === 2);
    assert.deepEqual(begun, ['a', 'b']);
    await keeper.close();
  });

  it('is no trouble to a download where the file cannot even be looked at', async () => {
    const reading = new Reading();
    const keeper = new ChunkKeeper(reading);
    const path = join(folder(), 'm'.repeat(5_000));
    keeper.add(fileAt(path));
    keeper.setIdle(true);
    await until(() => reading.begun.length === 1);
    assert.deepEqual(reading.begun, [path]);
    await keeper.close();
  });
});
