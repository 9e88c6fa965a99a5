import { canonicalJson, sha1 } from './canonical.ts';
import type { GgufRecipe } from './gguf.ts';
import type { Publication, Timeline } from './publication.ts';
import type { Repository, RepositoryFile } from './repository.ts';
import { blob, ggufFile, laterText } from './repository.ts';

export type Gated = false | 'auto' | 'manual';

/** What can happen to a repository on the Hub without a commit. */
export interface RepositoryFault {
  readonly private?: boolean;
  readonly gated?: Gated;
  readonly disabled?: boolean;
  readonly renamedTo?: string;
  readonly deleted?: boolean;
  /** An earlier commit that main was forced back to. */
  readonly forcedTo?: string;
  /** Files, by path, whose published hash is that of other bytes. */
  readonly wrongSha256?: string | readonly string[];
  /** Files, by path, that are too big for plain HTTP, whatever their size. */
  readonly xetOnly?: string | readonly string[];
  /** The history is gone: no commit is there but the heads of the branches. */
  readonly squashed?: boolean;
}

/** A file of a commit that is made by hand. */
export interface CommittedFile {
  readonly path: string;
  /** Bytes; absent: as many as before, or a text. */
  readonly size?: number;
  /** The same seed, the same bytes; 0 are those that the hub itself would publish. Absent: 0. */
  readonly seed?: number;
  /** A GGUF file of these metadata and tensors; size and seed then say nothing. */
  readonly gguf?: GgufRecipe;
  /** To be had from the CAS, too. */
  readonly xet?: boolean;
}

/** What was committed by hand on top of what is published. */
interface Amendment {
  readonly files: ReadonlyMap<string, RepositoryFile>;
  readonly commits: number;
  /** ISO 8601. */
  readonly at: string;
}

/** A repository as the Hub shows it now. */
export interface Hosted {
  /** The name it goes by now. */
  readonly id: string;
  readonly repository: Repository;
  readonly private: boolean;
  readonly gated: Gated;
  readonly disabled: boolean;
  readonly downloads: number;
}

/** One commit of a repository: its files, and what the text files are written from. */
export interface Commit {
  readonly sha: string;
  readonly repository: Repository;
  readonly files: readonly RepositoryFile[];
}

/** A commit as the log of a repository names it. */
export interface LoggedCommit {
  readonly sha: string;
  /** ISO 8601. */
  readonly date: string;
}

/** The commit a branch other than main points to. */
export function branchSha(repository: Repository, branch: string): string {
  return sha1(`${repository.sha}\n${branch}`);
}

/** The repositories of the hub: what is published, what faults make of it, and all earlier commits. */
export class Store {
  /** Grows with everything that could change an answer. */
  version = 0;
  readonly #timeline: Timeline;
  #faults: Readonly<Record<string, RepositoryFault>> = {};
  readonly #amendments = new Map<string, Amendment>();
  readonly #commits = new Map<string, Map<string, Repository>>();
  readonly #downloads = new Map<string, number>();
  #hosted: ReadonlyMap<string, Hosted> | undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.#remember(timeline.current);
  }

  get publication(): Publication {
    return this.#timeline.current;
  }

  advance(): Publication | undefined {
    const next = this.#timeline.advance();
    if (next) {
      this.#remember(next);
      this.#changed();
    }
    return next;
  }

  set faults(faults: Readonly<Record<string, RepositoryFault>>) {
    this.#faults = faults;
    this.#changed();
  }

  /** By the present name; private ones included. */
  get hosted(): ReadonlyMap<string, Hosted> {
    this.#hosted ??= this.#host();
    return this.#hosted;
  }

  /** The present name of a repository that once went by this one. */
  renamed(id: string): string | undefined {
    const fault = this.#faults[id];
    return fault?.deleted || !this.publication.repositories.has(id) ? undefined : fault?.renamedTo;
  }

  /** A commit by branch, `HEAD` or full sha; earlier heads stay valid. */
  commit(hosted: Hosted, revision: string): Commit | undefined {
    const { repository } = hosted;
    const name = revision.replace(/^refs\/heads\//, '');
    if (name === 'main' || name === 'HEAD' || name === repository.sha)
      return { sha: repository.sha, repository, files: repository.files };
    const earlier = this.#faults[repository.id]?.squashed
      ? undefined
      : this.commitOf(repository.id, name);
    return earlier ?? branchCommit(repository, (branch) => branch === name);
  }

  /** The commits that lead to a revision, the newest first; those of branches start anew. */
  log(hosted: Hosted, revision: string): readonly LoggedCommit[] | undefined {
    const { repository } = hosted;
    const commit = this.commit(hosted, revision);
    if (!commit) return undefined;
    const { sha } = commit;
    const known = [...(this.#commits.get(repository.id)?.values() ?? [])];
    const last = known.findIndex((one) => one.sha === sha);
    if (last < 0 || this.#faults[repository.id]?.squashed) {
      return [{ sha, date: commit.repository.lastModified }];
    }
    return known
      .slice(0, last + 1)
      .reverse()
      .map((one) => ({ sha: one.sha, date: one.lastModified }));
  }

  /** A commit by the id the repository was published under and its full sha. */
  commitOf(id: string, sha: string): Commit | undefined {
    for (const remembered of this.#commits.get(id)?.values() ?? []) {
      const repository = marked(remembered, this.#faults[id] ?? {});
      if (repository.sha === sha) return { sha, repository, files: repository.files };
      const found = branchCommit(repository, (branch) => branchSha(repository, branch) === sha);
      if (found) return found;
    }
    return undefined;
  }

  countDownload(hosted: Hosted): void {
    const { id } = hosted.repository;
    this.#downloads.set(id, (this.#downloads.get(id) ?? 0) + 1);
    this.#changed();
  }

  /**
   * Makes one more commit of a repository, whose files have true hashes.
   * @returns its sha; undefined if there is no such repository, or a file whose size nobody knows
   */
  addCommit(id: string, files: readonly CommittedFile[]): string | undefined {
    const published = this.publication.repositories.get(id);
    if (!published) return undefined;
    const head = this.#amended(published);
    const written = files.map((file) => writtenFile(head, file));
    if (!written.every((file) => file !== undefined)) return undefined;
    const before = this.#amendments.get(id);
    const commits = (before?.commits ?? 0) + 1;
    this.#amendments.set(id, {
      files: new Map([
        ...(before?.files ?? []),
        ...written.map((file) => [file.path, file] as const),
      ]),
      commits,
      at: new Date(Date.parse(this.publication.time) + commits * 1_000).toISOString(),
    });
    this.#changed();
    return this.#amended(published).sha;
  }

  /** How many commits were made by hand. */
  commitsOf(id: string): number {
    return this.#amendments.get(id)?.commits ?? 0;
  }

  #changed(): void {
    this.version += 1;
    this.#hosted = undefined;
  }

  #remember({ repositories }: Publication): void {
    for (const repository of repositories.values()) this.#rememberOne(repository);
  }

  #rememberOne(repository: Repository): void {
    const commits = this.#commits.get(repository.id) ?? new Map<string, Repository>();
    commits.set(repository.sha, repository);
    this.#commits.set(repository.id, commits);
  }

  #amended(repository: Repository): Repository {
    const amendment = this.#amendments.get(repository.id);
    if (!amendment) return repository;
    const { files: own, commits, at } = amendment;
    const files = [...repository.files.filter(({ path }) => !own.has(path)), ...own.values()];
    const sha = sha1(canonicalJson({ parent: repository.sha, files, commits }));
    const lastModified = at > repository.lastModified ? at : repository.lastModified;
    const amended = { ...repository, files, sha, lastModified };
    this.#rememberOne(amended);
    return amended;
  }

  #host(): ReadonlyMap<string, Hosted> {
    const hosted = new Map<string, Hosted>();
    for (const published of this.publication.repositories.values()) {
      const fault = this.#faults[published.id] ?? {};
      if (fault.deleted) continue;
      const forced = fault.forcedTo && this.#commits.get(published.id)?.get(fault.forcedTo);
      const repository = marked(forced || this.#amended(published), fault);
      const id = fault.renamedTo ?? published.id;
      hosted.set(id, {
        id,
        repository,
        private: fault.private ?? false,
        gated: fault.gated ?? false,
        disabled: fault.disabled ?? false,
        downloads: repository.counters.downloads + (this.#downloads.get(published.id) ?? 0),
      });
    }
    return hosted;
  }
}

function branchCommit(
  repository: Repository,
  wanted: (branch: string) => boolean,
): Commit | undefined {
  const branch = repository.branches.find(({ name }) => wanted(name));
  return branch && { sha: branchSha(repository, branch.name), repository, files: branch.files };
}

/** The files of a commit by hand: texts stay texts, all else are bytes. */
function writtenFile(head: Repository, file: CommittedFile): RepositoryFile | undefined {
  const { path, seed = 0, gguf } = file;
  if (gguf) return { ...ggufFile(path, gguf), hashed: true };
  const before = head.files.find((one) => one.path === path);
  const size = file.size ?? before?.size;
  if (size !== undefined) return { ...blob(head.id, path, size, seed), hashed: true };
  return before && laterText(path, seed);
}

/** The repository with what faults say about single files. */
function marked(
  repository: Repository,
  { wrongSha256 = [], xetOnly = [] }: RepositoryFault,
): Repository {
  const wrong = new Set([wrongSha256].flat());
  const tooBig = new Set([xetOnly].flat());
  if (wrong.size === 0 && tooBig.size === 0) return repository;
  const mark = (files: readonly RepositoryFile[]) =>
    files.map((file) => ({
      ...file,
      ...(wrong.has(file.path) && { mislabelled: true }),
      ...(tooBig.has(file.path) && { xetOnly: true }),
    }));
  return {
    ...repository,
    files: mark(repository.files),
    branches: repository.branches.map((branch) => ({ ...branch, files: mark(branch.files) })),
  };
}
