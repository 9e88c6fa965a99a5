import type { ServedDetails } from '../../sync/details.ts';
import { SyncError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { ModelDetails, ModelId } from '../../sync/model.ts';
import { isCommit } from './detailsSubject.ts';

/** How far the details of the shown model have come. */
export interface DetailsState {
  readonly phase: 'idle' | 'loading' | 'done' | 'failed';
  /** The newest that are known; while a newer revision is on its way, those of an older one. */
  readonly details?: ModelDetails;
  /** The revision that `details` belong to. */
  readonly revision?: string;
  /** Why nothing newer could be had, in words. */
  readonly failure?: string;
}

/** Answers with the details of a model at a revision. */
export type FetchDetails = (
  id: ModelId,
  revision: string,
  signal: AbortSignal,
) => Promise<ServedDetails>;

/** Fetches the details of one model at a time; asking for another gives up on the one before. */
export class DetailsLoader {
  readonly #fetch: FetchDetails;
  readonly #onChange: () => void;
  readonly #logger: Logger;
  #target: { readonly id: ModelId; readonly revision: string } | undefined;
  #request: AbortController | undefined;
  #state: DetailsState = { phase: 'idle' };

  constructor(fetch: FetchDetails, onChange: () => void, logger: Logger) {
    this.#fetch = fetch;
    this.#onChange = onChange;
    this.#logger = logger;
  }

  get state(): DetailsState {
    return this.#state;
  }

  /** Makes sure that the details of this revision are there, on their way, or known to fail. */
  load(id: ModelId, revision: string): void {
    if (this.#target?.id === id && this.#target.revision === revision) return;
    const { details, revision: of } = this.#state;
    const keeps = this.#target?.id === id && details !== undefined && of !== undefined;
    this.#target = { id, revision };
    this.#begin(keeps ? { details, revision: of } : {});
  }

  /** Asks again, unless an answer is on its way or nothing newer can exist. */
  reload(): void {
    const { phase, details, revision, failure } = this.#state;
    if (phase === 'idle' || phase === 'loading') return;
    if (phase === 'done' && failure === undefined && isCommit(revision)) return;
    this.#begin(details === undefined || revision === undefined ? {} : { details, revision });
  }

  /** Gives up on what is on its way and forgets what is there. */
  clear(): void {
    this.#request?.abort();
    this.#request = undefined;
    this.#target = undefined;
    this.#state = { phase: 'idle' };
  }

  #begin(kept: Pick<DetailsState, 'details' | 'revision'>): void {
    this.#request?.abort();
    this.#request = new AbortController();
    this.#state = { phase: 'loading', ...kept };
    void this.#run(this.#request.signal, kept);
  }

  async #run(signal: AbortSignal, kept: Pick<DetailsState, 'details' | 'revision'>): Promise<void> {
    const target = this.#target;
    if (target === undefined) return;
    let state: DetailsState;
    try {
      const { details, failure } = await this.#fetch(target.id, target.revision, signal);
      const { revision } = target;
      state = { phase: 'done', details, revision, ...(failure !== undefined && { failure }) };
    } catch (error) {
      const { kind, message } = SyncError.from(error);
      if (!signal.aborted) this.#logger.warn(`Details of ${target.id}: ${kind}: ${message}`);
      state = { phase: 'failed', ...kept, failure: message };
    }
    if (signal.aborted) return;
    this.#state = state;
    this.#onChange();
  }
}
