import { createHash } from 'node:crypto';
import { sha1 } from './canonical.ts';
import type { GgufRecipe } from './gguf.ts';
import { ggufBody, ggufKey } from './gguf.ts';

/** No repository of the Hub claims to be older: creation times were recorded from then on. */
export const CREATED_AT_FLOOR = '2022-03-02T23:29:04.000Z';

/** One file of a repository at one commit. Text files have no size here: it follows from the text. */
export interface RepositoryFile {
  readonly path: string;
  /** Bytes; absent for the small text files the hub writes itself. */
  readonly size?: number;
  /** Names the bytes: two files with the same key and size are byte for byte the same. */
  readonly key: string;
  /** Worth the true sha256 however big it is: somebody asked for this file by name. */
  readonly hashed?: boolean;
  /** What the bytes are made from, where somebody said it. */
  readonly gguf?: GgufRecipe;
  /** Of a text file that was committed again: how often. */
  readonly edition?: number;
  /** Its published hash is that of other bytes. */
  readonly mislabelled?: boolean;
  /** Not to be had over plain HTTP. */
  readonly xetOnly?: boolean;
}

/** What a repository is about; nothing in here is a counter. */
export interface Facts {
  readonly license: string;
  readonly architecture: string;
  /** Number of weights. */
  readonly parameters: number;
  /** Tokens. */
  readonly context: number;
  /** The chat template handles tools. */
  readonly tools: boolean;
  readonly library: string;
  readonly pipeline: string;
  readonly base?: string | undefined;
  readonly description?: string | undefined;
}

export interface Counters {
  readonly downloads: number;
  readonly likes: number;
  readonly trendingScore: number;
}

/** A branch other than main, as cortexso repositories have one for each variant. */
export interface Branch {
  readonly name: string;
  readonly files: readonly RepositoryFile[];
}

/** A repository at its head commit. Immutable: a change makes a new object. */
export interface Repository {
  /** `owner/name` */
  readonly id: string;
  /** 24 hex digits, `_id` on the wire; survives a rename. */
  readonly objectId: string;
  /** Head commit of main, 40 hex digits. */
  readonly sha: string;
  /** ISO 8601 with milliseconds. */
  readonly lastModified: string;
  readonly createdAt: string;
  readonly facts: Facts;
  readonly counters: Counters;
  readonly files: readonly RepositoryFile[];
  readonly branches: readonly Branch[];
}

export function authorOf(id: string): string {
  return id.slice(0, Math.max(0, id.indexOf('/')));
}

export function nameOf(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}

export function objectIdOf(id: string): string {
  return sha1(id).slice(0, 24);
}

/** A file of the given number of bytes whose content follows from where it is and how big it is. */
export function blob(id: string, path: string, size: number, edition = 0): RepositoryFile {
  return { path, size, key: sha1(`${id}\n${path}\n${size}\n${edition}`) };
}

/** A GGUF file made to order. */
export function ggufFile(path: string, gguf: GgufRecipe): RepositoryFile {
  return { path, size: ggufBody(gguf).size, key: ggufKey(gguf), gguf };
}

/** A small text file; its content is written by `text.ts` from the facts of the repository. */
export function text(path: string): RepositoryFile {
  return { path, key: path };
}

/** The same in other bytes; edition 0 is the text itself. */
export function laterText(path: string, edition: number): RepositoryFile {
  return edition === 0 ? text(path) : { path, key: `${path} ${edition}`, edition };
}

export function isGguf(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf');
}

export function hasGguf(repository: Repository): boolean {
  return repository.files.some((file) => isGguf(file.path));
}

/** A projector for images or sound, which is no model on its own. */
export function isProjector(path: string): boolean {
  return /mmproj/i.test(path);
}

/** A number in [0, 1) that belongs to a text, for facts that need to be repeatable but not true. */
export function fractionOf(text: string): number {
  return createHash('sha1').update(text).digest().readUInt32LE(0) / 4294967296;
}
