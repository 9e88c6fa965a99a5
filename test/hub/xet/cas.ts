import type { FileBody } from '../body.ts';
import { random } from '../random.ts';
import type { Place, Uploaded, XetFile } from './upload.ts';
import { Upload } from './upload.ts';
import type { Xorb } from './xorb.ts';

/** How an upload goes about what is stored already. */
export interface Packing {
  /**
   * Who uploads: knows all chunks of its own uploads, and of those of others what the global index
   * tells. Absent: the repository, so that it knows all of its earlier files.
   */
  readonly uploader?: string;
  /** The share of known runs that is stored again, 0 to 1. Absent: 0. */
  readonly storedAgain?: number;
  /** Decides which. Absent: 1. */
  readonly seed?: number;
}

/** A file to be uploaded; the key names its bytes. */
export interface Source {
  readonly key: string;
  readonly body: FileBody;
}

/** Content-addressed storage as Xet has it: files are terms of chunks of xorbs. */
export class Cas {
  readonly #xorbs = new Map<string, Xorb>();
  readonly #files = new Map<string, XetFile>();
  readonly #byKey = new Map<string, XetFile>();
  /** Repositories that a file was uploaded to, by its hash. */
  readonly #repositories = new Map<string, Set<string>>();
  /** By uploader. */
  readonly #known = new Map<string, Map<string, Place>>();
  /** What was uploaded together with a chunk, by its name. */
  readonly #global = new Map<string, ReadonlyMap<string, Place>>();

  /** Stores files together. @returns what came of each, by its key */
  upload(
    repository: string,
    sources: readonly Source[],
    packing: Packing = {},
  ): ReadonlyMap<string, Uploaded> {
    const { uploader = repository, storedAgain = 0, seed = 1 } = packing;
    const known = this.#known.get(uploader) ?? new Map<string, Place>();
    this.#known.set(uploader, known);
    const upload = new Upload({
      known,
      ask: (name) => this.#global.get(name),
      storedAgain,
      random: random(seed, 'stored again', repository),
    });
    const added = sources.map(({ key, body }) => ({ key, ...upload.add(body) }));
    upload.end();
    for (const xorb of upload.xorbs) this.#xorbs.set(xorb.hash, xorb);
    for (const name of upload.stored.keys())
      if (!this.#global.has(name)) this.#global.set(name, upload.stored);
    for (const { key, file } of added) this.#remember(repository, key, file);
    return new Map(added.map(({ key, uploaded }) => [key, uploaded]));
  }

  /** The file whose bytes have this key. */
  fileOfKey(key: string): XetFile | undefined {
    return this.#byKey.get(key);
  }

  /** A file of a repository by its hash. */
  file(repository: string, hash: string): XetFile | undefined {
    return this.#repositories.get(hash)?.has(repository) ? this.#files.get(hash) : undefined;
  }

  xorb(hash: string): Xorb | undefined {
    return this.#xorbs.get(hash);
  }

  #remember(repository: string, key: string, file: XetFile): void {
    this.#files.set(file.hash, file);
    this.#byKey.set(key, file);
    const repositories = this.#repositories.get(file.hash) ?? new Set();
    this.#repositories.set(file.hash, repositories.add(repository));
  }
}
