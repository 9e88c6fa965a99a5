import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Chunk } from '@huggingface/xetchunk-wasm';
import { getChunks, hashToHex, xorbHash } from '@huggingface/xetchunk-wasm';
import type { Term } from '../../../../src/download/differential/terms.ts';
import type { Range } from '../../../../src/download/file/ranges.ts';
import { ggufBody } from '../../../hub/gguf.ts';
import type { GgufRecipe } from '../../../hub/gguf.ts';

/** A file that is made to order, as a whole. */
export function ggufFile(recipe: GgufRecipe): Buffer {
  const body = ggufBody(recipe);
  return Buffer.concat([...body.read(0, body.size)]);
}

/** Bytes that repeat nowhere, others for each seed. */
export function seededBytes(seed: number, size: number): Buffer {
  const key = createHash('md5').update(`bytes ${seed}`).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Storage that keeps each chunk once: what it knows is not stored again. */
export class Storage {
  readonly #known = new Map<string, { readonly xorb: string; readonly index: number }>();

  /** @returns what the file is made of */
  upload(bytes: Uint8Array): readonly Term[] {
    const chunks = getChunks(bytes);
    const fresh = chunks.filter(({ hash }) => !this.#known.has(hashToHex(hash)));
    const stored = [...new Map(fresh.map((chunk) => [hashToHex(chunk.hash), chunk])).values()];
    const xorb = stored.length === 0 ? '' : hashToHex(xorbHash(stored));
    for (const [index, { hash }] of stored.entries()) {
      this.#known.set(hashToHex(hash), { xorb, index });
    }
    const terms: Term[] = [];
    for (const chunk of chunks) this.#append(terms, chunk);
    return terms;
  }

  #append(terms: Term[], { hash, length }: Chunk): void {
    const { xorb, index } = this.#known.get(hashToHex(hash))!;
    const last = terms.at(-1);
    if (last?.xorb === xorb && last.end === index) {
      terms.splice(-1, 1, { ...last, end: index + 1, length: last.length + length });
    } else terms.push({ xorb, start: index, end: index + 1, length });
  }
}

/** A published file as a `Location` answers for it. */
export class RemoteFile {
  readonly asked: Range[] = [];
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get sentBytes(): number {
    return this.asked.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  ask(range: Range) {
    this.asked.push(range);
    const { start, end } = range;
    const bytes = this.#bytes.subarray(start, end);
    return Promise.resolve({
      url: new URL('https://hub.example/file'),
      response: {
        status: 206,
        headers: {
          'content-length': String(bytes.length),
          'content-range': `bytes ${start}-${end - 1}/${this.#bytes.length}`,
        },
        body: Readable.from([bytes]),
        decoded: false,
      },
    });
  }
}
