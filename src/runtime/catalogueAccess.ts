import type { FileOrigin, ModelFile, ModelId } from '../sync/model.ts';

/** What this machine's part asks the rest: the catalogue and its upstreams. */
export interface CatalogueAccess {
  /** Which models publish files with these sha256, as far as file trees have been read. */
  origins(sha256: readonly string[], signal?: AbortSignal): Promise<readonly FileOrigin[]>;
  /**
   * The same for files that are said to be of a model, by looking through its last commits in the
   * background. @throws SyncError
   */
  searchCommits(
    id: ModelId,
    sha256: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly FileOrigin[]>;
  /** The files of a model at a commit, asked for in the background. @throws SyncError */
  files(id: ModelId, revision: string, signal?: AbortSignal): Promise<readonly ModelFile[]>;
  /** The commit of `main` by model as the catalogue knows it; absent: not in the catalogue. */
  heads(ids: readonly ModelId[]): Promise<Readonly<Record<ModelId, string>>>;
}
