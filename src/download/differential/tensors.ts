import type { Range, RangeSet } from '../file/ranges.ts';
import type { Tensor, TensorTable } from './ggufTable.ts';
import type { Copy } from './recipe.ts';

/** No chunk is longer: so much of a neighbour may be fetched along with what did change. */
const LONGEST_CHUNK = 128 * 1024;

/** How many tensors changed, of how many. */
export interface TensorCount {
  readonly changed: number;
  readonly total: number;
}

/** Tensors that both files have, by name, type and shape: their bytes may be the same. */
export function twinTensors(before: TensorTable, after: TensorTable): readonly Copy[] {
  const known = new Map(before.tensors.map((tensor) => [keyOf(tensor), tensor]));
  return after.tensors.flatMap((tensor) => {
    const twin = known.get(keyOf(tensor));
    const length = tensor.end - tensor.start;
    if (twin === undefined || twin.end - twin.start !== length) return [];
    return [{ from: twin.start, to: tensor.start, length }];
  });
}

/** Whether two files differ at most in their headers and in the values of their tensors. */
export function isSameTable(before: TensorTable, after: TensorTable): boolean {
  const shift = after.dataOffset - before.dataOffset;
  return (
    before.tensors.length === after.tensors.length &&
    before.tensors.every((tensor, index) => {
      const other = after.tensors[index];
      return (
        other !== undefined &&
        keyOf(other) === keyOf(tensor) &&
        other.start === tensor.start + shift &&
        other.end === tensor.end + shift
      );
    })
  );
}

/**
 * How many tensors have other bytes, judged by what has to be fetched. Chunks reach over from one
 * tensor into the next, so that of neighbours with little to be fetched at least one changed.
 * @param there the bytes that are copied
 */
export function countChanged({ tensors }: TensorTable, there: RangeSet): TensorCount {
  const start = tensors[0]?.start ?? 0;
  const end = tensors.at(-1)?.end ?? start;
  const changed = new Set<Tensor>();
  for (const gap of there.missing({ start, end })) {
    const touched = tensors
      .filter((tensor) => overlap(tensor, gap) > 0)
      .sort((a, b) => overlap(b, gap) - overlap(a, gap));
    const certain = touched.filter((tensor) => overlap(tensor, gap) > LONGEST_CHUNK);
    for (const tensor of certain.length > 0 ? certain : touched.slice(0, 1)) changed.add(tensor);
  }
  return { changed: changed.size, total: tensors.length };
}

function overlap(one: Range, other: Range): number {
  return Math.min(one.end, other.end) - Math.max(one.start, other.start);
}

function keyOf({ name, type, shape }: Tensor): string {
  return `${type} ${shape.join('x')} ${name}`;
}
