import type { ModelFile, Size, Variant } from './model.ts';

const QUANTISATION =
  /(?:^|[-._/])((?:UD-)?(?:IQ\d+_(?:XXS|XS|S|M|NL|XL)|Q\d+_K(?:_[SMLX]+)?|Q\d+_\d+(?:_\d+)*|Q\d+|TQ\d_\d|MXFP4(?:_MOE)?|NVFP4|BF16|F16|FP16|F32|FP32))(?=[-._/]|$)/gi;
const PART = /-(\d{5})-of-(\d{5})$/;
const NOT_A_MODEL = /(?:^|[-._/])(?:imatrix|lora|vocab|draft|vae)(?=[-._/]|$)/i;
const MMPROJ = /mmproj/i;

/** Adds sizes up: one estimate makes the sum an estimate, one unknown makes it unknown. */
export function sumSizes(sizes: readonly Size[]): Size {
  let bytes = 0;
  let sureness: 'exact' | 'estimated' = 'exact';
  for (const size of sizes) {
    if (size.sureness === 'unknown') return { sureness: 'unknown' };
    if (size.sureness === 'estimated') sureness = 'estimated';
    bytes += size.bytes;
  }
  return sizes.length === 0 ? { sureness: 'unknown' } : { sureness, bytes };
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
  const parts = Number(
    PART.exec(files[0]?.path.replace(/\.gguf$/i, '') ?? '')?.[2] ?? files.length,
  );
  return files.length === parts
    ? sumSizes(files.map((file) => file.size))
    : { sureness: 'unknown' };
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
    groups.set(name, [...(groups.get(name) ?? []), file]);
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
