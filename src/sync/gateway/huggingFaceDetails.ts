import { z } from 'zod';
import { SyncError } from '../errors.ts';
import type { HttpSession } from '../http/httpClient.ts';
import { nextPage } from '../http/link.ts';
import type { Logger } from '../logger.ts';
import type { ModelFile, ModelId } from '../model.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { parseEntries } from './entries.ts';
import { countSchema } from './repository.ts';

/** Longer READMEs are cut: no page shows more, and some hold whole data sets. */
const README_BYTES = 512 * 1024;
/** An answer longer than this is no README at all. */
const README_ANSWER_BYTES = 8 * 1024 * 1024;
/** Pages of a file tree that are read; a repository with more files is known in part. */
const TREE_PAGES = 10;

/** The most paths that one question for single files may name. */
export const MOST_PATHS = 2_000;

/** The files of a repository at one revision. */
export interface FileTree {
  readonly files: readonly ModelFile[];
  /** Not all of them: there are too many, or some could not be read. */
  readonly partial?: true;
}

/** The README at one revision. */
export interface Readme {
  /** Markdown; absent if there is none, or none for us. */
  readonly text?: string;
  /** There may be one, but only for those whom its author let in. */
  readonly refused?: true;
}

/** The answer to a question for what may be known already. */
export type Fetched<T> =
  | { readonly unchanged: true }
  | { readonly unchanged: false; readonly value: T; readonly etag?: string };

/** What is asked, at which revision, and the ETag of what is known of it. */
export interface RevisionQuestion {
  readonly http: HttpSession;
  readonly id: ModelId;
  readonly revision: string;
  readonly etag?: string | undefined;
}

const treeEntrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: countSchema,
  // Of an LFS file it is the id of the pointer, which proves nothing of its bytes.
  oid: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional()
    .catch(undefined),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
});

/** What is read of a commit. */
const commitSchema = z.object({ id: z.string().regex(/^[0-9a-f]{40}$/) });

/**
 * What is fetched of one repository only when it is needed, from addresses that pin its revision.
 * None touches the bytes of a model file: the Hub would count that as a download.
 */
export class HuggingFaceDetails {
  readonly #endpoint: URL;
  readonly #logger: Logger;

  constructor(endpoint: URL, logger: Logger) {
    this.#endpoint = endpoint;
    this.#logger = logger;
  }

  /**
   * The file tree, by `GET /api/models/{id}/tree/{revision}`.
   * @throws SyncError
   */
  async files({ http, id, revision, etag }: RevisionQuestion): Promise<Fetched<FileTree>> {
    const first = this.#api(id, 'tree', revision);
    first.searchParams.set('recursive', 'true');
    let answer = await http.getJson(first, { etag });
    if (answer.unchanged) return answer;
    const begin = answer.headers;
    const files: ModelFile[] = [];
    let dropped = 0;
    let next: URL | undefined = first;
    for (let page = 1; !answer.unchanged; page++) {
      const { entries, unreadable } = this.#parse(answer.json, id);
      files.push(...entries);
      dropped += unreadable;
      next = nextPage(answer.headers['link'], first);
      if (next === undefined || page === TREE_PAGES) break;
      answer = await http.getJson(next);
    }
    const partial = next !== undefined || dropped > 0;
    // The ETag of one page of several says nothing of the others.
    const single = nextPage(begin['link'], first) === undefined;
    return {
      unchanged: false,
      value: { files, ...(partial && { partial }) },
      ...(single && !partial && etagOf(begin)),
    };
  }

  /**
   * The README. That there is none, or none for us, is an answer too.
   * @throws SyncError
   */
  async readme({ http, id, revision, etag }: RevisionQuestion): Promise<Fetched<Readme>> {
    const path = `${id}/resolve/${encodeURIComponent(revision)}/README.md`;
    try {
      const answer = await http.get(new URL(path, this.#endpoint), {
        accept: 'text/plain, */*',
        maxBytes: README_ANSWER_BYTES,
        etag,
      });
      if (answer.unchanged) return answer;
      const text = answer.body.subarray(0, README_BYTES).toString('utf8');
      return { unchanged: false, value: { text }, ...etagOf(answer.headers) };
    } catch (error) {
      if (SyncError.is(error, 'notFound')) return { unchanged: false, value: {} };
      // A gated repository shows its files to everyone, but its README only to who was let in.
      const refusals = ['unauthorised', 'forbidden'] as const;
      if (!refusals.some((kind) => SyncError.is(error, kind))) throw error;
      return { unchanged: false, value: { refused: true } };
    }
  }

  /**
   * Single files, by `POST /api/models/{id}/paths-info/{revision}`. Those that do not exist are
   * missing in the answer.
   * @param paths at most `MOST_PATHS`
   * @throws SyncError
   */
  async pathsInfo(
    { http, id, revision }: RevisionQuestion,
    paths: readonly string[],
  ): Promise<ReadonlyMap<string, ModelFile>> {
    const address = this.#api(id, 'paths-info', revision);
    const { json } = await http.sendJson('POST', address, { paths, expand: false });
    return new Map(this.#parse(json, id).entries.map((file) => [file.path, file]));
  }

  /**
   * The last commits that lead to a revision, the newest first, by
   * `GET /api/models/{id}/commits/{revision}`.
   * @param most at most 1,000: as many as come in one answer
   * @returns their ids, of 40 hex digits
   * @throws SyncError
   */
  async commits({ http, id, revision }: RevisionQuestion, most: number): Promise<string[]> {
    const address = this.#api(id, 'commits', revision);
    address.searchParams.set('limit', String(most));
    const answer = await http.getJson(address);
    if (answer.unchanged) return [];
    const { entries } = parseEntries(answer.json, commitSchema, id, this.#logger);
    return entries.slice(0, most).map(({ entry }) => entry.id);
  }

  #api(id: ModelId, route: string, revision: string): URL {
    return new URL(`api/models/${id}/${route}/${encodeURIComponent(revision)}`, this.#endpoint);
  }

  #parse(json: unknown, id: ModelId): { entries: ModelFile[]; unreadable: number } {
    const { entries, unreadable } = parseEntries(json, treeEntrySchema, id, this.#logger);
    return {
      entries: entries
        .filter(({ entry }) => entry.type === 'file')
        .map(({ entry }) => toFile(entry)),
      unreadable: unreadable.length,
    };
  }
}

function toFile({ path, size, oid, lfs }: z.infer<typeof treeEntrySchema>): ModelFile {
  return withoutUndefined({
    path,
    size: { sureness: 'exact' as const, bytes: size },
    sha256: lfs?.oid,
    gitSha1: lfs === undefined ? oid : undefined,
  });
}

function etagOf({ etag }: Readonly<Record<string, string>>): { etag?: string } {
  return etag === undefined ? {} : { etag };
}
