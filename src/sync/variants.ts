import { bitsPerWeight } from './bitsPerWeight.ts';
import type { ModelFile, Size, Variant } from './model.ts';

const QUANTISATION =
  /(?:^|[-._/])((?:UD-)?(?:IQ\d+_(?:XXS|XS|S|M|NL|XL)|Q\d+_K(?:_[SMLX]+)?|Q\d+_\d+(?:_\d+)*|Q\d+|TQ\d_\d|MXFP4(?:_MOE)?|NVFP4|BF16|F16|FP16|F32|FP32))(?=[-._/]|$)/gi;
const PART = /-(\d{5})-of-(\d{5})$/;
const NOT_A_MODEL = /(?:^|[-._/])(?:imatrix|lora|vocab|draft|vae)(?=[-._/]|$)/i;
const MMPROJ = /mmproj/i;
const SURENESS: readonly Size['sureness'][] = ['exact', 'estimated', 'unknown'];

/** So many bytes; unknown where there are more than a number can count. */
export function sizeIn(bytes: number, sureness: 'exact' | 'estimated'): Size {
  return Number.isSafeInteger(bytes) ? { sureness, bytes } : { sureness: 'unknown' };
}

/** Adds sizes up: one estimate makes the sum an estimate, one unknown makes it unknown. */
export function sumSizes(sizes: readonly Size[]): Size {
  let bytes = 0;
  let sureness: 'exact' | 'estimated' = 'exact';
  for (const size of sizes) {
    if (size.sureness === 'unknown') return { sureness: 'unknown' };
    if (size.sureness === 'estimated') sureness = 'estimated';
    bytes += size.bytes;
  }
  return sizes.length === 0 ? { sureness: 'unknown' } : sizeIn(bytes, sureness);
}

/**
 * The quantisation that a file name, or else its folder, tells, in upper case:
 * `model-q4_k_m.gguf` is `Q4_K_M`. Of two the last counts: the first tells what it was made from.
 */
export function quantisationOf(path: string): string | undefined {
  const [found] = [stemOf(path), path].flatMap((text) =>
    [...text.matchAll(QUANTISATION)].slice(-1),
  );
  return found?.[1]?.toUpperCase();
}

/** The size of a variant: unknown also where parts of a split file are missing. */
export function sizeOfFiles(files: readonly ModelFile[]): Size {
  return hasAllParts(files) ? sumSizes(files.map((file) => file.size)) : { sureness: 'unknown' };
}

/**
 * The variants with an estimate where no source knows a size: weights times the bits that each
 * takes on average. The parts of a split file get none of their own. The smallest comes first.
 * @param parameters number of weights of the model, without its vision projector
 */
export function withEstimates(
  variants: readonly Variant[],
  parameters: number | undefined,
): readonly Variant[] {
  if (parameters === undefined || parameters <= 0) return variants;
  return variants.map((one) => withEstimate(one, parameters)).sort(bySize);
}

function withEstimate(one: Variant, parameters: number): Variant {
  const { quantisation, files } = one;
  if (one.size.sureness !== 'unknown' || quantisation === undefined) return one;
  const bits = bitsPerWeight(quantisation, parameters);
  if (bits === undefined || !hasAllParts(files)) return one;
  const size = sizeIn(Math.round((parameters * bits) / 8), 'estimated');
  const [file, ...others] = files;
  const isSingle = file !== undefined && others.length === 0;
  return { ...one, size, files: isSingle ? [{ ...file, size }] : files };
}

/** The files of a variant, with its vision projector. */
export function filesOf({ files, mmproj }: Variant): readonly ModelFile[] {
  return mmproj === undefined ? files : [...files, mmproj];
}

function hasAllParts(files: readonly ModelFile[]): boolean {
  const stem = files[0]?.path.replace(/\.gguf$/i, '') ?? '';
  return files.length === Number(PART.exec(stem)?.[2] ?? files.length);
}

/** Of two sizes the surer; of two that are equally sure the first. */
export function surerSize(first: Size, second: Size): Size {
  return SURENESS.indexOf(second.sureness) < SURENESS.indexOf(first.sureness) ? second : first;
}

/**
 * Groups the files of a repository into what a user picks. Parts of a split file are one variant,
 * a vision projector belongs to all of them, and what is no model (importance matrices, adapters,
 * drafts) is left out. MLX repositories are one variant made of all their weights.
 */
export function groupVariants(files: readonly ModelFile[]): Variant[] {
  const ggufs = files.filter((file) => /\.gguf$/i.test(file.path) && !NOT_A_MODEL.test(file.path));
  if (ggufs.length === 0) return safetensorsVariant(files);

  const projectors = ggufs.filter((file) => MMPROJ.test(file.path)).sort(byPath);
  const groups = new Map<string, ModelFile[]>();
  for (const file of ggufs) {
    if (MMPROJ.test(file.path)) continue;
    const name = file.path.replace(/\.gguf$/i, '').replace(PART, '');
    const parts = groups.get(name);
    if (parts === undefined) groups.set(name, [file]);
    else parts.push(file);
  }
  return [...groups].map(([name, parts]) => variant(name, parts, projectors[0])).sort(bySize);
}

function variant(name: string, parts: readonly ModelFile[], mmproj?: ModelFile): Variant {
  const files = [...parts].sort(byPath);
  const quantisation = quantisationOf(name);
  return {
    name,
    ...(quantisation === undefined ? {} : { quantisation }),
    files,
    size: sizeOfFiles(files),
    ...(mmproj === undefined ? {} : { mmproj }),
  };
}

function safetensorsVariant(files: readonly ModelFile[]): Variant[] {
  const weights = files.filter((file) => /\.safetensors$/i.test(file.path)).sort(byPath);
  if (weights.length === 0) return [];
  return [
    { name: 'safetensors', files: weights, size: sumSizes(weights.map((file) => file.size)) },
  ];
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.gguf$/i, '');
}

function byPath(a: ModelFile, b: ModelFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function bySize(a: Variant, b: Variant): number {
  return bytesOrLast(a.size) - bytesOrLast(b.size) || (a.name < b.name ? -1 : 1);
}

function bytesOrLast(size: Size): number {
  return size.sureness === 'unknown' ? Number.MAX_SAFE_INTEGER : size.bytes;
}
