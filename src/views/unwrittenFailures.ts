import type { SyncErrorKind } from '../sync/errors.ts';
import type { SourceFailure, SourceKey, SourceStatus } from '../sync/model.ts';
import type { SyncReport } from '../sync/report.ts';

/** Where the catalogue cannot be written, it does not tell why either. */
const UNWRITTEN: readonly SyncErrorKind[] = ['storage', 'outdated'];

/** Why sources could not be refreshed, as far as the catalogue cannot tell it. */
export class UnwrittenFailures {
  readonly #failures = new Map<SourceKey, SourceFailure>();

  /**
   * Takes over how a sync went.
   * @param at when it ended, in ms since 1970
   * @param problem what is wrong with the place of the catalogue: told once, not by each source
   * @returns whether something else is to be told now
   */
  note({ sources }: SyncReport, at: number, problem?: string): boolean {
    const before = this.#told;
    for (const { source, error, skipped } of sources) {
      if (error !== undefined && UNWRITTEN.includes(error.kind) && error.message !== problem) {
        this.#failures.set(source, { ...error, at });
      } else if (skipped === undefined && error?.kind !== 'cancelled') {
        this.#failures.delete(source);
      }
    }
    return this.#told !== before;
  }

  /** What the catalogue knows of a source, and what it does not. */
  over(status: SourceStatus): SourceStatus {
    const failure = this.#failures.get(status.key);
    return failure === undefined ? status : { ...status, failure };
  }

  get #told(): string {
    return JSON.stringify([...this.#failures].map(([source, { message }]) => [source, message]));
  }
}
