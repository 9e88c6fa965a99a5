import { t } from '@vscode/l10n';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import { untilAborted } from '../../sync/untilAborted.ts';
import { isPart } from '../disk/modelFiles.ts';
import { RuntimeError } from '../errors.ts';
import type { PullProgress, PullRequest } from '../runtime.ts';
import { inTime } from '../server/inTime.ts';
import type { CortexClient } from './cortexClient.ts';
import type { CortexEvent } from './cortexEvents.ts';
import { CortexEvents } from './cortexEvents.ts';

/** Cortex tells of a download once a second: who fetches the same already is heard by then. */
const LISTENING_TIME = 1_500;
const CHECK_INTERVAL = 5_000;
/** Checks without a word of any download until Cortex is thought to have lost ours: 5 min. */
const SILENT_CHECKS = 60;
/** The same after a connection was lost, since Cortex may have been started anew: 1 min. */
const SILENT_CHECKS_AFTER_LOSS = 12;
/** Checks without an answer until Cortex is thought to be gone: 30 s. */
const UNANSWERED_CHECKS = 6;
const STOPPING_TIME = 5_000;

const HUB = 'https://huggingface.co';
/** The author whose repositories have one variant in each branch. */
const OWN_AUTHOR = 'cortexso';

export interface CortexPullOptions {
  readonly client: CortexClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How Cortex calls what it is to fetch. */
export interface CortexHandle {
  /** What it is asked for. */
  readonly model: string;
  /** The task, and later the model, as far as that can be foreseen. */
  readonly id: string;
}

/**
 * How to ask Cortex for a file.
 * @throws RuntimeError `doesNotFit` for anything but a model in a single GGUF file
 */
export function handleOf({ model, revision, path }: PullRequest): CortexHandle {
  const [author = '', name = ''] = model.split('/');
  const isGguf = /\.gguf$/i.test(path);
  if (author === OWN_AUTHOR && !isGguf && /^[\w.-]+$/.test(path)) {
    // What the catalogue knows of Cortex' own models are their branches.
    return { model: `${name}:${path}`, id: `${name}:${path}` };
  }
  if (!isGguf || isPart(path)) {
    throw new RuntimeError(
      'doesNotFit',
      t(
        'Cortex fetches models in a single GGUF file, and {0} is none. Download it here instead, then hand it over to Cortex.',
        path,
      ),
    );
  }
  const parts = path.split('/');
  const place = [author, name, 'resolve', revision, ...parts].map(encodeURIComponent).join('/');
  const own = `${name}:${revision}`;
  return {
    model: `${HUB}/${place}`,
    id: author === OWN_AUTHOR ? own : `${author}:${name}:${parts.at(-1) ?? ''}`,
  };
}

/**
 * Has Cortex fetch a file; ends when Cortex has it. A download of the same that runs already is
 * joined: Cortex itself would let two write into one file. Whatever ends this early stops
 * Cortex' download.
 * @returns the id that Cortex has for the model
 * @throws RuntimeError
 */
export async function pullIntoCortex(
  handle: CortexHandle,
  onProgress: (progress: PullProgress) => void,
  options: CortexPullOptions,
  signal: AbortSignal,
): Promise<string> {
  const pull = new CortexPull(handle, onProgress, options);
  try {
    return await pull.run(signal);
  } finally {
    pull.dispose();
  }
}

class CortexPull implements Disposable {
  readonly #handle: CortexHandle;
  readonly #onProgress: (progress: PullProgress) => void;
  readonly #options: CortexPullOptions;
  readonly #events: CortexEvents;
  readonly #opened = Promise.withResolvers<undefined>();
  readonly #joinable = Promise.withResolvers<undefined>();
  readonly #ended = Promise.withResolvers<undefined>();
  readonly #checking = new AbortController();
  #timer: Disposable | undefined;
  #taskId: string;
  /** From when on Cortex may have a download of ours, until it tells its end. */
  #mayRun = false;
  #connections = 0;
  #silent = 0;
  #unanswered = 0;

  constructor(
    handle: CortexHandle,
    onProgress: (progress: PullProgress) => void,
    options: CortexPullOptions,
  ) {
    this.#handle = handle;
    this.#onProgress = onProgress;
    this.#options = options;
    this.#taskId = handle.id;
    // Whoever waits for the end has perhaps left when it comes.
    this.#ended.promise.catch(() => undefined);
    const listener = {
      onOpen: () => this.#onOpen(),
      onEvent: (event: CortexEvent) => this.#onEvent(event),
    };
    this.#events = new CortexEvents(options.client.base, listener, options);
  }

  dispose(): void {
    this.#events.dispose();
    this.#timer?.dispose();
    this.#checking.abort();
  }

  async run(signal: AbortSignal): Promise<string> {
    try {
      await this.#begin(signal);
      this.#checkLater();
      await untilAborted(this.#ended.promise, signal);
      return this.#taskId;
    } catch (error) {
      if (this.#mayRun) await this.#stop();
      throw RuntimeError.from(error);
    }
  }

  /** Listens first, so that nothing that is said of the download is missed. */
  async #begin(signal: AbortSignal): Promise<void> {
    await untilAborted(this.#atMost(LISTENING_TIME, this.#opened.promise), signal);
    if (this.#events.isOpen) {
      await untilAborted(this.#atMost(LISTENING_TIME, this.#joinable.promise), signal);
    }
    if (this.#mayRun) return;
    this.#mayRun = true;
    try {
      this.#taskId = await this.#options.client.pull(this.#handle.model, signal);
    } catch (error) {
      const isCertain = ['refused', 'unauthorised', 'forbidden', 'notFound'] as const;
      if (isCertain.some((kind) => RuntimeError.is(error, kind))) this.#mayRun = false;
      throw error;
    }
  }

  async #atMost(ms: number, event: Promise<unknown>): Promise<void> {
    const passed = Promise.withResolvers<undefined>();
    const timer = this.#options.clock.after(ms, () => passed.resolve(undefined));
    await Promise.race([event, passed.promise]);
    timer.dispose();
  }

  #onOpen(): void {
    this.#connections++;
    this.#silent = 0;
    this.#opened.resolve(undefined);
    // The end may have been told while nobody listened.
    if (this.#connections > 1 && this.#mayRun) void this.#look();
  }

  #onEvent({ taskId, state, progress }: CortexEvent): void {
    // Others' downloads may be before ours.
    this.#silent = 0;
    if (taskId !== this.#taskId) return;
    if (state === 'running') {
      this.#mayRun = true;
      this.#joinable.resolve(undefined);
      this.#onProgress(progress);
      return;
    }
    // The end of an earlier attempt is none of ours.
    if (!this.#mayRun) return;
    this.#mayRun = false;
    if (state === 'done') {
      this.#onProgress(progress);
      this.#ended.resolve(undefined);
    } else {
      this.#ended.reject(endedBadly(state, this.#taskId));
    }
  }

  #checkLater(): void {
    this.#timer = this.#options.clock.after(CHECK_INTERVAL, () => {
      void this.#check().finally(() => {
        if (!this.#checking.signal.aborted) this.#checkLater();
      });
    });
  }

  /** Cortex tells each end once, and some not at all. */
  async #check(): Promise<void> {
    if (!this.#events.isOpen) {
      await this.#look();
      return;
    }
    const patience = this.#connections > 1 ? SILENT_CHECKS_AFTER_LOSS : SILENT_CHECKS;
    this.#silent++;
    if (this.#silent >= patience) await this.#look(() => this.#ended.reject(lost(this.#taskId)));
  }

  /** Looks whether Cortex has the model by now. */
  async #look(onMissing?: () => void): Promise<void> {
    const { signal } = this.#checking;
    try {
      const { models } = await this.#options.client.installed(signal);
      this.#unanswered = 0;
      if (models.some(({ id }) => id === this.#taskId)) this.#finish();
      else onMissing?.();
    } catch (error) {
      if (signal.aborted) return;
      this.#options.logger.debug(`cortex: ${describeError(error)}`);
      this.#unanswered++;
      if (this.#unanswered >= UNANSWERED_CHECKS) this.#ended.reject(gone(this.#taskId, error));
    }
  }

  #finish(): void {
    this.#mayRun = false;
    this.#ended.resolve(undefined);
  }

  async #stop(): Promise<void> {
    const { client, clock, logger } = this.#options;
    const limit = { host: client.base.host, limit: STOPPING_TIME, clock };
    const never = new AbortController().signal;
    try {
      await inTime((signal) => client.stopPull(this.#taskId, signal), { ...limit, signal: never });
    } catch (error) {
      logger.warn(`cortex: perhaps it goes on fetching ${this.#taskId}: ${describeError(error)}`);
    }
  }
}

function endedBadly(state: 'failed' | 'stopped', id: string): RuntimeError {
  if (state === 'stopped') {
    return new RuntimeError(
      'refused',
      t('The download of {0} was stopped in Cortex. Fetch it again to begin anew.', id),
    );
  }
  return new RuntimeError(
    'server',
    t(
      'Cortex could not fetch {0} and does not say why. Check its network, its disk, and whether the model is gated: then it needs a Hugging Face token of its own. Then try again.',
      id,
    ),
  );
}

function lost(id: string): RuntimeError {
  return new RuntimeError(
    'timeout',
    t(
      'Cortex says nothing more of its download of {0}. Check whether it was started anew, then fetch the model again.',
      id,
    ),
  );
}

function gone(id: string, cause: unknown): RuntimeError {
  return new RuntimeError(
    'offline',
    t('Cortex went away while it fetched {0}. Start it, then fetch the model again.', id),
    { cause },
  );
}
