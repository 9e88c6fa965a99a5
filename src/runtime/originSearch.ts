import type { Clock } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { ModelId } from '../sync/model.ts';
import { WhileAway } from '../sync/whileAway.ts';
import type { CatalogueAccess } from './catalogueAccess.ts';
import type { KnownFacts } from './identity.ts';
import { provenSha256, weightsOf } from './identity.ts';
import type { IdentityStore } from './identityStore.ts';
import type { IdentifiedEntry } from './installedSnapshot.ts';

/** How long, in ms, a model that could not be looked through is left alone. */
const RETRY_INTERVAL = 60 * 60_000;

/** Files whose commit is looked for among those of the model that they are said to be of. */
export interface OriginQuestion {
  readonly model: ModelId;
  /** Its newest commit: once there is another, it is worth looking again. */
  readonly head: string;
  readonly sha256: ReadonlySet<string>;
}

/** Files whose bytes are proven, and known of no commit, by the models that they are said to be of. */
export function unplacedFiles(
  entries: readonly IdentifiedEntry[],
  { hashed, head }: Pick<KnownFacts, 'hashed' | 'head'>,
): OriginQuestion[] {
  const questions = new Map<ModelId, OriginQuestion>();
  for (const { runtime, entry } of entries) {
    const { model, revision } = entry.from ?? {};
    // What notes its commit was fetched from there, whatever became of it since.
    if (entry.identity !== 'claimed' || model === undefined || revision !== undefined) continue;
    const [first] = weightsOf(entry);
    const sha256 = first && provenSha256(runtime.kind, first, { hashed });
    const newest = head(model);
    if (sha256 === undefined || newest === undefined) continue;
    const others = questions.get(model)?.sha256 ?? [];
    questions.set(model, { model, head: newest, sha256: new Set([...others, sha256]) });
  }
  return [...questions.values()];
}

export interface OriginSearchOptions {
  readonly searchCommits: CatalogueAccess['searchCommits'];
  readonly store: IdentityStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** It is known where some bytes come from. */
  readonly onDidFind: () => void;
}

/**
 * Looks for the commits of files that something else downloaded, in the background while the user is
 * away: one model at a time, broken off as soon as the user is back, and never twice for nothing.
 */
export class OriginSearch {
  readonly #options: OriginSearchOptions;
  /** What was answered in this window: noting it may fail. */
  readonly #answered = new Set<string>();
  /** Models that could not be looked through, and when that was. */
  readonly #failed = new Map<ModelId, number>();
  readonly #work: WhileAway<OriginQuestion>;
  #wanted: readonly OriginQuestion[] = [];

  constructor(options: OriginSearchOptions) {
    this.#options = options;
    this.#work = new WhileAway({
      next: () => this.#next(),
      work: (question, signal) => this.#ask(question, signal),
    });
  }

  /** Looks for these once there is time; what was wanted before is not any more. */
  want(questions: readonly OriginQuestion[]): void {
    this.#wanted = questions;
    this.#work.consider();
  }

  /** Whether the user is away, so that there is time. */
  setIdle(idle: boolean): void {
    this.#work.setAway(idle);
  }

  close(): Promise<void> {
    return this.#work.close();
  }

  /** The first model that may still tell something. */
  #next(): OriginQuestion | undefined {
    const now = this.#options.clock.now();
    for (const { model, head, sha256 } of this.#wanted) {
      const failed = this.#failed.get(model) ?? -Infinity;
      // A clock that was set back must not put it off for ever.
      if (Math.abs(now - failed) < RETRY_INTERVAL) continue;
      const open = [...sha256].filter((one) => !this.#isAnswered(one, model, head));
      if (open.length > 0) return { model, head, sha256: new Set(open) };
    }
    return undefined;
  }

  #isAnswered(sha256: string, model: ModelId, head: string): boolean {
    return (
      this.#answered.has(keyOf(sha256, model, head)) ||
      this.#options.store.isUnfound(sha256, model, head)
    );
  }

  async #ask({ model, head, sha256 }: OriginQuestion, signal: AbortSignal): Promise<void> {
    const { searchCommits, store, clock, logger, onDidFind } = this.#options;
    try {
      const origins = await searchCommits(model, [...sha256], signal);
      const found = Map.groupBy(origins, (origin) => origin.sha256);
      for (const one of sha256) {
        this.#answered.add(keyOf(one, model, head));
        const told = found.get(one);
        if (told === undefined) store.noteUnfound(one, model, head);
        else store.rememberOrigins(one, told);
      }
      this.#failed.delete(model);
      if (found.size > 0) onDidFind();
    } catch (error) {
      if (signal.aborted) return;
      this.#failed.set(model, clock.now());
      logger.info(`Which commit of ${model} is installed stays open: ${describeError(error)}`);
    }
  }
}

function keyOf(sha256: string, model: ModelId, head: string): string {
  return `${sha256} ${model}@${head}`;
}
