import { canonicalJson, sha1 } from './canonical.ts';
import type { Publication, Timeline } from './publication.ts';
import type { Repository, RepositoryFile } from './repository.ts';
import { blob } from './repository.ts';

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
  readonly #extraFiles = new Map<string, readonly RepositoryFile[]>();
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
    if (name === 'main' || name === 'HEAD')
      return { sha: repository.sha, repository, files: repository.files };
    return (
      this.commitOf(repository.id, name) ?? branchCommit(repository, (branch) => branch === name)
    );
  }

  /** A commit by the id the repository was published under and its full sha. */
  commitOf(id: string, sha: string): Commit | undefined {
    for (const repository of this.#commits.get(id)?.values() ?? []) {
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

  /** Adds files with true hashes to a repository, as one more commit. */
  addFiles(id: string, files: readonly { path: string; size: number }[]): boolean {
    const repository = this.publication.repositories.get(id);
    if (!repository) return false;
    const added = files.map(({ path, size }) => ({ ...blob(id, path, size), hashed: true }));
    this.#extraFiles.set(id, [...(this.#extraFiles.get(id) ?? []), ...added]);
    this.#changed();
    return true;
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

  #withExtraFiles(repository: Repository): Repository {
    const extra = this.#extraFiles.get(repository.id);
    if (!extra) return repository;
    const paths = new Set(extra.map(({ path }) => path));
    const files = [...repository.files.filter(({ path }) => !paths.has(path)), ...extra];
    const sha = sha1(canonicalJson({ parent: repository.sha, files }));
    const amended = { ...repository, files, sha, lastModified: this.publication.time };
    this.#rememberOne(amended);
    return amended;
  }

  #host(): ReadonlyMap<string, Hosted> {
    const hosted = new Map<string, Hosted>();
    for (const published of this.publication.repositories.values()) {
      const fault = this.#faults[published.id] ?? {};
      if (fault.deleted) continue;
      const forced = fault.forcedTo && this.#commits.get(published.id)?.get(fault.forcedTo);
      const repository = this.#withExtraFiles(forced || published);
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
