import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readTensorTable } from '../../../../src/download/differential/ggufTable.ts';
import { tensorBytes, tensorDataStart } from '../../../hub/gguf.ts';
import { ggufRecipe } from '../../../hub/ggufRecipe.ts';
import { ggufFile } from './support.ts';

describe('The tensor table of a GGUF file', () => {
  const recipe = ggufRecipe({
    tensors: 7,
    tensorBytes: 20_000,
    metadata: { 'llama.rope.freq_base': 10_000.5, 'tokenizer.chat_template': 'x'.repeat(3_000) },
  });
  const file = ggufFile(recipe);

  it('says where each tensor is', () => {
    const table = readTensorTable(file, file.length);
    assert.ok(table !== undefined && table !== 'incomplete');
    assert.equal(table.dataOffset, tensorDataStart(recipe));
    let at = table.dataOffset;
    assert.deepEqual(
      table.tensors.map(({ name }) => name),
      recipe.tensors.map(({ name }) => name),
    );
    for (const [index, { start, end, shape }] of table.tensors.entries()) {
      const made = recipe.tensors[index]!;
      assert.equal(start, at);
      assert.ok(end - start >= tensorBytes(made) && end - start < tensorBytes(made) + 32);
      assert.deepEqual(shape.map(Number), made.shape);
      at = end;
    }
    assert.equal(at, file.length);
  });

  it('is incomplete until the last byte of it is there', () => {
    const whole = readTensorTable(file, file.length);
    const length = tensorDataStart(recipe);
    for (let end = 0; end < length - 32; end += 7) {
      assert.equal(readTensorTable(file.subarray(0, end), file.length), 'incomplete', String(end));
    }
    assert.deepEqual(readTensorTable(file.subarray(0, length), file.length), whole);
  });

  it('is none of a file that is something else, or ends before its tensors do', () => {
    assert.equal(readTensorTable(Buffer.from('PK\u0003\u0004 no model'), 14), undefined);
    assert.equal(readTensorTable(file, file.length - 30_000), undefined);
    assert.equal(readTensorTable(file.subarray(0, 100), 100), undefined);
  });

  it('survives any damage of its bytes', () => {
    const head = file.subarray(0, tensorDataStart(recipe));
    const damage = fc.array(fc.tuple(fc.nat(head.length - 1), fc.nat(255)), { maxLength: 20 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = Buffer.from(head);
        for (const [at, byte] of changes) damaged[at] = byte;
        const table = readTensorTable(damaged, file.length);
        if (table === undefined || table === 'incomplete') return;
        for (const { start, end } of table.tensors) assert.ok(0 <= start && start <= end);
        for (const { end } of table.tensors) assert.ok(end <= file.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
