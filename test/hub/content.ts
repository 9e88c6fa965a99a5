import { createCipheriv, createHash } from 'node:crypto';
import { sha1, sha256 } from './canonical.ts';
import type { Repository, RepositoryFile } from './repository.ts';
import { textOf } from './text.ts';

/** Up to this many bytes an LFS object id is the true sha256; see the README for bigger files. */
export const TRUE_HASH_LIMIT = 8 * 1024 * 1024;

const BLOCK = 16;
const CHUNK = 256 * 1024;
const zeros = Buffer.alloc(CHUNK + BLOCK);

/** Bytes that exist only as a function of their offset, so that a file of gigabytes costs nothing. */
export interface FileBody {
  readonly size: number;
  /** There where the bytes are in memory anyway. */
  readonly bytes?: Buffer;
  /** Bytes `[from, to)` in pieces. */
  read(from: number, to: number): Generator<Buffer>;
}

/** A key stream is random access: block n of AES-CTR depends on n only. */
function* keyStream(key: string, from: number, to: number): Generator<Buffer> {
  const secret = createHash('md5').update(key).digest();
  for (let at = from; at < to;) {
    const length = Math.min(CHUNK, to - at);
    const skip = at % BLOCK;
    const counter = Buffer.alloc(BLOCK);
    counter.writeBigUInt64BE(BigInt(Math.floor(at / BLOCK)), 8);
    const cipher = createCipheriv('aes-128-ctr', secret, counter);
    yield cipher.update(zeros.subarray(0, skip + length)).subarray(skip);
    at += length;
  }
}

export function bufferBody(bytes: Buffer): FileBody {
  return {
    size: bytes.length,
    bytes,
    *read(from, to) {
      if (to > from) yield bytes.subarray(from, to);
    },
  };
}

/** The bytes of one file of a repository. */
export function bodyOf(repository: Repository, file: RepositoryFile): FileBody {
  const { size } = file;
  if (size === undefined) return bufferBody(Buffer.from(textOf(repository, file.path)));
  return { size, read: (from, to) => keyStream(file.key, from, to) };
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
  const isCheap = size <= TRUE_HASH_LIMIT || file.hashed === true;
  return isCheap ? hashOf(bodyOf(repository, file)) : sha256(`label of ${file.key}`);
}

const identities = new Map<string, FileIdentity>();

/** Tree entry fields of a file. Binary files are LFS files, as `.gitattributes` says. */
export function identityOf(repository: Repository, file: RepositoryFile): FileIdentity {
  const { size } = file;
  if (size === undefined) {
    const bytes = Buffer.from(textOf(repository, file.path));
    return { size: bytes.length, oid: gitBlobId(bytes) };
  }
  const known = identities.get(file.key);
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
  identities.set(file.key, identity);
  return identity;
}
