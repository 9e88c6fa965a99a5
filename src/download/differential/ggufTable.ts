/**
 * The tensor table of a GGUF file, read from its first bytes
 * (github.com/ggml-org/ggml, docs/gguf.md; versions 2 and 3, little-endian).
 */

/** One tensor, and where its bytes are: `[start, end)` from the beginning of the file. */
export interface Tensor {
  readonly name: string;
  /** The number of its type in ggml. */
  readonly type: number;
  readonly shape: readonly bigint[];
  readonly start: number;
  readonly end: number;
}

/** Where the tensors of a file are. */
export interface TensorTable {
  /** In the order of their bytes. */
  readonly tensors: readonly Tensor[];
  /** Where the bytes of the tensors begin: all before that is the header. */
  readonly dataOffset: number;
}

const MAGIC = 0x46554747;
const VERSIONS: readonly number[] = [2, 3];
const DEFAULT_ALIGNMENT = 32;
const MOST_TENSORS = 1_000_000;
const MOST_DIMENSIONS = 8;
/** Bytes that the shortest entry of the table takes, and the shortest value. */
const LEAST_TENSOR = 8 + 4 + 4 + 8;
const LEAST_VALUE = 8 + 4 + 1;
/** Bytes of the value types that have a fixed size, by their numbers. */
const FIXED: readonly (number | undefined)[] = [
  ...[1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8],
];
const UINT32 = 4;
const STRING = 8;
const ARRAY = 9;

/** More bytes are needed than there are. */
class Incomplete extends Error {}

/** What is no GGUF file, or none that can be understood. */
class NoGguf extends Error {}

/**
 * Reads the table from the beginning of a file.
 * @param head the first bytes of the file
 * @param size bytes of the whole file
 * @returns `incomplete` if the header goes on behind `head`, undefined if it is no header that can
 *   be understood
 */
export function readTensorTable(
  head: Uint8Array,
  size: number,
): TensorTable | 'incomplete' | undefined {
  try {
    return tableOf(new Cursor(head), size);
  } catch (error) {
    if (error instanceof Incomplete) return head.length < size ? 'incomplete' : undefined;
    if (error instanceof NoGguf) return undefined;
    throw error;
  }
}

function tableOf(cursor: Cursor, size: number): TensorTable {
  if (cursor.uint32() !== MAGIC || !VERSIONS.includes(cursor.uint32())) throw new NoGguf();
  const tensorCount = cursor.count(MOST_TENSORS);
  const valueCount = cursor.count(MOST_TENSORS);
  // Room for entries is made at once, so a count must not be believed that what is here cannot hold.
  cursor.expect(tensorCount * LEAST_TENSOR + valueCount * LEAST_VALUE);
  let alignment = DEFAULT_ALIGNMENT;
  for (let index = 0; index < valueCount; index++) {
    const key = cursor.string();
    const type = cursor.uint32();
    if (key === 'general.alignment' && type === UINT32) alignment = cursor.uint32();
    else skipValue(cursor, type);
  }
  if (alignment === 0 || alignment > size) throw new NoGguf();
  const infos = Array.from({ length: tensorCount }, () => tensorInfo(cursor));
  const dataOffset = Math.ceil(cursor.position / alignment) * alignment;
  infos.sort((a, b) => a.offset - b.offset);
  const tensors = infos.map(({ name, type, shape, offset }, index) => {
    const end = dataOffset + (infos[index + 1]?.offset ?? size - dataOffset);
    return { name, type, shape, start: dataOffset + offset, end };
  });
  if (tensors.some(({ start, end }) => start > end || end > size)) throw new NoGguf();
  return { tensors, dataOffset };
}

interface TensorInfo extends Pick<Tensor, 'name' | 'type' | 'shape'> {
  /** From where the bytes of the tensors begin. */
  readonly offset: number;
}

function tensorInfo(cursor: Cursor): TensorInfo {
  const name = cursor.string();
  const dimensions = cursor.uint32();
  if (dimensions > MOST_DIMENSIONS) throw new NoGguf();
  const shape = Array.from({ length: dimensions }, () => cursor.uint64());
  return { name, type: cursor.uint32(), shape, offset: cursor.count(Number.MAX_SAFE_INTEGER) };
}

function skipValue(cursor: Cursor, type: number): void {
  const bytes = FIXED[type];
  if (bytes !== undefined) cursor.skip(bytes);
  else if (type === STRING) cursor.skipString();
  else if (type === ARRAY) skipArray(cursor);
  else throw new NoGguf();
}

function skipArray(cursor: Cursor): void {
  const type = cursor.uint32();
  const count = cursor.count(Number.MAX_SAFE_INTEGER);
  const bytes = FIXED[type];
  if (bytes !== undefined) cursor.skip(bytes * count);
  else if (type === STRING) for (let index = 0; index < count; index++) cursor.skipString();
  else throw new NoGguf();
}

/** Reads one value after the other. */
class Cursor {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#position;
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  /** A number of things, or of bytes. */
  count(most: number): number {
    const count = this.uint64();
    if (count > BigInt(most)) throw new NoGguf();
    return Number(count);
  }

  string(): string {
    const length = this.count(this.#bytes.length);
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  skipString(): void {
    this.skip(this.count(Number.MAX_SAFE_INTEGER));
  }

  /** At least so many bytes are to come. */
  expect(bytes: number): void {
    if (this.#position + bytes > this.#bytes.length) throw new Incomplete();
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  #take(bytes: number): number {
    const start = this.#position;
    if (start + bytes > this.#bytes.length) throw new Incomplete();
    this.#position = start + bytes;
    return start;
  }
}
