import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { mergeDuplicates } from '../../../src/runtime/duplicateMerge.ts';
import { RuntimeError } from '../../../src/runtime/errors.ts';
import { removalOf } from '../../../src/runtime/removal.ts';
import type { LocalFile, RuntimeKind } from '../../../src/runtime/runtime.ts';
import {
  FakeRuntime,
  installedEntry,
  localFile,
  sha256,
  writeWeights,
} from '../support/fakeRuntime.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { useInstalled } from '../support/useInstalled.ts';

const WEIGHTS = 'the same weights';

describe('Files that are here twice', () => {
  const rig = useInstalled();
  const path = (...names: string[]): string => join(rig().folder, ...names);
  const inode = (file: string): number => statSync(file).ino;

  /** Lists files as entries of one runtime each, and proves what they are. */
  async function list(files: Readonly<Partial<Record<RuntimeKind, LocalFile[]>>>): Promise<void> {
    const { background, scan } = rig();
    const { signal } = new AbortController();
    for (const file of Object.values(files).flat()) await background.prove(file.path, { signal });
    const runtimes = Object.entries(files).map(([kind, own]) => {
      const entries = own.map((file, index) => installedEntry(`${kind}${index}`, [file]));
      return new FakeRuntime(kind as RuntimeKind, entries);
    });
    await scan(...runtimes);
  }

  function merge(signal = new AbortController().signal): Promise<{ readonly freedBytes: number }> {
    const { models, background, store, logger } = rig();
    return mergeDuplicates(models.duplicates, {
      ...{ logger, signal },
      prove: (file) => background.prove(file, { signal }),
      onDidLink: (file, size, modifiedAt, hash) => store.remember(file, size, modifiedAt, hash),
    });
  }

  function old(file: LocalFile): LocalFile {
    utimesSync(file.path, 1_000, 1_000);
    return localFile(file.path);
  }

  it('are told of each other, and how much merging them would free', async () => {
    await list({
      folder: [writeWeights(path('a.gguf'), WEIGHTS), writeWeights(path('z.gguf'), 'others')],
      jan: [writeWeights(path('b.gguf'), WEIGHTS)],
      cortex: [writeWeights(path('c.gguf'), WEIGHTS)],
    });
    const { entry, models } = rig();
    assert.deepEqual(entry('folder0').duplicates, ['cortex/cortex0', 'jan/jan0']);
    assert.deepEqual(entry('folder1').duplicates, []);
    assert.equal(models.snapshot.duplicateBytes, 2 * WEIGHTS.length);
  });

  it('are none where they are links already, or symbolic links', async () => {
    const file = writeWeights(path('a.gguf'), WEIGHTS);
    linkSync(file.path, path('b.gguf'));
    symlinkSync(file.path, path('c.gguf'));
    await list({ folder: [file], jan: [localFile(path('b.gguf')), localFile(path('c.gguf'))] });
    assert.deepEqual(rig().entry('folder0').duplicates, []);
    assert.equal(rig().models.snapshot.duplicateBytes, 0);
  });

  it('are none as long as it is only claimed that they are the same', async () => {
    const claimed = { sha256: sha256(WEIGHTS) };
    const files = ['a', 'b'].map((name) => writeWeights(path(name), WEIGHTS, claimed));
    await rig().scan(
      new FakeRuntime(
        'jan',
        files.map((file) => installedEntry(file.path, [file])),
      ),
    );
    assert.equal(rig().models.snapshot.duplicateBytes, 0);
  });

  it('become one file, which is the older, and all names stay', async () => {
    const [a, b] = [writeWeights(path('a.gguf'), WEIGHTS), writeWeights(path('b.gguf'), WEIGHTS)];
    await list({ folder: [a], jan: [old(b)] });
    const kept = inode(b.path);
    assert.deepEqual(await merge(), { freedBytes: WEIGHTS.length });
    assert.deepEqual([inode(a.path), inode(b.path)], [kept, kept]);
    assert.equal(readFileSync(a.path, 'utf8'), WEIGHTS);
    assert.deepEqual(readdirSync(rig().folder).sort(), ['a.gguf', 'b.gguf', 'storage']);
    assert.ok(rig().store.sha256Of(a.path, a.size, localFile(a.path).modifiedAt), 'and are known');
  });

  it('free nothing where somebody else has another name of the file', async () => {
    const [a, b] = [writeWeights(path('a.gguf'), WEIGHTS), writeWeights(path('b.gguf'), WEIGHTS)];
    linkSync(a.path, path('unlisted.gguf'));
    await list({ folder: [a], jan: [old(b)] });
    assert.equal(rig().models.snapshot.duplicateBytes, 0);
    assert.deepEqual(await merge(), { freedBytes: 0 });
  });

  it('stay as they are in the Hugging Face cache, whichever is older', async () => {
    const blob = writeWeights(path('blobs', sha256(WEIGHTS)), WEIGHTS);
    mkdirSync(path('snapshots', '1'), { recursive: true });
    symlinkSync(blob.path, path('snapshots', '1', 'm.gguf'));
    const a = old(writeWeights(path('a.gguf'), WEIGHTS));
    await list({ folder: [a], huggingFaceCache: [localFile(path('snapshots', '1', 'm.gguf'))] });
    const kept = inode(blob.path);
    assert.deepEqual(await merge(), { freedBytes: WEIGHTS.length });
    assert.deepEqual([inode(a.path), inode(blob.path)], [kept, kept]);
  });

  it('stay as they are in the Hugging Face cache also where that has no links', async () => {
    const cached = writeWeights(path('snapshots', '1', 'm.gguf'), WEIGHTS);
    const a = old(writeWeights(path('a.gguf'), WEIGHTS));
    await list({ folder: [a], huggingFaceCache: [cached] });
    const kept = inode(cached.path);
    await merge();
    assert.deepEqual([inode(a.path), inode(cached.path)], [kept, kept]);
  });

  it('are left alone while they run, and where they are read-only', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => writeWeights(path(name), WEIGHTS));
    const { background, scan, models } = rig();
    const { signal } = new AbortController();
    for (const file of [a!, b!, c!]) await background.prove(file.path, { signal });
    chmodSync(c!.path, 0o444);
    const before = [a!, b!, c!].map((file) => inode(file.path));
    await scan(
      new FakeRuntime('folder', [installedEntry('c', [c!])]),
      new FakeRuntime('jan', [
        installedEntry('a', [a!], { running: true }),
        installedEntry('b', [b!], { running: true }),
      ]),
    );
    assert.equal(models.snapshot.duplicateBytes, 0);
    assert.deepEqual(await merge(), { freedBytes: 0 });
    assert.deepEqual(
      [a!, b!, c!].map((file) => inode(file.path)),
      before,
    );
  });

  it('are not merged where one has other bytes by now', async () => {
    const [a, b] = [writeWeights(path('a.gguf'), WEIGHTS), writeWeights(path('b.gguf'), WEIGHTS)];
    await list({ folder: [a], jan: [old(b)] });
    writeFileSync(a.path, WEIGHTS.toUpperCase());
    await assert.rejects(merge(), (error) => {
      assert.ok(RuntimeError.is(error, 'disk'));
      assert.match(error.message, /No duplicates could be merged.*other bytes/);
      return true;
    });
    assert.equal(readFileSync(a.path, 'utf8'), WEIGHTS.toUpperCase());
    assert.deepEqual(readdirSync(rig().folder).sort(), ['a.gguf', 'b.gguf', 'storage']);
  });

  it('are merged no further once the user gives up', async () => {
    const [a, b] = [writeWeights(path('a.gguf'), WEIGHTS), writeWeights(path('b.gguf'), WEIGHTS)];
    await list({ folder: [a], jan: [b] });
    await assert.rejects(merge(AbortSignal.abort()), (error) =>
      RuntimeError.is(error, 'cancelled'),
    );
    assert.notEqual(inode(a.path), inode(b.path));
  });
});

describe('What deleting an entry means', () => {
  const folder = useTemporaryFolder();
  const path = (...names: string[]): string => join(folder(), ...names);
  const entry = (...files: LocalFile[]): ReturnType<typeof installedEntry> =>
    installedEntry(randomUUID(), files);

  it('is all its files, and all their bytes', async () => {
    const files = ['a', 'b'].map((name) => writeWeights(path(name), WEIGHTS));
    assert.deepEqual(await removalOf(entry(...files), folder(), []), {
      paths: files.map((file) => file.path),
      freedBytes: 2 * WEIGHTS.length,
    });
  });

  it('frees nothing of a file that has other names, and all where all names go', async () => {
    const a = writeWeights(path('a'), WEIGHTS);
    linkSync(a.path, path('b'));
    assert.equal((await removalOf(entry(a), folder(), [])).freedBytes, 0);
    const both = entry(a, localFile(path('b')));
    assert.equal((await removalOf(both, folder(), [])).freedBytes, WEIGHTS.length);
  });

  it('leaves files that another entry uses, by whichever name', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => writeWeights(path(name), WEIGHTS));
    symlinkSync(b!.path, path('link'));
    const others = [entry(a!), entry(localFile(path('link')))];
    assert.deepEqual(await removalOf(entry(a!, b!, c!), folder(), others), {
      paths: [c!.path],
      freedBytes: WEIGHTS.length,
    });
  });

  it('is also what the names of the Hugging Face cache lead to, in all snapshots', async () => {
    const blob = writeWeights(path('blobs', 'x'), WEIGHTS);
    for (const snapshot of ['1', '2', '3'])
      mkdirSync(path('snapshots', snapshot), { recursive: true });
    symlinkSync(blob.path, path('snapshots', '1', 'm.gguf'));
    symlinkSync(blob.path, path('snapshots', '2', 'm.gguf'));
    writeWeights(path('snapshots', '3', 'm.gguf'), 'others');
    const one = entry(localFile(path('snapshots', '1', 'm.gguf')));
    assert.deepEqual(await removalOf(one, folder(), []), {
      paths: [path('snapshots', '1', 'm.gguf'), blob.path, path('snapshots', '2', 'm.gguf')],
      freedBytes: WEIGHTS.length,
    });
    const user = entry(localFile(blob.path));
    assert.deepEqual(await removalOf(one, folder(), [user]), {
      paths: [path('snapshots', '1', 'm.gguf')],
      freedBytes: 0,
    });
  });

  it('leaves what lies outside of the folder of the runtime: it was only added to it', async () => {
    const [own, added] = [path('jan', 'model.yml'), path('jan-not', 'added.gguf')];
    const files = [writeWeights(own, 'name: m'), writeWeights(added, WEIGHTS)];
    assert.deepEqual((await removalOf(entry(...files), path('jan'), [])).paths, [own]);
  });

  it('leaves what links in the folder of the runtime lead to outside of it', async () => {
    const mine = writeWeights(path('mine', 'weights.gguf'), WEIGHTS);
    mkdirSync(path('jan', 'models'), { recursive: true });
    symlinkSync(mine.path, path('jan', 'models', 'model.gguf'));
    symlinkSync(path('mine'), path('jan', 'models', 'linked'));
    const link = localFile(path('jan', 'models', 'model.gguf'));
    const through = localFile(path('jan', 'models', 'linked', 'weights.gguf'));
    const only = { paths: [link.path], freedBytes: 0 };
    assert.deepEqual(await removalOf(entry(link, through), path('jan'), []), only);
    assert.deepEqual(await removalOf(entry(link), undefined, []), only);
  });

  it('is the same where the folder of the runtime is reached by a link', async () => {
    const blob = writeWeights(path('disk', 'blobs', 'x'), WEIGHTS);
    mkdirSync(path('disk', 'snapshots', '1'), { recursive: true });
    symlinkSync(blob.path, path('disk', 'snapshots', '1', 'm.gguf'));
    symlinkSync(path('disk'), path('cache'));
    const link = localFile(path('cache', 'snapshots', '1', 'm.gguf'));
    assert.deepEqual(await removalOf(entry(link), path('cache'), []), {
      paths: [link.path, realpathSync(blob.path)],
      freedBytes: WEIGHTS.length,
    });
  });

  it('does not mind files that are gone', async () => {
    const gone = { ...writeWeights(path('a'), WEIGHTS), path: path('gone') };
    assert.deepEqual(await removalOf(entry(gone), folder(), []), {
      paths: [path('gone')],
      freedBytes: 0,
    });
  });
});
