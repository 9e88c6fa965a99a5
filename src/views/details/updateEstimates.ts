import type { UpdatePreview } from '../../download/model.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';

/** What is known of the cost of an update. */
export type UpdateEstimate = UpdatePreview | 'asked' | 'unknown';

export interface UpdateEstimatesOptions {
  /** Undefined where nobody can tell. */
  readonly preview: (
    entry: InstalledEntry,
    signal: AbortSignal,
  ) => Promise<UpdatePreview | undefined>;
  readonly logger: Logger;
  readonly onChange: () => void;
}

/** What updates would cost, found out once for each, while somebody looks. */
export class UpdateEstimates {
  readonly #options: UpdateEstimatesOptions;
  readonly #known = new Map<string, UpdateEstimate>();
  #asking = new AbortController();

  constructor(options: UpdateEstimatesOptions) {
    this.#options = options;
  }

  of(entry: InstalledEntry): UpdateEstimate | undefined {
    return this.#known.get(keyOf(entry));
  }

  /** Asks for what is not known of these; never waits. */
  want(entries: readonly InstalledEntry[]): void {
    for (const entry of entries) {
      if (entry.update === undefined || !entry.runtime.can.includes('update')) continue;
      if (this.of(entry) === undefined) void this.#ask(entry, this.#asking.signal);
    }
  }

  /** Gives up what is asked for, and forgets all. */
  clear(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#known.clear();
  }

  async #ask(entry: InstalledEntry, signal: AbortSignal): Promise<void> {
    const { preview, logger, onChange } = this.#options;
    this.#known.set(keyOf(entry), 'asked');
    let estimate: UpdateEstimate = 'unknown';
    try {
      estimate = (await preview(entry, signal)) ?? 'unknown';
    } catch (error) {
      if (!signal.aborted) {
        logger.info(`What the update of ${entry.name} costs stays open: ${describeError(error)}`);
      }
    }
    if (signal.aborted) return;
    this.#known.set(keyOf(entry), estimate);
    onChange();
  }
}

/** Another revision costs something else, and so does one that is here already. */
function keyOf({ key, from, update, kept }: InstalledEntry): string {
  return `${key} ${from?.revision} ${update?.revision} ${kept?.revision}`;
}
