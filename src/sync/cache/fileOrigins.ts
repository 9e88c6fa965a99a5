import type { DatabaseSync } from 'node:sqlite';
import type { FileOrigin, ModelFile, ModelId } from '../model.ts';
import { inTransaction } from './database.ts';
import { Statements } from './statements.ts';

/** Files that are known by their bytes; those of the oldest trees go first. */
const MOST_FILES = 200_000;
/** Models and commits that are named for the same bytes: the newest. */
const MOST_ORIGINS = 16;
/** They are counted whenever this share of them was added: counting reads an index. */
const UNCOUNTED_SHARE = 1 / 64;
/** Trees of an older version that are read at once: a few ms. */
const CHUNK = 50;

/** Digits of a sha256 that the index holds: as many as fit into a number. Trees hold the rest. */
const PREFIX = 12;

const COMMIT = /^[0-9a-f]{40}$/;
const MODEL_FILE = /\.(?:gguf|safetensors)$/i;

/** The whole file tree of a commit, if it is stored. */
export type StoredTree = (id: ModelId, revision: string) => readonly ModelFile[] | undefined;

/**
 * Which models publish a file with certain bytes, as far as file trees are stored: tells of a file
 * on this machine what it is, whatever it is called here.
 */
export class FileOrigins {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #mostFiles: number;
  /** Files added since they were counted; how many there were at the start is not known. */
  #uncounted = Infinity;

  /** @param mostFiles how many files are known at most, about */
  constructor(database: DatabaseSync, { mostFiles = MOST_FILES } = {}) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#mostFiles = mostFiles;
  }

  /**
   * Notes the model files of a tree; to be called in the transaction that stores it. That of a
   * branch is passed over: it may be another tomorrow.
   */
  note(id: ModelId, revision: string, files: readonly ModelFile[]): void {
    if (!COMMIT.test(revision)) return;
    const hashes = files.flatMap(({ path, sha256 }) =>
      sha256 !== undefined && MODEL_FILE.test(path) ? [prefixOf(sha256)] : [],
    );
    if (hashes.length === 0) return;
    const tree = this.#statements
      .prepare('INSERT OR IGNORE INTO tree (id, revision) VALUES (?, ?) RETURNING number')
      .get(id, revision)?.['number'];
    // The files of a commit are always the same.
    if (tree === undefined) return;
    this.#statements
      .prepare('INSERT OR IGNORE INTO file_origin (hash, tree) SELECT value, ? FROM json_each(?)')
      .run(tree, JSON.stringify(hashes));
    this.#evict(hashes.length);
  }

  /**
   * Reads some of the trees that were stored before files were known by their bytes.
   * @returns whether there are more
   * @throws SyncError `storage` or `conflict`
   */
  readEarlier(storedTree: StoredTree): boolean {
    const earlier = this.#statements
      .prepare('SELECT id, revision FROM unread_tree LIMIT ?')
      .all(CHUNK)
      .map((row) => ({ id: String(row['id']), revision: String(row['revision']) }));
    if (earlier.length === 0) return false;
    inTransaction(this.#database, () => {
      for (const { id, revision } of earlier) {
        this.note(id, revision, storedTree(id, revision) ?? []);
        this.#statements
          .prepare('DELETE FROM unread_tree WHERE id = ? AND revision = ?')
          .run(id, revision);
      }
    });
    return earlier.length === CHUNK;
  }

  /** Which models publish files with these bytes; the newest trees come first. */
  find(sha256: readonly string[], storedTree: StoredTree): FileOrigin[] {
    const trees = new Map<number, readonly FileOrigin[]>();
    return sha256.flatMap((sha) =>
      this.#treesWith(sha).flatMap(({ number, id, revision }) => {
        let files = trees.get(number);
        if (files === undefined) {
          files = originsIn(id, revision, storedTree(id, revision) ?? []);
          trees.set(number, files);
        }
        return files.filter((file) => file.sha256 === sha).slice(0, 1);
      }),
    );
  }

  #treesWith(sha256: string): { number: number; id: ModelId; revision: string }[] {
    return this.#statements
      .prepare(
        `SELECT number, id, revision FROM file_origin JOIN tree ON number = tree
         WHERE hash = ? ORDER BY tree DESC LIMIT ${MOST_ORIGINS}`,
      )
      .all(prefixOf(sha256))
      .map((row) => ({
        number: Number(row['number']),
        id: String(row['id']),
        revision: String(row['revision']),
      }));
  }

  #evict(added: number): void {
    this.#uncounted += added;
    if (this.#uncounted < this.#mostFiles * UNCOUNTED_SHARE) return;
    this.#uncounted = 0;
    const oldest = this.#statements
      .prepare('SELECT tree FROM file_origin ORDER BY tree DESC LIMIT 1 OFFSET ?')
      .get(this.#mostFiles)?.['tree'];
    if (oldest === undefined) return;
    this.#statements.prepare('DELETE FROM file_origin WHERE tree <= ?').run(oldest);
    this.#statements.prepare('DELETE FROM tree WHERE number <= ?').run(oldest);
  }
}

function originsIn(model: ModelId, revision: string, files: readonly ModelFile[]): FileOrigin[] {
  return files.flatMap(({ path, sha256 }) =>
    sha256 === undefined ? [] : [{ sha256, model, revision, path }],
  );
}

function prefixOf(sha256: string): number {
  return Number.parseInt(sha256.slice(0, PREFIX), 16);
}
