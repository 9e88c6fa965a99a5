/**
 * The words of the project as types. Rows are stored per (source, model); what is shown merges
 * them field by field (see merge.ts). Times are milliseconds since 1970, sizes are bytes.
 */

/** Which upstream a source speaks to; decides its precedence when rows are merged. */
export type SourceKind = 'hf' | 'published' | 'cortex' | 'jan';

/**
 * `hf:<author>`, `jan:v1`, `jan:v2`, `cortex`, or `published:<address of a folder>`, to which
 * `#key=<Ed25519 public key, 32 bytes as base64url>` may be added.
 */
export type SourceKey = string;

/** One repository, `owner/name`. */
export type ModelId = string;

/** How sure a size is: known from the file tree, computed from something coarser, or not known. */
export type Size =
  | { readonly sureness: 'exact' | 'estimated'; readonly bytes: number }
  | { readonly sureness: 'unknown' };

/** One file of a model at one revision. `path` is relative to the repository, never trusted. */
export interface ModelFile {
  readonly path: string;
  readonly size: Size;
  /** sha256 of the bytes, 64 hex digits, where the upstream publishes it. */
  readonly sha256?: string;
  /** SHA-1 of git's blob, 40 hex digits, for files that the upstream keeps in git itself. */
  readonly gitSha1?: string;
}

/** All files of a model at a commit, if they are known already. */
export type TreeOf = (id: ModelId, sha: string) => readonly ModelFile[] | undefined;

/** A file that has certain bytes, in a model at a commit. */
export interface FileOrigin {
  /** 64 hex digits. */
  readonly sha256: string;
  readonly model: ModelId;
  /** Commit, 40 hex digits. */
  readonly revision: string;
  /** In the repository. */
  readonly path: string;
}

/** What a user picks: one quantisation, as one file or all parts of a split file. */
export interface Variant {
  /** Unique within the model, stable across revisions: the file name without parts and suffix. */
  readonly name: string;
  /** `Q4_K_M`, `IQ4_XS`, `BF16` …; absent where the file name does not tell. */
  readonly quantisation?: string;
  readonly files: readonly ModelFile[];
  /** The sum over the files; unknown as soon as one of them is. */
  readonly size: Size;
  /** The vision projector that belongs to it, if the repository has one. */
  readonly mmproj?: ModelFile;
}

/** Who may fetch the bytes: everyone, whoever accepts the terms, or whoever the author lets in. */
export type Gate = false | 'auto' | 'manual';

/** Opaque marks of an upstream's last answers, such as ETags, by the question asked. */
export type Validators = Readonly<Record<string, string>>;

/** Counters move all the time and never make a model "updated". */
export interface Counters {
  readonly downloads?: number;
  readonly likes?: number;
  readonly trendingScore?: number;
}

/** What one source says of one model, in our words. Every field but `id` may be missing. */
export interface ModelRecord {
  readonly id: ModelId;
  readonly description?: string;
  /** Commit of `main`, 40 hex digits. */
  readonly sha?: string;
  readonly createdAt?: number;
  readonly lastModified?: number;
  readonly gated?: Gate;
  readonly private?: boolean;
  readonly disabled?: boolean;
  /** SPDX-like identifier as the upstream spells it, `apache-2.0`. */
  readonly license?: string;
  /** `text-generation`, `image-text-to-text` … */
  readonly task?: string;
  /** `gguf`, `mlx` … */
  readonly library?: string;
  readonly architecture?: string;
  /** Number of parameters. */
  readonly parameters?: number;
  /** Tokens. */
  readonly contextLength?: number;
  readonly takesTools?: boolean;
  readonly tags?: readonly string[];
  readonly variants?: readonly Variant[];
}

/** A row as a gateway hands it over: our words, the upstream's own words, and its counters. */
export interface SourceRow {
  readonly record: ModelRecord;
  readonly fingerprint: string;
  readonly counters: Counters;
  /** The upstream record without its counters, as canonical JSON: see canonicalJson.ts. */
  readonly content: string;
}

/** The last body of a published catalogue that was accepted: the next delta starts from it. */
export interface StoredBody {
  readonly sequence: number;
  /** sha256 of the body before compression, 64 hex digits. */
  readonly sha256: string;
  /** The body, compressed. */
  readonly bytes: Uint8Array;
}

/** A model as it is shown: the rows of all sources merged. */
export interface Model extends ModelRecord, Counters {
  /** The part of the id before the slash. */
  readonly author: string;
  /** The part of the id after the slash. */
  readonly name: string;
  /** Who publishes it, in order of precedence. */
  readonly sources: readonly SourceKey[];
  /** False once no source lists it any more. */
  readonly published: boolean;
  /** It came, or its content changed, since the user last saw the list. */
  readonly news?: 'new' | 'updated';
}

/** Why the last attempt at a source failed, in words the user can act on. */
export interface SourceFailure {
  readonly kind: string;
  readonly message: string;
  readonly at: number;
}

/** What is known about a source besides its rows. */
export interface SourceStatus {
  readonly key: SourceKey;
  /** Published models it lists. */
  readonly models: number;
  /** Grows whenever the content of its rows changes, by whichever window. */
  readonly epoch: number;
  /** When it last answered; absent while its rows come from the bundled seed. */
  readonly lastSuccess?: number;
  readonly lastAttempt?: number;
  /** Present while the newest attempt failed. */
  readonly failure?: SourceFailure;
}

/** What one run changed in one source. The only thing that is applied and announced. */
export interface ChangeSet {
  readonly source: SourceKey;
  readonly added: readonly SourceRow[];
  readonly updated: readonly SourceRow[];
  readonly removed: readonly ModelId[];
  /** Counters of rows whose content did not change. */
  readonly counters: ReadonlyMap<ModelId, Counters>;
}

/** What is fetched of a model only when somebody looks at it. */
export interface ModelDetails {
  readonly files: readonly ModelFile[];
  /** Markdown of whoever published the model: not to be trusted. */
  readonly readme?: string;
  /** There may be a README, but only for those whom its author let in. */
  readonly readmeRefused?: boolean;
  readonly fetchedAt: number;
}
