import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../../../../src/download/differential/recipe.ts';
import { seed } from '../../../../src/download/differential/seed.ts';
import { PartialFile } from '../../../../src/download/file/partialFile.ts';
import { SyncError } from '../../../../src/sync/errors.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { BOOTED, COMMIT, digestOf, MODEL } from '../file/rig.ts';
import { seededBytes } from './support.ts';

const SLICE = 4 * 1024 * 1024;
const SIZE = 2 * SLICE + 1_000;

describe('Copying from the installed file', () => {
  const folder = useTemporaryFolder();
  const bytes = seededBytes(1, SIZE);
  /** All but 500 bytes in the middle, from 1,000 bytes further behind. */
  const recipe: Recipe = {
    way: 'chunks',
    copies: [
      { from: 1_000, to: 0, length: SLICE },
      { from: 1_000 + SLICE + 500, to: SLICE + 500, length: SIZE - SLICE - 500 },
    ],
    fetched: [{ start: SLICE, bytes: bytes.subarray(SLICE, SLICE + 100) }],
    sureness: 'exact',
  };
  const basis = (): string => join(folder(), 'installed.gguf');
  let partial: PartialFile;

  beforeEach(async () => {
    writeFileSync(basis(), Buffer.concat([Buffer.alloc(1_000), bytes]));
    partial = await PartialFile.open(join(folder(), 'model.gguf'), {
      ...{ model: MODEL, revision: COMMIT, path: 'model.gguf', size: SIZE },
      ...{ digest: digestOf(bytes), bootedAt: BOOTED },
    });
  });
  afterEach(() => partial.close());

  const copy = async (onTick = (): void => undefined, signal = new AbortController().signal) => {
    const logger = collectingLogger();
    await seed(partial, recipe, basis(), { onTick, logger, signal });
    return logger.lines;
  };

  /** Fails unless all that is said to be there is right. */
  function assertRight(): void {
    const found = readFileSync(partial.path);
    for (const { start, end } of partial.written.ranges) {
      assert.ok(found.subarray(start, end).equals(bytes.subarray(start, end)), `${start}-${end}`);
    }
  }

  it('brings all but what has to be fetched', async () => {
    let ticks = 0;
    assert.deepEqual(await copy(() => ticks++), []);
    assert.deepEqual(partial.written.ranges, [
      { start: 0, end: SLICE + 100 },
      { start: SLICE + 500, end: SIZE },
    ]);
    assertRight();
    assert.equal(ticks, 3);
  });

  it('leaves what is there already', async () => {
    const there = Buffer.alloc(300, 'x');
    await partial.write(SLICE - 100, [there]);
    await copy();
    const found = readFileSync(partial.path).subarray(SLICE - 100, SLICE + 200);
    assert.ok(found.equals(there));
  });

  it('brings what there is of a file that became shorter', async () => {
    truncateSync(basis(), SLICE + 1_000 + 700);
    await copy();
    assert.deepEqual(partial.written.ranges, [
      { start: 0, end: SLICE + 100 },
      { start: SLICE + 500, end: SLICE + 700 },
    ]);
    assertRight();
    truncateSync(basis(), 0);
    await copy();
    assertRight();
  });

  it('leaves it at that where the file cannot be read', async () => {
    const logger = collectingLogger();
    const options = { onTick: () => undefined, logger, signal: new AbortController().signal };
    await seed(partial, recipe, folder(), options);
    await seed(partial, recipe, join(folder(), 'gone'), options);
    assert.equal(logger.lines.length, 2);
    assert.deepEqual(partial.written.ranges, [{ start: SLICE, end: SLICE + 100 }]);
  });

  it('ends between two pieces when it is broken off', async () => {
    const stopping = new AbortController();
    const broken = copy(() => stopping.abort(), stopping.signal);
    await assert.rejects(broken, (error) => SyncError.is(error, 'cancelled'));
    assert.deepEqual(partial.written.ranges, [{ start: 0, end: SLICE + 100 }]);
    assertRight();
  });
});
