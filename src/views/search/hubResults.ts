import type { Clock, Disposable } from '../../sync/clock.ts';
import { SyncError } from '../../sync/errors.ts';
import type { HubQuestion } from '../../sync/gateway/huggingFaceSearch.ts';
import type { Model } from '../../sync/model.ts';
import type { ModelQuery } from '../../sync/query/modelQuery.ts';

/** How long after the last key the Hub is asked, in ms: longer than a slow typist takes for a key. */
const PAUSE = 320;
/** A shorter word finds everything. */
const SHORTEST = 2;

/** How far the Hub has answered. */
export interface HubState {
  readonly models: readonly Model[];
  readonly asking: boolean;
  /** Why it did not answer, in words. */
  readonly failure?: string;
}

export interface HubResultsOptions {
  readonly search: (question: HubQuestion, signal: AbortSignal) => Promise<readonly Model[]>;
  readonly clock: Pick<Clock, 'after'>;
  readonly onDidChange: () => void;
}

const NOTHING: HubState = { models: [], asking: false };

/** Asks the Hub once the user pauses, one question at a time; the next one ends the last. */
export class HubResults implements Disposable {
  readonly #options: HubResultsOptions;
  #state = NOTHING;
  #asked = '';
  #timer: Disposable | undefined;
  #request: AbortController | undefined;

  constructor(options: HubResultsOptions) {
    this.#options = options;
  }

  get state(): HubState {
    return this.#state;
  }

  /** Asks for what a query looks for, unless that was asked last. Tells nobody by itself. */
  ask(query: ModelQuery): void {
    const question = questionOf(query);
    const key = JSON.stringify(question ?? '');
    if (key === this.#asked) return;
    this.dispose();
    this.#asked = key;
    if (question === undefined) return;
    this.#state = { models: [], asking: true };
    this.#timer = this.#options.clock.after(PAUSE, () => void this.#run(question));
  }

  /** Ends what is under way; it can be asked again. */
  dispose(): void {
    this.#timer?.dispose();
    this.#request?.abort();
    this.#asked = '';
    this.#state = NOTHING;
  }

  async #run(question: HubQuestion): Promise<void> {
    const request = (this.#request = new AbortController());
    const state = await this.#answer(question, request.signal);
    if (request.signal.aborted) return;
    this.#state = state;
    this.#options.onDidChange();
  }

  async #answer(question: HubQuestion, signal: AbortSignal): Promise<HubState> {
    try {
      return { models: await this.#options.search(question, signal), asking: false };
    } catch (error) {
      return { ...NOTHING, failure: SyncError.from(error).message };
    }
  }
}

/** What of a query the Hub can be asked; undefined if it knows nothing of it. */
export function questionOf({
  text,
  filters,
  installed,
  favourite,
  hidden,
}: ModelQuery): HubQuestion | undefined {
  const isLocal = [installed, favourite, hidden].includes(true);
  if (isLocal || text.length < SHORTEST) return undefined;
  const { author, license, task } = filters;
  return {
    text,
    ...(author !== undefined && { author }),
    ...(license !== undefined && { license }),
    ...(task !== undefined && { task }),
  };
}
