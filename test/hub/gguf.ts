import { createCipheriv, createHash } from 'node:crypto';
import type { FileBody } from './body.ts';
import { bufferBody, joined } from './body.ts';
import { canonicalJson, isObject, sha1 } from './canonical.ts';

/** How GGUF numbers a type of tensors, and how many bytes a block of so many values takes. */
const TENSOR_TYPES = {
  F32: { id: 0, values: 1, bytes: 4 },
  F16: { id: 1, values: 1, bytes: 2 },
  Q8_0: { id: 8, values: 32, bytes: 34 },
  Q4_K: { id: 12, values: 256, bytes: 144 },
} as const;
export type TensorType = keyof typeof TENSOR_TYPES;

export interface TensorRecipe {
  readonly name: string;
  readonly type: TensorType;
  /** As GGUF has it: the length of a row first. */
  readonly shape: readonly number[];
  /** The same seed and type, the same bytes, in whichever file. */
  readonly seed: number;
}

/** What a GGUF file is made from. */
export interface GgufRecipe {
  readonly metadata: Readonly<Record<string, string | number>>;
  readonly tensors: readonly TensorRecipe[];
}

const ALIGNMENT = 32;
const PIECE = 256 * 1024;
const CIPHER_BLOCK = 16;
const ZEROS = Buffer.alloc(PIECE + CIPHER_BLOCK);
/** Of an F32: what makes a weight small, as they are in a network, and a file compressible. */
const SMALL_FLOAT = 0x3c;

const VALUE_TYPES = { uint32: 4, int32: 5, float32: 6, string: 8, uint64: 10 } as const;

function isShape(value: unknown): value is number[] {
  const isDimension = (one: unknown) => Number.isSafeInteger(one) && Number(one) > 0;
  return Array.isArray(value) && value.length >= 1 && value.length <= 4 && value.every(isDimension);
}

function isTensorRecipe(value: unknown): value is TensorRecipe {
  if (!isObject(value) || typeof value['name'] !== 'string') return false;
  const { type, shape, seed } = value;
  if (typeof type !== 'string' || !Object.hasOwn(TENSOR_TYPES, type) || !isShape(shape))
    return false;
  const { values } = TENSOR_TYPES[type as TensorType];
  return Number.isSafeInteger(seed) && (shape[0] ?? 0) % values === 0;
}

/** Whether a file can be made from it; a row of a tensor is a whole number of blocks. */
export function isGgufRecipe(value: unknown): value is GgufRecipe {
  if (!isObject(value) || !isObject(value['metadata']) || !Array.isArray(value['tensors']))
    return false;
  const isValue = (one: unknown) => typeof one === 'string' || Number.isFinite(one);
  return Object.values(value['metadata']).every(isValue) && value['tensors'].every(isTensorRecipe);
}

/** Bytes of the values of a tensor. */
export function tensorBytes({ type, shape }: Pick<TensorRecipe, 'type' | 'shape'>): number {
  const { values, bytes } = TENSOR_TYPES[type];
  return (shape.reduce((product, one) => product * one, 1) / values) * bytes;
}

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Four bytes, the least first, as GGUF has numbers. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Eight bytes, the least first. */
export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function metadataValue(value: string | number): Buffer {
  if (typeof value === 'string') return Buffer.concat([uint32(VALUE_TYPES.string), text(value)]);
  const bytes = Buffer.alloc(4);
  if (!Number.isInteger(value) || value < -(2 ** 31)) {
    bytes.writeFloatLE(value);
    return Buffer.concat([uint32(VALUE_TYPES.float32), bytes]);
  }
  if (value >= 2 ** 32) return Buffer.concat([uint32(VALUE_TYPES.uint64), uint64(value)]);
  bytes.writeInt32LE(value | 0);
  return Buffer.concat([uint32(value < 0 ? VALUE_TYPES.int32 : VALUE_TYPES.uint32), bytes]);
}

/** All that comes before the first tensor, up to its alignment. */
function header({ metadata, tensors }: GgufRecipe): Buffer {
  const entries = Object.entries(metadata);
  const pieces = [Buffer.from('GGUF'), uint32(3), uint64(tensors.length), uint64(entries.length)];
  for (const [key, value] of entries) pieces.push(text(key), metadataValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    const { name, type, shape } = tensor;
    pieces.push(text(name), uint32(shape.length), ...shape.map(uint64));
    pieces.push(uint32(TENSOR_TYPES[type].id), uint64(offset));
    offset += aligned(tensorBytes(tensor));
  }
  const bytes = Buffer.concat(pieces);
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
}

/** Bytes `[from, to)` of a tensor: a key stream, which begins anywhere and nowhere repeats itself. */
function* tensorData({ type, seed }: TensorRecipe, from: number, to: number): Generator<Buffer> {
  const key = createHash('md5').update(`tensor ${type} ${seed}`).digest();
  for (let at = from; at < to; at += PIECE) {
    const start = Math.floor(at / CIPHER_BLOCK) * CIPHER_BLOCK;
    const counter = Buffer.alloc(CIPHER_BLOCK);
    counter.writeBigUInt64BE(BigInt(start / CIPHER_BLOCK), 8);
    const end = Math.min(to, at + PIECE);
    const bytes = createCipheriv('aes-128-ctr', key, counter).update(
      ZEROS.subarray(0, end - start),
    );
    if (type === 'F32') for (let i = 3; i < bytes.length; i += 4) bytes[i] = SMALL_FLOAT;
    yield bytes.subarray(at - start);
  }
}

function tensorBody(tensor: TensorRecipe): FileBody {
  const size = tensorBytes(tensor);
  return {
    size: aligned(size),
    *read(from, to) {
      yield* tensorData(tensor, from, Math.min(to, size));
      if (to > size) yield Buffer.alloc(to - Math.max(from, size));
    },
  };
}

/** The name of the bytes of a file: the same for the same recipe. */
export function ggufKey(recipe: GgufRecipe): string {
  // Unlike those of other objects, the order of these keys is to be seen in the file.
  return sha1(canonicalJson({ gguf: Object.entries(recipe.metadata), tensors: recipe.tensors }));
}

const bodies = new WeakMap<GgufRecipe, FileBody>();

/** A GGUF file of version 3. */
export function ggufBody(recipe: GgufRecipe): FileBody {
  const known = bodies.get(recipe);
  if (known) return known;
  const body = joined([bufferBody(header(recipe)), ...recipe.tensors.map(tensorBody)]);
  bodies.set(recipe, body);
  return body;
}

/** Where the tensors of a file begin, in bytes. */
export function tensorDataStart(recipe: GgufRecipe): number {
  return header(recipe).length;
}
