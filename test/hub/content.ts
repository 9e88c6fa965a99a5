import { createCipheriv, createHash } from 'node:crypto';
import type { FileBody } from './body.ts';
import { bufferBody } from './body.ts';
import { sha1, sha256 } from './canonical.ts';
import { ggufBody } from './gguf.ts';
import type { Repository, RepositoryFile } from './repository.ts';
import { textOf } from './text.ts';

/** Up to this many bytes an LFS object id is the true sha256; see the README for bigger files. */
export const TRUE_HASH_LIMIT = 8 * 1024 * 1024;

/** Bytes that are handed out as they are; every file is made of pieces of them. */
const WELL = 8 * 1024 * 1024;
const PIECE = 256 * 1024;

let well: Buffer | undefined;

/** Random bytes, the same in every process. Made when they are first needed. */
function randomBytes(): Buffer {
  const secret = createHash('md5').update('the bytes of all files').digest();
  well ??= createCipheriv('aes-128-ctr', secret, Buffer.alloc(16)).update(Buffer.alloc(WELL));
  return well;
}

/** Where in the well piece `n` of a file begins: all bits of both numbers count (murmur3's mixer). */
function placeInWell(seed: number, n: number): number {
  let mixed = (seed + Math.imul(n + 1, 0x9e3779b1)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % (WELL - PIECE);
}

/** Random access without a byte computed or copied: serving must cost less than receiving. */
function* keyStream(key: string, from: number, to: number): Generator<Buffer> {
  const bytes = randomBytes();
  const seed = createHash('md5').update(key).digest().readUInt32LE(0);
  for (let at = from; at < to;) {
    const n = Math.floor(at / PIECE);
    const end = Math.min(to, (n + 1) * PIECE);
    const place = placeInWell(seed, n) - n * PIECE;
    yield bytes.subarray(place + at, place + end);
    at = end;
  }
}

/** The bytes of one file of a repository. */
export function bodyOf(repository: Repository, file: RepositoryFile): FileBody {
  const { size, gguf } = file;
  if (gguf) return ggufBody(gguf);
  if (size === undefined) return bufferBody(textBytes(repository, file));
  return { size, read: (from, to) => keyStream(file.key, from, to) };
}

/** A later edition says the same in other bytes. */
function textBytes(repository: Repository, { path, edition = 0 }: RepositoryFile): Buffer {
  const text = textOf(repository, path);
  if (edition === 0) return Buffer.from(text);
  return Buffer.from(
    path.endsWith('.md') ? `${text}\nEdition ${edition}.\n` : text + '\n'.repeat(edition),
  );
}

/** What git and LFS know about a file: the fields of a tree entry. */
export interface FileIdentity {
  /** Bytes of the file itself, not of its pointer. */
  readonly size: number;
  /** Git blob id; for an LFS file that of the pointer. */
  readonly oid: string;
  readonly lfs?: { readonly oid: string; readonly size: number; readonly pointerSize: number };
}

function gitBlobId(bytes: Buffer): string {
  return sha1(Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]));
}

function hashOf(body: FileBody): string {
  const hash = createHash('sha256');
  for (const piece of body.read(0, body.size)) hash.update(piece);
  return hash.digest('hex');
}

function objectId(repository: Repository, file: RepositoryFile, size: number): string {
  if (file.mislabelled) return sha256(`not the hash of ${file.key}`);
  const isCheap = size <= TRUE_HASH_LIMIT || file.hashed === true;
  return isCheap ? hashOf(bodyOf(repository, file)) : sha256(`label of ${file.key}`);
}

const identities = new Map<string, FileIdentity>();

/** Tree entry fields of a file. Binary files are LFS files, as `.gitattributes` says. */
export function identityOf(repository: Repository, file: RepositoryFile): FileIdentity {
  const { size } = file;
  if (size === undefined) {
    const bytes = textBytes(repository, file);
    const shown = file.mislabelled ? Buffer.concat([bytes, Buffer.from('?')]) : bytes;
    return { size: bytes.length, oid: gitBlobId(shown) };
  }
  const name = `${file.key} ${file.hashed ?? false} ${file.mislabelled ?? false}`;
  const known = identities.get(name);
  if (known) return known;
  const oid = objectId(repository, file, size);
  const pointer = Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`,
  );
  const identity = {
    size,
    oid: gitBlobId(pointer),
    lfs: { oid, size, pointerSize: pointer.length },
  };
  identities.set(name, identity);
  return identity;
}
