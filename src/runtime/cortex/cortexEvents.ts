import { WebSocket } from 'undici';
import { z } from 'zod';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { countSchema } from '../../sync/gateway/repository.ts';
import type { Logger } from '../../sync/logger.ts';
import type { PullProgress } from '../runtime.ts';

/** Waits between two attempts to connect, in ms: the first, and the longest. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 10_000;

/** Older versions call a download that was stopped a paused one. */
const STATES = {
  DownloadStarted: 'running',
  DownloadUpdated: 'running',
  DownloadSuccess: 'done',
  DownloadError: 'failed',
  DownloadStopped: 'stopped',
  DownloadPaused: 'stopped',
} as const;

/** Cortex downloads engines and itself as well. */
const MODEL = 'Model';

const eventSchema = z.object({
  type: z.enum(Object.keys(STATES) as (keyof typeof STATES)[]),
  task: z.object({
    id: z.string(),
    type: z.string().catch(MODEL),
    items: z
      .array(z.object({ bytes: countSchema.catch(0), downloadedBytes: countSchema.catch(0) }))
      .catch([]),
  }),
});

/** What Cortex says of one of its downloads. */
export interface CortexEvent {
  readonly taskId: string;
  /** Not of an engine or another part of Cortex. */
  readonly isModel: boolean;
  readonly state: (typeof STATES)[keyof typeof STATES];
  readonly progress: PullProgress;
}

export interface CortexListener {
  /** A connection is there, for the first time or again. */
  onOpen(): void;
  onEvent(event: CortexEvent): void;
}

/**
 * Listens to what a Cortex server says of its downloads, and connects again whenever the connection
 * is lost, until it is disposed. What is said meanwhile is not repeated.
 */
export class CortexEvents implements Disposable {
  readonly #address: URL;
  readonly #listener: CortexListener;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #socket: WebSocket | undefined;
  #timer: Disposable | undefined;
  #wait = FIRST_WAIT;
  #isDisposed = false;

  /** @param base address of the server; ends in a slash */
  constructor(
    base: URL,
    listener: CortexListener,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#address = new URL('events', base);
    this.#address.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#listener = listener;
    this.#clock = clock;
    this.#logger = logger;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
    this.#socket?.close();
  }

  #connect(): void {
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      if (this.#isDisposed) return;
      this.#wait = FIRST_WAIT;
      this.#listener.onOpen();
    });
    socket.addEventListener('message', ({ data }) => this.#hear(data));
    socket.addEventListener('error', ({ message }) =>
      this.#logger.debug(`cortex: its events cannot be heard: ${message}`),
    );
    socket.addEventListener('close', () => this.#connectLater());
  }

  #connectLater(): void {
    if (this.#isDisposed) return;
    this.#timer = this.#clock.after(this.#wait, () => this.#connect());
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
  }

  #hear(data: unknown): void {
    if (this.#isDisposed) return;
    const event = parseCortexEvent(data);
    // When it exits, Cortex says good-bye in plain words.
    if (event === undefined) this.#logger.debug('cortex: said something that is no event');
    else this.#listener.onEvent(event);
  }
}

/** What a message of `/events` says; undefined if it is of something else than a download. */
export function parseCortexEvent(data: unknown): CortexEvent | undefined {
  const parsed = eventSchema.safeParse(parseJson(data)).data;
  if (parsed === undefined) return undefined;
  const { type, task } = parsed;
  const total = task.items.reduce((sum, { bytes }) => sum + bytes, 0);
  const isKnown = task.items.length > 0 && task.items.every(({ bytes }) => bytes > 0);
  return {
    taskId: task.id,
    isModel: task.type === MODEL,
    state: STATES[type],
    progress: {
      bytes: task.items.reduce((sum, { downloadedBytes }) => sum + downloadedBytes, 0),
      ...(isKnown && { totalBytes: total }),
    },
  };
}

function parseJson(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}
