import {
  closeSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import type { GgufRecipe } from '../../hub/gguf.ts';
import {
  ggufRecipe,
  requantised,
  withChangedTensors,
  withInsertedTensor,
  withMetadata,
} from '../../hub/ggufRecipe.ts';
import type { Packing } from '../../hub/xet/cas.ts';
import type { Draw } from './draw.ts';

const LONGEST_HEADER = 200_000;

/** A file of half a megabyte to six megabytes. */
export function drawRecipe(draw: Draw): GgufRecipe {
  return ggufRecipe({
    tensors: draw.between(3, 16),
    tensorBytes: draw.between(150_000, 400_000),
    seed: draw.between(1, 1_000),
    type: draw.pick(['F32', 'F16', 'Q8_0', 'Q4_K']),
    metadata: { 'tokenizer.ggml.tokens': textOf(draw, draw.between(1, LONGEST_HEADER)) },
  });
}

/** The next revision of a file, and what was done to it. */
export function drawChange(draw: Draw, recipe: GgufRecipe): readonly [string, GgufRecipe] {
  const tensor = (): number => draw.between(0, recipe.tensors.length - 1);
  const header = (one: GgufRecipe): GgufRecipe =>
    withMetadata(one, { 'tokenizer.chat_template': textOf(draw, draw.between(1, 40_000)) });
  return draw.pick<() => readonly [string, GgufRecipe]>([
    () => ['another header', header(recipe)],
    () => ['a changed tensor', withChangedTensors(recipe, tensor())],
    () => ['changed tensors', header(withChangedTensors(recipe, tensor(), tensor(), tensor()))],
    () => ['an inserted tensor', withInsertedTensor(recipe, tensor())],
    () => ['a tensor less', { ...recipe, tensors: recipe.tensors.toSpliced(tensor(), 1) }],
    () => ['all quantised anew', requantised(recipe, draw.pick(['F16', 'Q8_0', 'Q4_K']))],
    () => ['nothing', recipe],
  ])();
}

/** Whether what stays is stored again, and how much of it. */
export function drawPacking(draw: Draw): Packing {
  const storedAgain = draw.pick([0, 0, 0.3, 0.8]);
  return { storedAgain, seed: draw.between(1, 1_000_000) };
}

/** Does something to an installed file that neither its size nor its time need tell. */
export function damage(draw: Draw, path: string): string {
  const { size, atime, mtime } = statSync(path);
  const flip = (): void => {
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.of(draw.between(0, 255)), 0, 1, draw.between(0, size - 1));
    closeSync(file);
    utimesSync(path, atime, mtime);
  };
  return draw.pick<() => string>([
    () => 'intact',
    () => 'intact',
    () => {
      for (let times = draw.between(1, 3); times > 0; times--) flip();
      return 'damaged';
    },
    () => {
      truncateSync(path, draw.between(0, size - 1));
      return 'cut off';
    },
    () => {
      rmSync(path);
      return 'deleted';
    },
  ])();
}

function textOf(draw: Draw, length: number): string {
  return Array.from({ length }, () => draw.between(0, 35).toString(36)).join('');
}
