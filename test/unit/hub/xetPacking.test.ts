import assert from 'node:assert/strict';
import type { GgufRecipe } from '../../hub/gguf.ts';
import { ggufBody, ggufKey, tensorBytes } from '../../hub/gguf.ts';
import {
  ggufRecipe,
  requantised,
  withChangedTensors,
  withInsertedTensor,
  withMetadata,
} from '../../hub/ggufRecipe.ts';
import type { Packing } from '../../hub/xet/cas.ts';
import { Cas } from '../../hub/xet/cas.ts';
import type { Uploaded, XetFile } from '../../hub/xet/upload.ts';

const REPO = 'somebody/model';
const MOST_CHUNK = 128 * 1024;

class Rig {
  readonly cas = new Cas();

  upload(recipe: GgufRecipe, packing?: Packing): Uploaded {
    const key = ggufKey(recipe);
    const uploaded = this.cas.upload(REPO, [{ key, body: ggufBody(recipe) }], packing).get(key);
    assert.ok(uploaded);
    return uploaded;
  }

  file(recipe: GgufRecipe): XetFile {
    const file = this.cas.fileOfKey(ggufKey(recipe));
    assert.ok(file);
    return file;
  }

  /** Where each chunk of a file is, by its name. */
  places(recipe: GgufRecipe): Map<string, string> {
    return new Map(
      this.file(recipe).terms.flatMap(({ xorb, chunks }) =>
        Array.from({ length: chunks.end - chunks.start }, (_, n) => {
          const index = chunks.start + n;
          return [xorb.nameAt(index) ?? '', `${xorb.hash} ${index}`] as const;
        }),
      ),
    );
  }

  /** How many chunks that both files have lie elsewhere in the second. */
  moved(before: GgufRecipe, after: GgufRecipe): number {
    const [old, now] = [this.places(before), this.places(after)];
    return [...now].filter(([name, place]) => old.has(name) && old.get(name) !== place).length;
  }
}

describe('Packing of uploads', () => {
  const base = ggufRecipe({ tensors: 20, tensorBytes: 600_000 });
  const tensorSize = tensorBytes(base.tensors[0]!);
  const template = withMetadata(base, { 'tokenizer.chat_template': 'longer '.repeat(3_000) });

  it('stores a first file whole, in xorbs that hold all of it', () => {
    const rig = new Rig();
    const uploaded = rig.upload(base);
    const { size, terms } = rig.file(base);
    assert.deepEqual([uploaded.newBytes, uploaded.size], [size, ggufBody(base).size]);
    assert.equal(uploaded.newChunks, uploaded.chunks);
    const covered = terms.reduce((sum, { xorb, chunks }) => sum + xorb.unpackedLength(chunks), 0);
    assert.equal(covered, size);
  });

  it('stores nothing of a file that is there', () => {
    const rig = new Rig();
    const { hash } = rig.upload(base);
    const again = rig.upload({ ...base });
    assert.deepEqual([again.hash, again.newChunks, again.newBytes], [hash, 0, 0]);
  });

  it('stores the new header and little more of a file with another one', () => {
    const rig = new Rig();
    rig.upload(base);
    const { newBytes } = rig.upload(template);
    assert.ok(newBytes < 21_000 + 3 * MOST_CHUNK, `${newBytes} bytes`);
    assert.equal(rig.moved(base, template), 0);
  });

  it('stores a changed or an inserted tensor, and its surroundings', () => {
    const rig = new Rig();
    rig.upload(base);
    const changed = rig.upload(withChangedTensors(base, 7)).newBytes;
    const inserted = rig.upload(withInsertedTensor(base, 7)).newBytes;
    for (const bytes of [changed, inserted]) {
      assert.ok(bytes >= tensorSize, `${bytes} bytes`);
      assert.ok(bytes < tensorSize + 5 * MOST_CHUNK, `${bytes} bytes`);
    }
  });

  it('stores all of a file that was quantised anew', () => {
    const rig = new Rig();
    rig.upload(base);
    const { newBytes, size } = rig.upload(requantised(base, 'Q8_0'));
    assert.ok(newBytes > 0.99 * size, `${newBytes} of ${size} bytes`);
  });

  it('fills a xorb up to 64 MiB', () => {
    const rig = new Rig();
    const big = ggufRecipe({ tensors: 2, tensorBytes: 36 * 1024 * 1024 });
    rig.upload(big);
    const { terms } = rig.file(big);
    assert.equal(terms.length, 2);
    const sizes = terms.map(({ xorb }) => xorb.body.size);
    assert.ok(sizes[0]! <= 64 * 1024 * 1024 && sizes[0]! > 64 * 1024 * 1024 - MOST_CHUNK - 8);
  });

  it('stores a share of what is known again, from a seed: equal bytes under other hashes', () => {
    const moved = (storedAgain: number, seed: number) => {
      const rig = new Rig();
      rig.upload(base);
      const { newChunks, chunks } = rig.upload(template, { storedAgain, seed });
      return { moved: rig.moved(base, template), newChunks, chunks };
    };
    const half = moved(0.5, 3);
    assert.ok(half.moved > 0.1 * half.chunks && half.moved < 0.9 * half.chunks, `${half.moved}`);
    assert.ok(half.newChunks >= half.moved);
    assert.deepEqual(moved(0.5, 3), half);
    assert.notEqual(moved(0.5, 4).moved, half.moved);
    const all = moved(1, 3);
    assert.equal(all.newChunks, all.chunks);
  });

  it('takes no known chunks in short runs once a file has fallen into many pieces', () => {
    const many = ggufRecipe({ tensors: 400, tensorBytes: 150_000 });
    const odd = many.tensors.flatMap((_, n) => (n % 2 === 1 ? [n] : []));
    const changed = withChangedTensors(many, ...odd);
    const rig = new Rig();
    rig.upload(many);
    const { terms, chunks } = rig.upload(changed);
    assert.ok(rig.moved(many, changed) > 20, 'known chunks are stored again');
    assert.ok(terms > 128 && terms < 260, `${terms} terms of ${chunks} chunks`);
  });

  it('leaves somebody else what the global index tells: one chunk in 1,024, and what follows it', () => {
    const recipe = ggufRecipe({ tensors: 2, tensorBytes: 48 * 1024 * 1024 });
    const rig = new Rig();
    const { chunks } = rig.upload(recipe);
    const same = rig.upload(recipe, { uploader: 'who asks about the first chunk' });
    assert.equal(same.newChunks, 0);
    const other = withMetadata(recipe, { 'general.description': 'another first chunk' });
    const { newChunks } = rig.upload(other, { uploader: 'somebody else' });
    const names = [...rig.places(other).keys()];
    const asked = names.findIndex((name) => BigInt(`0x${name.slice(48)}`) % 1024n === 0n);
    assert.ok(asked > 1, 'a chunk that is asked about');
    assert.equal(newChunks, asked);
    assert.ok(newChunks < chunks);
    assert.ok(rig.moved(recipe, other) >= asked - 3, 'all but the first chunks were there already');
  });
});
