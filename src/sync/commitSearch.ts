import { t } from '@vscode/l10n';
import type { BackgroundBudget } from './backgroundBudget.ts';
import type { DetailsService } from './details.ts';
import type { Cost } from './detailsPart.ts';
import { charge, MAIN } from './detailsPart.ts';
import { SyncError } from './errors.ts';
import type { HuggingFaceDetails } from './gateway/huggingFaceDetails.ts';
import type { HttpClient } from './http/httpClient.ts';
import type { FileOrigin, ModelId } from './model.ts';

/** Commits of a model that are looked through: each may cost a file tree. */
export const MOST_COMMITS = 20;

export interface CommitSearchOptions {
  readonly http: HttpClient;
  /** Who is asked by now. */
  readonly gateway: () => Pick<HuggingFaceDetails, 'commits'>;
  readonly details: Pick<DetailsService, 'files'>;
  /** What the background may fetch. */
  readonly budget: Pick<BackgroundBudget, 'left' | 'note'>;
}

/** Finds files by their bytes among the commits of a model, in the background. */
export class CommitSearch {
  readonly #options: CommitSearchOptions;

  constructor(options: CommitSearchOptions) {
    this.#options = options;
  }

  /**
   * The newest commits of `main` that have files with these bytes, as far as the last ones tell.
   * Trees that are read on the way are kept, and make known what else they hold.
   * @returns none of what is in none of the commits that are looked through
   * @throws SyncError if it was not looked through: `rateLimited` also where the day's bytes are
   *   used up
   */
  async find(
    id: ModelId,
    sha256: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly FileOrigin[]> {
    const { details } = this.#options;
    const found = new Map<string, FileOrigin>();
    for (const revision of await this.#paid((cost) => this.#commits(id, cost, signal))) {
      if (sha256.every((one) => found.has(one))) break;
      const { value } = await this.#paid((cost) =>
        details.files(id, revision, { signal, priority: 'background', cost }),
      );
      for (const { path, sha256: hash } of value.files) {
        if (hash === undefined || found.has(hash) || !sha256.includes(hash)) continue;
        found.set(hash, { sha256: hash, model: id, revision, path });
      }
    }
    return [...found.values()];
  }

  async #commits(id: ModelId, cost: Cost, signal: AbortSignal): Promise<readonly string[]> {
    const { gateway, http } = this.#options;
    const session = http.session(signal, 'background');
    try {
      return await gateway().commits({ http: session, id, revision: MAIN }, MOST_COMMITS);
    } finally {
      charge(cost, session);
    }
  }

  /** Takes what a question costs off the day's bytes. */
  async #paid<T>(ask: (cost: Cost) => Promise<T>): Promise<T> {
    const { budget } = this.#options;
    if (budget.left <= 0) {
      throw new SyncError(
        'rateLimited',
        t('What the background may fetch in a day is used up. It is tried again tomorrow.'),
      );
    }
    const cost: Cost = { requests: 0, bytes: 0 };
    try {
      return await ask(cost);
    } finally {
      budget.note(cost.bytes);
    }
  }
}
