import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { huggingFaceCacheFolder } from '../../../../src/runtime/huggingFaceCache/cacheFolder.ts';
import { HuggingFaceCache } from '../../../../src/runtime/huggingFaceCache/huggingFaceCache.ts';
import type { RuntimeListing } from '../../../../src/runtime/runtime.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { entryIn, idsIn, machineIn, never, whileUnreadable, writeFiles } from './diskRig.ts';

const OLD = '1'.repeat(40);
const NEW = '2'.repeat(40);
const sha256 = (digit: string): string => digit.repeat(64);
const gitSha1 = (digit: string): string => digit.repeat(40);

describe('The folder of the Hugging Face cache', () => {
  const where = (environment: Record<string, string>): string =>
    huggingFaceCacheFolder(machineIn('/home/me', { environment }));

  it('is in the cache of the user', () => {
    assert.equal(where({}), '/home/me/.cache/huggingface/hub');
  });

  it('is where the first of its variables says', () => {
    const variables: [string, string, string][] = [
      ['XDG_CACHE_HOME', '/xdg', '/xdg/huggingface/hub'],
      ['HF_HOME', '/hf', '/hf/hub'],
      ['HUGGINGFACE_HUB_CACHE', '/older', '/older'],
      ['HF_HUB_CACHE', '/newer', '/newer'],
    ];
    const environment: Record<string, string> = {};
    for (const [name, value, folder] of variables) {
      environment[name] = value;
      assert.equal(where(environment), folder);
    }
  });

  it("may begin with the sign for the user's folder", () => {
    assert.equal(where({ HF_HOME: '~/hf' }), '/home/me/hf/hub');
  });

  it('is not where a variable says nothing of use', () => {
    assert.equal(
      where({ HF_HUB_CACHE: ' ', HF_HOME: 'relative' }),
      '/home/me/.cache/huggingface/hub',
    );
  });
});

describe('The Hugging Face cache', () => {
  const home = useTemporaryFolder();
  const root = (): string => join(home(), 'hub');
  const runtime = (): HuggingFaceCache =>
    new HuggingFaceCache({
      machine: machineIn(home(), { environment: { HF_HUB_CACHE: root() } }),
      clock: new FakeClock(),
      logger: collectingLogger(),
    });
  const list = (): Promise<RuntimeListing | undefined> => runtime().list(never);

  /** Puts a file there as the Hub's tools do: its bytes as a blob, its name as a link. */
  function cache(
    repository: string,
    commit: string,
    path: string,
    blob: string,
    size: number,
  ): void {
    const folder = join(root(), `models--${repository.replace('/', '--')}`);
    writeFiles(folder, { [`blobs/${blob}`]: size });
    const link = join(folder, 'snapshots', commit, path);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(folder, 'blobs', blob)), link);
  }
  function refer(repository: string, ref: string, commit: string): void {
    writeFiles(root(), { [`models--${repository.replace('/', '--')}/refs/${ref}`]: commit });
  }

  it('is not there where nobody has used it', async () => {
    assert.equal(await list(), undefined);
  });

  it('lists the variants of a snapshot, with what the names of blobs prove', async () => {
    cache('acme/Small-GGUF', NEW, 'Small-Q4_K_M.gguf', sha256('a'), 4);
    cache('acme/Small-GGUF', NEW, 'Q8/Small-Q8_0.gguf', sha256('b'), 8);
    cache('acme/Small-GGUF', NEW, 'mmproj-F16.gguf', sha256('c'), 2);
    cache('acme/Small-GGUF', NEW, 'README.md', gitSha1('d'), 2);
    refer('acme/Small-GGUF', 'main', NEW);
    const listing = await list();
    const id = `acme/Small-GGUF@${NEW}/Small-Q4_K_M`;
    assert.deepEqual(idsIn(listing), [`acme/Small-GGUF@${NEW}/Q8/Small-Q8_0`, id]);
    const entry = entryIn(listing, id);
    const origin = { model: 'acme/Small-GGUF', revision: NEW, variant: 'Small-Q4_K_M' };
    assert.deepEqual(entry.origin, origin);
    assert.equal(entry.size, 6);
    assert.deepEqual(
      entry.files.map(({ role, size, sha256: digest }) => [role, size, digest]),
      [
        ['weights', 4, sha256('a')],
        ['projector', 2, sha256('c')],
      ],
    );
  });

  it('lists safetensors as one variant with the small files that belong to it', async () => {
    cache('acme/Mlx', NEW, 'model-00001-of-00002.safetensors', sha256('a'), 4);
    cache('acme/Mlx', NEW, 'model-00002-of-00002.safetensors', sha256('b'), 4);
    cache('acme/Mlx', NEW, 'config.json', gitSha1('c'), 1);
    const entry = entryIn(await list(), `acme/Mlx@${NEW}/safetensors`);
    assert.equal(entry.name, 'Mlx');
    assert.equal(entry.problem, undefined);
    assert.deepEqual(
      entry.files.map(({ role, sha256: digest }) => [role, digest]),
      [
        ['weights', sha256('a')],
        ['weights', sha256('b')],
        ['companion', undefined],
      ],
    );
  });

  it('says that parts are missing, also where a link has lost its blob', async () => {
    cache('acme/Mlx', NEW, 'model-00001-of-00002.safetensors', sha256('a'), 4);
    cache('acme/Big', NEW, 'Big-00001-of-00002.gguf', sha256('a'), 4);
    cache('acme/Big', NEW, 'Big-00002-of-00002.gguf', sha256('b'), 4);
    rmSync(join(root(), 'models--acme--Big/blobs', sha256('b')));
    const listing = await list();
    const missing = /^1 of 2 parts is missing/;
    assert.match(entryIn(listing, `acme/Mlx@${NEW}/safetensors`).problem ?? '', missing);
    assert.match(entryIn(listing, `acme/Big@${NEW}/Big`).problem ?? '', missing);
  });

  it('passes over links without a blob, unfinished blobs and what is no model', async () => {
    cache('acme/Gone', NEW, 'Gone-Q4_0.gguf', sha256('a'), 4);
    rmSync(join(root(), 'models--acme--Gone/blobs', sha256('a')));
    writeFiles(root(), {
      [`models--acme--New/blobs/${sha256('b')}.incomplete`]: 4,
      'models--acme--New/refs/main': NEW,
      '.locks/models--acme--New/x.lock': 0,
      [`datasets--acme--Data/snapshots/${NEW}/x.gguf`]: 4,
      [`models--acme--New/.no_exist/${NEW}/x.gguf`]: 0,
      'version.txt': '1',
      'models--acme--Orphan/refs/main': OLD,
    });
    const listing = await list();
    assert.deepEqual(listing?.entries, []);
    assert.equal(listing.problem, undefined);
  });

  it('takes the files of Windows, which are no links, and proves nothing by them', async () => {
    writeFiles(root(), { [`models--acme--Small/snapshots/${NEW}/Small-Q4_0.gguf`]: 4 });
    const entry = entryIn(await list(), `acme/Small@${NEW}/Small-Q4_0`);
    assert.deepEqual(
      entry.files.map(({ size, sha256: digest }) => [size, digest]),
      [[4, undefined]],
    );
  });

  it('believes the name of no file outside of the blobs', async () => {
    writeFiles(home(), { [sha256('a')]: 4 });
    const folder = join(root(), 'models--acme--Odd/snapshots', NEW);
    mkdirSync(folder, { recursive: true });
    symlinkSync(join(home(), sha256('a')), join(folder, 'Odd-Q4_0.gguf'));
    const entry = entryIn(await list(), `acme/Odd@${NEW}/Odd-Q4_0`);
    assert.equal(entry.files[0]?.sha256, undefined);
  });

  describe('with several snapshots', () => {
    it('lists the same bytes once, in the snapshot of main', async () => {
      for (const commit of [OLD, NEW]) cache('acme/Small', commit, 'S-Q4_0.gguf', sha256('a'), 4);
      refer('acme/Small', 'main', NEW);
      refer('acme/Small', 'pr/1', OLD);
      utimesSync(join(root(), 'models--acme--Small/refs/main'), 1, 1);
      assert.deepEqual(idsIn(await list()), [`acme/Small@${NEW}/S-Q4_0`]);
      refer('acme/Small', 'main', OLD);
      assert.deepEqual(idsIn(await list()), [`acme/Small@${OLD}/S-Q4_0`]);
    });

    it('lists other bytes of the same name by themselves', async () => {
      cache('acme/Small', OLD, 'S-Q4_0.gguf', sha256('a'), 4);
      cache('acme/Small', NEW, 'S-Q4_0.gguf', sha256('b'), 4);
      refer('acme/Small', 'main', NEW);
      const ids = (await list())?.entries.map(({ id }) => id);
      assert.deepEqual(ids, [`acme/Small@${NEW}/S-Q4_0`, `acme/Small@${OLD}/S-Q4_0`]);
    });

    it('takes the newest first where no ref tells', async () => {
      cache('acme/Small', OLD, 'S-Q4_0.gguf', sha256('a'), 4);
      cache('acme/Small', NEW, 'S-Q4_0.gguf', sha256('b'), 4);
      utimesSync(join(root(), 'models--acme--Small/blobs', sha256('b')), 1, 1);
      refer('acme/Small', 'main', 'nonsense');
      const ids = (await list())?.entries.map(({ id }) => id);
      assert.deepEqual(ids, [`acme/Small@${OLD}/S-Q4_0`, `acme/Small@${NEW}/S-Q4_0`]);
    });
  });

  it('takes odd names of repositories and snapshots', async () => {
    cache('gpt2', NEW, 'model.safetensors', sha256('a'), 4);
    cache('acme/Two--Dashes', NEW, '模型 Q4_0.gguf', sha256('a'), 4);
    writeFiles(root(), { 'models--acme--Odd/snapshots/v1.0/Odd-Q4_0.gguf': 4 });
    const listing = await list();
    assert.deepEqual(entryIn(listing, `gpt2@${NEW}/safetensors`).origin, {
      revision: NEW,
      variant: 'safetensors',
    });
    const dashed = entryIn(listing, `acme/Two--Dashes@${NEW}/模型 Q4_0`);
    assert.equal(dashed.origin.model, 'acme/Two--Dashes');
    assert.equal(entryIn(listing, 'acme/Odd@v1.0/Odd-Q4_0').origin.revision, undefined);
  });

  it('tells of a repository that cannot be read, and lists the others', async () => {
    cache('acme/Open', NEW, 'a-Q4_0.gguf', sha256('a'), 4);
    cache('acme/Locked', NEW, 'b-Q4_0.gguf', sha256('b'), 4);
    const locked = join(root(), 'models--acme--Locked');
    const listing = await whileUnreadable(locked, home(), list);
    assert.deepEqual(idsIn(listing), [`acme/Open@${NEW}/a-Q4_0`]);
    assert.ok(listing?.problem?.includes(locked), listing?.problem);
  });
});
