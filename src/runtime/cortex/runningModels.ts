import type { Clock } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { CortexClient } from './cortexClient.ts';

/** Cortex is asked for each model by itself, so an answer is believed for some seconds. */
const BELIEVED = 5_000;

interface Answer {
  readonly isRunning: boolean;
  readonly at: number;
}

/** Which models a Cortex server runs: one question at a time. */
export class RunningModels {
  readonly #client: CortexClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #answers = new Map<string, Answer>();

  constructor(
    client: CortexClient,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Whether each of these models runs; without those of which the server does not tell.
   * @throws RuntimeError `cancelled`
   */
  async ask(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, boolean>> {
    const answers = new Map<string, boolean>();
    for (const id of ids) {
      try {
        answers.set(id, await this.#isRunning(id, signal));
      } catch (error) {
        if (signal.aborted) throw error;
        // A server that is busy or broken would answer none of the others.
        this.#logger.debug(`cortex: it does not tell what it runs: ${describeError(error)}`);
        break;
      }
    }
    return answers;
  }

  /** The model was started, stopped or deleted. */
  forget(id: string): void {
    this.#answers.delete(id);
  }

  async #isRunning(id: string, signal: AbortSignal): Promise<boolean> {
    const known = this.#answers.get(id);
    if (known !== undefined && Math.abs(this.#clock.now() - known.at) < BELIEVED) {
      return known.isRunning;
    }
    const isRunning = await this.#client.isRunning(id, signal);
    this.#answers.set(id, { isRunning, at: this.#clock.now() });
    return isRunning;
  }
}
