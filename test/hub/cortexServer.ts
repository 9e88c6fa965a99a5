import type { JsonObject } from './canonical.ts';
import { byCodeUnits } from './canonical.ts';
import { identityOf } from './content.ts';
import { headOf, infoRow, tagsAt } from './fields.ts';
import type { Repository, RepositoryFile } from './repository.ts';
import { authorOf, hasGguf, isGguf, nameOf } from './repository.ts';
import type { Hosted, Store } from './store.ts';
import { readme } from './text.ts';

const HUB = 'https://huggingface.co/';
const OWN_AUTHOR = 'cortexso';
/** A source that was posted is asked for again only after this time, in ms. */
const REPEAT_INTERVAL = 600_000;
/** How many authors stand in for cortexso where a catalogue knows none of its models. */
const STAND_INS = 5;

/** A variant that Cortex offers of a source. */
export interface CortexModel {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
}

/** What a Cortex server knows: the sources that were posted to it and the models they came to. */
export class CortexServer {
  readonly #store: Store;
  readonly #now: () => number;
  /** When a source was last fetched from the Hub because somebody posted it. */
  readonly #fetched = new Map<string, number>();
  readonly #posted = new Map<string, string>();
  readonly #deleted = new Set<string>();
  /** Variants that were on the disk and were deleted there: Cortex keeps no other row of them. */
  readonly gone = new Set<string>();
  readonly #hubLists = new Map<string, { id: string; tags: readonly string[] }[]>();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Repository id to the string the source goes by. */
  get sources(): ReadonlyMap<string, string> {
    const { repositories } = this.#store.publication;
    const sources = new Map<string, string>();
    for (const id of defaultSources(repositories)) {
      if (!this.#deleted.has(id)) sources.set(id, `${HUB}${id}`);
    }
    for (const [id, source] of this.#posted) {
      if (repositories.has(id)) sources.set(id, source);
    }
    return sources;
  }

  /**
   * An error message, or nothing when Cortex is content, be the source there now or not.
   * @param hubAnswers whether the Hub answers a question for this repository now
   */
  post(source: string, hubAnswers: (id: string) => boolean): string | undefined {
    const id = source.startsWith(HUB) ? source.slice(HUB.length) : source;
    if (!/^[^/\s:]+\/[^/\s:]+$/.test(id))
      return `Only support repository model source, url: ${source}`;
    const age = this.#now() - (this.#fetched.get(id) ?? -Infinity);
    if (age < REPEAT_INTERVAL || this.sources.has(id)) return undefined;
    const repository = this.#visible(id)?.repository;
    if (!repository || !hubAnswers(id)) return `Failed to get model repository info: ${id}`;
    if (!hasGguf(repository))
      return 'Not a GGUF model. Currently, only GGUF single file is supported.';
    this.#fetched.set(id, this.#now());
    this.#posted.set(id, source);
    return undefined;
  }

  /** An error message, or nothing when the source is gone. Knows the exact string only. */
  delete(source: string): string | undefined {
    const id = [...this.sources].find(([, name]) => name === source)?.[0];
    if (id === undefined) return `Model source does not exist: ${source}`;
    this.#posted.delete(id);
    this.#deleted.add(id);
    return undefined;
  }

  /** What the Hub shows of a repository to those without rights. */
  #visible(id: string): Hosted | undefined {
    const hosted = this.#store.hosted.get(id);
    return hosted === undefined || hosted.private || hosted.gated !== false ? undefined : hosted;
  }

  /** Elements of `GET /v1/models/sources`. */
  elements(): JsonObject[] {
    return [...this.sources].flatMap(([id, source]) => {
      const repository = this.#store.publication.repositories.get(id);
      return repository ? [elementOf(repository, source, this.gone)] : [];
    });
  }

  /**
   * Repository ids of an author; asked of the Hub once and kept as long as the process lives.
   * @param hubAnswers whether the Hub answers now; if it is needed and does not: undefined
   */
  hubIds(author: string, tag: string | undefined, hubAnswers: () => boolean): string[] | undefined {
    let rows = this.#hubLists.get(author);
    if (!rows) {
      if (!hubAnswers()) return undefined;
      rows = [...this.#store.hosted.values()]
        .filter((hosted) => authorOf(hosted.id) === author && !hosted.private)
        .map(({ id, repository }) => ({ id, tags: tagsAt(id, repository) }));
      this.#hubLists.set(author, rows);
    }
    return rows.filter(({ tags }) => tag === undefined || tags.includes(tag)).map(({ id }) => id);
  }
}

/** All of cortexso, or else the first GGUF repository of each of the first authors, by code units. */
function defaultSources(repositories: ReadonlyMap<string, Repository>): string[] {
  const ids = [...repositories.values()]
    .filter(hasGguf)
    .map(({ id }) => id)
    .sort(byCodeUnits);
  const own = ids.filter((id) => authorOf(id) === OWN_AUTHOR);
  if (own.length > 0) return own;
  const firsts = new Map<string, string>();
  for (const id of ids) {
    const author = authorOf(id);
    if (!firsts.has(author)) firsts.set(author, id);
  }
  return [...firsts.values()].slice(0, STAND_INS);
}

/** Model ids: `repo:branch` for cortexso, `author:repo:file` for everybody else. */
function modelsOf(repository: Repository): CortexModel[] {
  const { id, branches, files } = repository;
  if (branches.length > 0) {
    return branches.map((branch) => ({
      id: `${nameOf(id)}:${branch.name}`,
      size: modelSize(branch.files),
    }));
  }
  return files
    .filter(({ path }) => isGguf(path))
    .map((file) => ({
      id: `${authorOf(id)}:${nameOf(id)}:${baseName(file.path)}`,
      size: file.size ?? 0,
    }));
}

function modelSize(files: readonly RepositoryFile[]): number {
  return files.findLast(({ path }) => isGguf(path))?.size ?? 0;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The raw model info that Cortex fetched from the Hub, and the README with it. */
function metadataOf(repository: Repository): JsonObject {
  const hosted: Hosted = {
    id: repository.id,
    repository,
    private: false,
    gated: false,
    disabled: false,
    downloads: repository.counters.downloads,
  };
  const info = infoRow(hosted, headOf(hosted), false);
  // Cortex asks for the sizes only where there are no branches to tell variants apart.
  const siblings = repository.files.map((file) => ({
    rfilename: file.path,
    ...(repository.branches.length > 0 ? {} : { size: identityOf(repository, file).size }),
  }));
  return { ...info, siblings, description: readme(repository) };
}

const metadata = new WeakMap<Repository, JsonObject>();

function elementOf(repository: Repository, source: string, gone: ReadonlySet<string>): JsonObject {
  const known = metadata.get(repository) ?? metadataOf(repository);
  metadata.set(repository, known);
  return {
    id: source,
    author: authorOf(repository.id),
    models: modelsOf(repository).filter(({ id }) => !gone.has(id)),
    metadata: known,
  };
}
