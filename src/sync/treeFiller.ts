import type { SizedModel, UnsizedModel, UnsizedRows } from './cache/unsizedRows.ts';
import { unsizedKey } from './cache/unsizedRows.ts';
import type { DetailsService } from './details.ts';
import type { Cost } from './detailsPart.ts';
import type { SyncErrorKind } from './errors.ts';
import { cancelled, describeError, SyncError } from './errors.ts';
import { isGeneral, isRefusal } from './failures.ts';
import type { Logger } from './logger.ts';
import type { ModelId, SourceKey } from './model.ts';
import type { CatalogueChange } from './syncService.ts';

/** Trees that are asked for at once, and written in one transaction. */
const AT_ONCE = 4;
/** So many models in a row that cannot be read are more than the fault of one of them. */
const MOST_FAILURES = 5;

export interface FillRequest {
  /** The favourites and what is visible: filled first, in this order. */
  readonly first: readonly ModelId[];
  /** Stops at once; what is filled stays. */
  readonly signal?: AbortSignal;
  /** Stops once so many bytes were received. */
  readonly budgetBytes?: number;
}

/** What one round of filling did and cost. */
export interface FillReport extends Cost {
  /** Models whose sizes are exact now. */
  readonly filled: number;
  /** Why it stopped before all were filled; absent if there is nothing left to do. */
  readonly stopped?: SyncErrorKind | 'budget';
  /** When it makes sense to go on, in ms since 1970, if the upstream said so. */
  readonly retryAt?: number;
}

export interface TreeFillerOptions {
  readonly rows: UnsizedRows;
  readonly details: Pick<DetailsService, 'files' | 'knownFiles' | 'fileInfo'>;
  /** The sources whose models are filled by now. */
  readonly sources: () => readonly SourceKey[];
  readonly onDidApply?: (change: CatalogueChange) => void;
  readonly logger: Logger;
}

/** Fetches file trees of models whose sizes are not exact, and writes the sizes into their rows. */
export class TreeFiller {
  readonly #options: TreeFillerOptions;
  /** Models whose tree was refused, at the commit where that was so. */
  readonly #refused = new Set<string>();
  /** Those whose tree failed otherwise: they come again when all others are done. */
  readonly #failed = new Set<string>();
  readonly #closing = new AbortController();
  readonly #rounds = new Set<Promise<FillReport>>();

  constructor(options: TreeFillerOptions) {
    this.#options = options;
  }

  /** Fills until all is exact, the quota or the budget is used up, or the signal is aborted. */
  fill(request: FillRequest): Promise<FillReport> {
    const round = this.#fill(request);
    this.#rounds.add(round);
    return round.finally(() => this.#rounds.delete(round));
  }

  /** Writes the sizes of a tree that is known for another reason. */
  take(id: ModelId, sha: string): void {
    const tree = this.#options.details.knownFiles(id, sha);
    if (tree === undefined || tree.partial === true) return;
    try {
      this.#refine([{ id, sha, files: tree.files }]);
    } catch (error) {
      this.#options.logger.warn(`The sizes of ${id} were not written: ${describeError(error)}`);
    }
  }

  /** Tries all models again: there is another token. */
  forgetRefusals(): void {
    this.#refused.clear();
    this.#failed.clear();
  }

  /** Gives up what runs. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#rounds);
  }

  async #fill({ first, signal, budgetBytes = Infinity }: FillRequest): Promise<FillReport> {
    const stop = AbortSignal.any([this.#closing.signal, ...(signal ? [signal] : [])]);
    const cost: Cost = { requests: 0, bytes: 0 };
    const progress = { filled: 0, failures: 0 };
    try {
      for (;;) {
        if (stop.aborted) throw cancelled();
        if (cost.bytes >= budgetBytes)
          return { ...cost, filled: progress.filled, stopped: 'budget' };
        const { rows, sources } = this.#options;
        const except = new Set([...this.#refused, ...this.#failed]);
        const models = rows.next({ sources: sources(), first, except, limit: AT_ONCE });
        if (models.length === 0) {
          this.#failed.clear();
          return { ...cost, filled: progress.filled };
        }
        await this.#fillSome(models, cost, progress, stop);
      }
    } catch (error) {
      const { kind, retryAt } = SyncError.from(error);
      this.#options.logger.info(`Filling sizes stopped: ${describeError(error)}`);
      const when = retryAt === undefined ? {} : { retryAt };
      return { ...cost, filled: progress.filled, stopped: kind, ...when };
    }
  }

  /** @throws SyncError if going on makes no sense; what was fetched is written all the same */
  async #fillSome(
    models: readonly UnsizedModel[],
    cost: Cost,
    progress: { filled: number; failures: number },
    stop: AbortSignal,
  ): Promise<void> {
    const trees = await Promise.allSettled(models.map((model) => this.#tree(model, cost, stop)));
    const sized = trees.flatMap((tree) => (tree.status === 'fulfilled' ? [tree.value] : []));
    if (sized.length > 0) {
      this.#refine(sized);
      progress.filled += sized.length;
      progress.failures = 0;
    }
    for (const [index, tree] of trees.entries()) {
      const model = models[index];
      if (tree.status === 'fulfilled' || model === undefined) continue;
      const error = SyncError.from(tree.reason);
      if (isGeneral(error)) throw error;
      this.#options.logger.info(`${model.id}: no sizes: ${describeError(error)}`);
      const found = isRefusal(error) ? this.#refused : this.#failed;
      found.add(unsizedKey(model));
      if (++progress.failures >= MOST_FAILURES) throw error;
    }
  }

  async #tree({ id, sha }: UnsizedModel, cost: Cost, signal: AbortSignal): Promise<SizedModel> {
    const { details, rows } = this.#options;
    const asking = { signal, priority: 'background' as const, cost };
    const { files, partial } = (await details.files(id, sha, asking)).value;
    if (partial !== true) return { id, sha, files };
    // Of a repository with too many files only those that count are asked for one by one.
    const listed = new Set(files.map(({ path }) => path));
    const missing = rows.paths({ id, sha }).filter((path) => !listed.has(path));
    const single = await Promise.all(
      missing.map((path) => details.fileInfo(id, sha, path, asking)),
    );
    return { id, sha, files: [...files, ...single.filter((file) => file !== undefined)] };
  }

  #refine(models: readonly SizedModel[]): void {
    for (const { source, ids, epoch } of this.#options.rows.refine(models)) {
      const change = { source, added: [], updated: ids, removed: [] };
      this.#options.onDidApply?.({ ...change, since: epoch - 1, epoch });
    }
  }
}
