import assert from 'node:assert/strict';
import {
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DownloadPlan, PlannedFile } from '../../../../src/download/model.ts';
import { noteInReceipt, RECEIPT_FILE } from '../../../../src/download/receipt.ts';
import { RuntimeError } from '../../../../src/runtime/errors.ts';
import { FolderRuntime } from '../../../../src/runtime/folder/folderRuntime.ts';
import type { RuntimeListing } from '../../../../src/runtime/runtime.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { entryIn, idsIn, never, whileUnreadable, writeFiles } from './diskRig.ts';

const REVISION = 'a'.repeat(40);
const SHA256 = 'b'.repeat(64);

describe('The folder of models', () => {
  const home = useTemporaryFolder();
  let logger: ReturnType<typeof collectingLogger>;
  beforeEach(() => {
    logger = collectingLogger();
  });

  const root = (): string => join(home(), 'models');
  const list = (signal = never): Promise<RuntimeListing | undefined> =>
    new FolderRuntime({ folder: root(), clock: new FakeClock(), logger }).list(signal);

  function planned(path: string, size: number, role: PlannedFile['role'] = 'weights'): PlannedFile {
    return { path, size, role, digest: { algorithm: 'sha256', hex: SHA256 } };
  }

  /** Puts a variant there as a download does. */
  async function install(model: string, variant: string, files: PlannedFile[]): Promise<void> {
    const folder = join(root(), model);
    writeFiles(folder, Object.fromEntries(files.map(({ path, size }) => [path, size])));
    const plan: DownloadPlan = { model, revision: REVISION, variant, files, size: 0 };
    const names = files.map(({ path }) => path);
    const times = names.map((name) => Math.trunc(statSync(join(folder, name)).mtimeMs));
    await noteInReceipt(folder, plan, names, times);
  }

  it('is not there until something is in it', async () => {
    assert.equal(await list(), undefined);
  });

  it('is empty where nothing is in it', async () => {
    mkdirSync(root());
    assert.deepEqual((await list())?.entries, []);
  });

  it('says so if it is no folder', async () => {
    writeFiles(home(), { models: 3 });
    await assert.rejects(list(), (error) => RuntimeError.is(error, 'disk'));
  });

  it('ends when its caller gives up', async () => {
    mkdirSync(root());
    await assert.rejects(list(AbortSignal.abort()), (error) => RuntimeError.is(error, 'cancelled'));
  });

  describe('of what was downloaded', () => {
    it('tells the origin, and what was verified', async () => {
      await install('acme/Small-GGUF', 'Small-Q4_K_M', [
        planned('Small-Q4_K_M.gguf', 40),
        planned('mmproj-F16.gguf', 5, 'projector'),
      ]);
      const listing = await list();
      assert.deepEqual(idsIn(listing), ['acme/Small-GGUF#Small-Q4_K_M']);
      const entry = entryIn(listing, 'acme/Small-GGUF#Small-Q4_K_M');
      const origin = { model: 'acme/Small-GGUF', revision: REVISION, variant: 'Small-Q4_K_M' };
      assert.deepEqual(entry.origin, origin);
      assert.equal(entry.name, 'Small-Q4_K_M');
      assert.equal(entry.size, 45);
      assert.equal(entry.problem, undefined);
      assert.deepEqual(
        entry.files.map(({ role, size, sha256 }) => [role, size, sha256]),
        [
          ['weights', 40, SHA256],
          ['projector', 5, SHA256],
        ],
      );
    });

    it('lists several variants of a model by themselves', async () => {
      await install('acme/Small', 'Small-Q4_0', [planned('Small-Q4_0.gguf', 4)]);
      await install('acme/Small', 'Q8/Small-Q8_0', [planned('Q8/Small-Q8_0.gguf', 8)]);
      const ids = ['acme/Small#Q8/Small-Q8_0', 'acme/Small#Small-Q4_0'];
      assert.deepEqual(idsIn(await list()), ids);
    });

    it('knows the small files of weights in safetensors, whatever their names', async () => {
      await install('acme/Mlx', 'safetensors', [
        planned('model.safetensors', 9),
        planned('merges.bpe', 1, 'companion'),
      ]);
      const entry = entryIn(await list(), 'acme/Mlx#safetensors');
      assert.equal(entry.name, 'Mlx');
      assert.deepEqual(
        entry.files.map(({ role }) => role),
        ['weights', 'companion'],
      );
    });

    it('proves nothing by a receipt once the file was touched', async () => {
      await install('acme/Small', 'Small-Q4_0', [planned('Small-Q4_0.gguf', 4)]);
      utimesSync(join(root(), 'acme/Small/Small-Q4_0.gguf'), 1, 1);
      const entry = entryIn(await list(), 'acme/Small#Small-Q4_0');
      assert.equal(entry.files[0]?.sha256, undefined);
      assert.equal(entry.files[0]?.expectedSha256, SHA256);
      assert.equal(entry.problem, undefined);
    });

    it('names a file that is missing, or shorter or longer than it was', async () => {
      const parts = [1, 2].map((n) => planned(`Big-0000${n}-of-00002.gguf`, 4));
      await install('acme/Big', 'Big', parts);
      await install('acme/Short', 'Short-Q4_0', [planned('Short-Q4_0.gguf', 4)]);
      rmSync(join(root(), 'acme/Big/Big-00002-of-00002.gguf'));
      await install('acme/Long', 'Long-Q4_0', [planned('Long-Q4_0.gguf', 4)]);
      truncateSync(join(root(), 'acme/Short/Short-Q4_0.gguf'), 3);
      truncateSync(join(root(), 'acme/Long/Long-Q4_0.gguf'), 5);
      const listing = await list();
      assert.match(
        entryIn(listing, 'acme/Big#Big').problem ?? '',
        /00002-of-00002.gguf is missing/,
      );
      assert.match(entryIn(listing, 'acme/Short#Short-Q4_0').problem ?? '', /is shorter/);
      assert.match(entryIn(listing, 'acme/Long#Long-Q4_0').problem ?? '', /is longer/);
      assert.equal(listing?.entries.length, 3);
    });

    it('lists what the user put beside it by itself', async () => {
      await install('acme/Small', 'Small-Q4_0', [planned('Small-Q4_0.gguf', 4)]);
      writeFiles(root(), { 'acme/Small/Small-Q8_0.gguf': 8 });
      assert.deepEqual(idsIn(await list()), [
        'acme/Small#Small-Q4_0',
        'acme/Small/Small-Q8_0.gguf',
      ]);
    });

    it('forgets what the user has deleted, and lists the rest', async () => {
      await install('acme/Small', 'Small-Q4_0', [planned('Small-Q4_0.gguf', 4)]);
      await install('acme/Small', 'Small-Q8_0', [planned('Small-Q8_0.gguf', 8)]);
      rmSync(join(root(), 'acme/Small/Small-Q4_0.gguf'));
      assert.deepEqual(idsIn(await list()), ['acme/Small#Small-Q8_0']);
    });

    it('lists files as they are where a receipt cannot be read, and logs why', async () => {
      for (const text of [
        '{',
        '[]',
        '{"version":1}',
        '{"version":99,"model":"a/b","variants":[]}',
      ]) {
        writeFiles(root(), { [`acme/Odd/${RECEIPT_FILE}`]: text, 'acme/Odd/Odd-Q4_0.gguf': 4 });
        const entry = entryIn(await list(), 'acme/Odd/Odd-Q4_0.gguf');
        assert.deepEqual(entry.origin, { model: 'acme/Odd', variant: 'Odd-Q4_0' });
      }
      assert.equal(logger.at('warn').length, 4);
    });

    it('never leaves the folder by a receipt', async () => {
      writeFiles(home(), { 'secret.gguf': 4 });
      await install('acme/Evil', 'Evil', [planned('Evil.gguf', 4)]);
      const path = join(root(), 'acme/Evil', RECEIPT_FILE);
      const file = (name: string): object => ({
        path: name,
        size: 4,
        role: 'weights',
        modifiedAt: 0,
        digest: { algorithm: 'sha256', hex: SHA256 },
      });
      const files = [file('Evil.gguf'), file('../../../secret.gguf')];
      const variants = [{ name: 'Evil', revision: REVISION, files }];
      writeFileSync(path, JSON.stringify({ version: 1, model: 'acme/Evil', variants }));
      const entry = entryIn(await list(), 'acme/Evil/Evil.gguf');
      assert.equal(entry.files.length, 1, 'nothing is believed of such a receipt');
      assert.match(logger.at('warn').join('\n'), /acme.Evil/);
    });
  });

  describe('of what the user put there', () => {
    it('lists each file at whichever depth', async () => {
      writeFiles(root(), {
        'Loose-Q8_0.gguf': 8,
        'mine/Other.GGUF': 3,
        'acme/Small-GGUF/Q4/Small-Q4_K_M.gguf': 4,
        'acme/Small-GGUF/README.md': 9,
      });
      const listing = await list();
      assert.deepEqual(idsIn(listing), [
        'Loose-Q8_0.gguf',
        'acme/Small-GGUF/Q4/Small-Q4_K_M.gguf',
        'mine/Other.GGUF',
      ]);
      assert.deepEqual(entryIn(listing, 'Loose-Q8_0.gguf').origin, {});
      const origin = { model: 'acme/Small-GGUF', variant: 'Q4/Small-Q4_K_M' };
      const deep = entryIn(listing, 'acme/Small-GGUF/Q4/Small-Q4_K_M.gguf');
      assert.deepEqual(deep.origin, origin);
      assert.equal(deep.name, 'Small-Q4_K_M');
    });

    it('makes one entry of the parts of a split file, with the projector beside it', async () => {
      writeFiles(root(), {
        'a/Big-00001-of-00002.gguf': 4,
        'a/Big-00002-of-00002.gguf': 3,
        'a/mmproj-Big.gguf': 2,
        'a/imatrix.gguf': 1,
      });
      const listing = await list();
      assert.deepEqual(idsIn(listing), ['a/Big-00001-of-00002.gguf']);
      const entry = entryIn(listing, 'a/Big-00001-of-00002.gguf');
      assert.equal(entry.name, 'Big');
      assert.equal(entry.size, 9);
      assert.deepEqual(
        entry.files.map(({ role }) => role),
        ['weights', 'weights', 'projector'],
      );
    });

    it('says how many parts of a split file are missing', async () => {
      writeFiles(root(), { 'Big-00002-of-00003.gguf': 4 });
      const { problem } = entryIn(await list(), 'Big-00002-of-00003.gguf');
      assert.match(problem ?? '', /^2 of 3 parts are missing/);
    });

    it('passes over unfinished files, hidden folders and other files', async () => {
      writeFiles(root(), {
        'a/b/x.gguf.partial': 4,
        'a/b/x.gguf.partial.journal': 4,
        '.git/objects/y.gguf': 4,
        'node_modules/z.gguf': 4,
        'notes.txt': 4,
      });
      assert.deepEqual((await list())?.entries, []);
    });

    it('follows no links', async () => {
      writeFiles(home(), { 'elsewhere/x.gguf': 4 });
      writeFiles(root(), { 'real.gguf': 4 });
      symlinkSync(join(home(), 'elsewhere'), join(root(), 'out'));
      symlinkSync(join(home(), 'elsewhere/x.gguf'), join(root(), 'x.gguf'));
      symlinkSync(root(), join(root(), 'circle'));
      assert.deepEqual(idsIn(await list()), ['real.gguf']);
    });

    it('may itself be reached by a link', async () => {
      writeFiles(home(), { 'disk/x.gguf': 4 });
      symlinkSync(join(home(), 'disk'), root());
      assert.deepEqual(idsIn(await list()), ['x.gguf']);
    });

    it('goes so deep and no deeper', async () => {
      const deep = (levels: number): string => `${'d/'.repeat(levels)}x.gguf`;
      writeFiles(root(), { [deep(8)]: 1, [deep(9)]: 1 });
      assert.deepEqual(idsIn(await list()), [deep(8)]);
    });

    it('takes names of all languages, with spaces and quotes', async () => {
      const names = ['模型/通义千问-Q4_K_M.gguf', 'é è/Ünï "x".gguf', '😀.gguf'];
      writeFiles(root(), Object.fromEntries(names.map((name) => [name, 1])));
      assert.deepEqual(idsIn(await list()), names.toSorted());
    });
  });

  it('tells of a folder that cannot be read, and lists the others', async () => {
    writeFiles(root(), { 'a/x.gguf': 1, 'locked/y.gguf': 1 });
    const locked = join(root(), 'locked');
    const listing = await whileUnreadable(locked, home(), () => list());
    assert.deepEqual(idsIn(listing), ['a/x.gguf']);
    assert.ok(listing?.problem?.includes(locked), listing?.problem);
  });

  it('lists thousands of models in time that grows with their number only', async () => {
    const fill = (from: number, to: number): void => {
      for (let n = from; n < to; n++) writeFiles(root(), { [`o${n % 50}/m${n}/x${n}.gguf`]: 0 });
    };
    const measure = async (): Promise<number> => {
      const before = process.cpuUsage();
      await list();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    fill(0, 500);
    await list();
    const few = await measure();
    fill(500, 4_000);
    const many = await measure();
    assert.equal((await list())?.entries.length, 4_000);
    assert.ok(many < few * 8 * 3, `${few} µs for 500, ${many} µs for 4,000`);
  });
});
