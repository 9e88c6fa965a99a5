import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ChunkStore, markOf } from '../../../../src/download/differential/chunkStore.ts';
import type { KnownFile } from '../../../../src/download/differential/chunkStore.ts';
import { chunksOf } from '../../../../src/download/differential/localChunks.ts';
import { marksOf, provenRanges } from '../../../../src/download/differential/provenRanges.ts';
import type { Term } from '../../../../src/download/differential/terms.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { seededBytes, Storage } from './support.ts';

const SIZE = 4_000_000;
const LONGEST_CHUNK = 128 * 1024;
const never = new AbortController().signal;

describe('What of a file is as it should be', () => {
  const folder = useTemporaryFolder();

  async function reading<T>(bytes: Buffer, work: (file: Handle) => Promise<T>): Promise<T> {
    const path = join(folder(), 'model.gguf');
    writeFileSync(path, bytes);
    const file = await open(path);
    return await work(file).finally(() => file.close());
  }
  type Handle = Awaited<ReturnType<typeof open>>;

  const proven = (bytes: Buffer, terms: readonly Term[], known: KnownFile = { terms }) =>
    reading(bytes, (file) => provenRanges(file, terms, marksOf(known), never));

  const known = (bytes: Buffer, terms: readonly Term[]): Promise<KnownFile> =>
    reading(bytes, async (file) => {
      const chunks = [];
      let start = 0;
      for (const { length } of terms) {
        chunks.push(...(await chunksOf(file, { start, end: start + length }, never)));
        start += length;
      }
      return {
        terms,
        chunks: chunks.map(({ length, hash }) => ({ length, mark: markOf(hash) })),
      };
    });

  function damaged(bytes: Buffer, at: number): Buffer {
    const copy = Buffer.from(bytes);
    copy[at] = copy[at]! ^ 1;
    return copy;
  }

  it('is all of it while nothing is damaged, by the names of xorbs or by what is remembered', async () => {
    const bytes = seededBytes(1, SIZE);
    const terms = new Storage().upload(bytes);
    assert.equal((await proven(bytes, terms)).bytes, SIZE);
    assert.equal((await proven(bytes, terms, await known(bytes, terms))).bytes, SIZE);
  });

  it('is all but the chunk with the damage where chunks are remembered', async () => {
    const bytes = seededBytes(2, SIZE);
    const terms = new Storage().upload(bytes);
    const memory = await known(bytes, terms);
    const ranges = await proven(damaged(bytes, 2_000_000), terms, memory);
    const missing = ranges.missing({ start: 0, end: SIZE });
    assert.equal(missing.length, 1);
    assert.ok(missing[0]!.start <= 2_000_000 && 2_000_000 < missing[0]!.end);
    assert.ok(missing[0]!.end - missing[0]!.start <= 2 * LONGEST_CHUNK);
  });

  it('is all but the xorb with the damage where nothing is remembered', async () => {
    const [first, second] = [seededBytes(3, SIZE), seededBytes(4, SIZE)];
    const storage = new Storage();
    const terms = [...storage.upload(first), ...storage.upload(second)];
    const both = Buffer.concat([first, second]);
    const ranges = await proven(damaged(both, SIZE + 10), terms);
    assert.deepEqual(ranges.ranges, [{ start: 0, end: SIZE }]);
  });

  it('is nothing that only a part of a xorb would tell', async () => {
    const bytes = seededBytes(5, SIZE);
    const [term] = new Storage().upload(bytes);
    const [head, ...rest] = await reading(bytes, (file) =>
      chunksOf(file, { start: 0, end: SIZE }, never),
    );
    const part: Term = { ...term!, start: 1, length: SIZE - head!.length };
    assert.equal(part.end - part.start, rest.length);
    assert.equal((await proven(bytes.subarray(head!.length), [part])).bytes, 0);
  });

  it('is kept from one start to the next', () => {
    const options = { storage: folder(), now: 0, logger: collectingLogger() };
    const store = new ChunkStore(options);
    const file: KnownFile = {
      terms: [{ xorb: 'a'.repeat(64), start: 0, end: 2, length: 300 }],
      chunks: [
        { length: 100, mark: '0123456789abcdef' },
        { length: 200, mark: 'fedcba9876543210' },
      ],
    };
    store.remember('b', file);
    store.remember('c', { terms: file.terms });
    store.close();
    const again = new ChunkStore(options);
    assert.deepEqual(again.find('b'), file);
    assert.deepEqual(again.find('c'), { terms: file.terms });
    assert.equal(again.find('d'), undefined);
    again.close();
  });
});
