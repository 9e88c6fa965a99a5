import { t } from '@vscode/l10n';
import type { Clock, Disposable } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import { untilAborted } from '../sync/untilAborted.ts';
import { RuntimeError } from './errors.ts';
import type { Runtime, RuntimeKind, RuntimeListing } from './runtime.ts';

/** How long a runtime may take to tell what it has, in ms: folders may lie on a slow disk. */
const TIMEOUTS: Readonly<Record<RuntimeKind, number>> = {
  folder: 60_000,
  jan: 60_000,
  huggingFaceCache: 60_000,
  cortex: 15_000,
  server: 15_000,
};

/** Of a runtime that has not told its name yet. */
const NAMES: Readonly<Partial<Record<RuntimeKind, string>>> = {
  folder: 'Model Hub',
  jan: 'Jan',
  huggingFaceCache: 'Hugging Face cache',
  cortex: 'Cortex',
};

/** A runtime that is on this machine, with what it told last. */
export interface ListedRuntime {
  readonly runtime: Runtime;
  /** What it had when it could tell last. */
  readonly listing: RuntimeListing;
}

export interface RuntimeListingsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A runtime has told something that may be new. */
  readonly onDidChange: () => void;
}

interface State {
  readonly runtime: Runtime;
  readonly closing: AbortController;
  listing: RuntimeListing | undefined;
  asked: boolean;
  asking: Promise<void> | undefined;
  /** How often it said that something changed. */
  changes: number;
  watch: Disposable | undefined;
}

/** What each runtime has: asked side by side, so that none delays or hides another. */
export class RuntimeListings {
  readonly #options: RuntimeListingsOptions;
  #states: readonly State[] = [];
  #watching = false;

  constructor(options: RuntimeListingsOptions) {
    this.#options = options;
  }

  /** The runtimes to ask from now on; what is known of others is forgotten. */
  setRuntimes(runtimes: readonly Runtime[]): void {
    const before = this.#states;
    this.#states = runtimes.map(
      (runtime) => before.find((state) => state.runtime === runtime) ?? newState(runtime),
    );
    for (const state of before) if (!this.#states.includes(state)) end(state);
    if (!this.#watching) return;
    this.watch();
    void this.ask();
  }

  /** Those that are here, in their order. */
  get listed(): readonly ListedRuntime[] {
    return this.#states.flatMap(({ runtime, listing }) =>
      listing === undefined ? [] : [{ runtime, listing }],
    );
  }

  /** Whether each has been asked once. */
  get complete(): boolean {
    return this.#states.every(({ asked }) => asked);
  }

  /** From now on, those that say that something changed are asked by themselves. */
  watch(): void {
    this.#watching = true;
    for (const state of this.#states) {
      state.watch ??= state.runtime.watch(() => {
        state.changes++;
        void this.#ask(state);
      });
    }
  }

  /**
   * Asks all, or those of these kinds, and ends when they have answered. Never throws: what went
   * wrong is a problem of the runtime. Who asks meanwhile shares the answers.
   */
  async ask(kinds?: readonly RuntimeKind[]): Promise<void> {
    const wanted = this.#states.filter(({ runtime }) => kinds?.includes(runtime.kind) ?? true);
    await Promise.all(wanted.map((state) => this.#ask(state)));
  }

  async close(): Promise<void> {
    const states = this.#states;
    this.#states = [];
    for (const state of states) end(state);
    await Promise.all(states.flatMap(({ asking }) => asking ?? []));
  }

  #ask(state: State): Promise<void> {
    return (state.asking ??= this.#askUntilQuiet(state));
  }

  async #askUntilQuiet(state: State): Promise<void> {
    let heard: number;
    do {
      heard = state.changes;
      await this.#askOnce(state);
      if (state.closing.signal.aborted) break;
      state.asked = true;
      this.#options.onDidChange();
    } while (heard !== state.changes);
    state.asking = undefined;
  }

  async #askOnce(state: State): Promise<void> {
    const { runtime, closing } = state;
    const { clock, logger } = this.#options;
    const late = new AbortController();
    const timeout = TIMEOUTS[runtime.kind];
    const timer = clock.after(timeout, () => late.abort());
    const signal = AbortSignal.any([closing.signal, late.signal]);
    try {
      state.listing = await untilAborted(runtime.list(signal), signal);
    } catch (error) {
      if (closing.signal.aborted) return;
      const name = state.listing?.name ?? NAMES[runtime.kind] ?? runtime.id;
      logger.info(`${runtime.id}: ${describeError(error)}`);
      const problem = late.signal.aborted
        ? t(
            '{0} did not answer within {1} s. Check whether it, or its disk, hangs.',
            name,
            timeout / 1000,
          )
        : RuntimeError.from(error).message;
      // What it had is shown until it can tell again.
      state.listing = { ...(state.listing ?? { name, entries: [] }), problem };
    } finally {
      timer.dispose();
    }
  }
}

function newState(runtime: Runtime): State {
  return {
    ...{ runtime, closing: new AbortController(), listing: undefined },
    ...{ asked: false, asking: undefined, changes: 0, watch: undefined },
  };
}

function end({ closing, watch }: State): void {
  closing.abort();
  watch?.dispose();
}
