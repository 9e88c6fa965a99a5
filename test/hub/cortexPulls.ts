import { isObject } from './canonical.ts';
import type { CortexDisk, CortexDiskModel } from './cortexDisk.ts';
import type { CortexEvents } from './cortexEvents.ts';

/** One file of a download. */
export interface PullItem {
  readonly id: string;
  readonly downloadUrl: string;
  readonly localPath: string;
  /** Bytes; 0 if there is no such file. */
  readonly size: number;
}

/** What a Cortex server is to fetch, and what it has when it is done. */
export interface Pull {
  readonly id: string;
  readonly items: readonly PullItem[];
  readonly model: CortexDiskModel;
  /** Whether the Hub gives the bytes now. */
  readonly hubAnswers: () => boolean;
}

/** How downloads go on. */
export interface PullSettings {
  readonly bytesPerSecond: number;
  /** Milliseconds between two `DownloadUpdated` of a task; Cortex takes 1,000. */
  readonly updateMs: number;
  /** No bytes come, and no events. */
  readonly stall: boolean;
  /** The next bytes do not come: the task ends in an error. */
  readonly fail: boolean;
}

/** What can be done to a Cortex server from outside, besides its settings. */
export interface PullControl extends Partial<PullSettings> {
  /** Said to all who listen, as it is. */
  readonly say?: string;
  /** Breaks the connections of all who listen off. */
  readonly hangUp?: boolean;
  /** All downloads are lost without a word, as when the server is started anew. */
  readonly forget?: boolean;
}

const DEFAULTS: PullSettings = {
  bytesPerSecond: 500_000_000,
  updateMs: 1_000,
  stall: false,
  fail: false,
};

const TYPES: Readonly<Record<keyof PullControl, string>> = {
  bytesPerSecond: 'number',
  updateMs: 'number',
  stall: 'boolean',
  fail: 'boolean',
  say: 'string',
  hangUp: 'boolean',
  forget: 'boolean',
};

/** Checks the words of a control, so that a misspelt one is an error and not a quiet nothing. */
export function parsePullControl(value: unknown): PullControl {
  if (!isObject(value)) throw new Error('a control is a JSON object');
  for (const [word, one] of Object.entries(value)) {
    const type = Object.hasOwn(TYPES, word) ? TYPES[word as keyof PullControl] : undefined;
    if (type === undefined)
      throw new Error(`unknown word "${word}"; known: ${Object.keys(TYPES).join(', ')}`);
    if (typeof one !== type) throw new Error(`"${word}" is a ${type}`);
  }
  return value;
}

interface Task {
  readonly pull: Pull;
  readonly timer: NodeJS.Timeout;
  bytes: number;
}

/** The downloads of a Cortex server: no bytes, but all that it says of them, at their pace. */
export class CortexPulls {
  readonly #events: CortexEvents;
  readonly #disk: CortexDisk;
  /** Two of one id are two downloads: Cortex does not mind. */
  readonly #tasks = new Set<Task>();
  #settings: PullSettings = DEFAULTS;

  constructor(events: CortexEvents, disk: CortexDisk) {
    this.#events = events;
    this.#disk = disk;
  }

  /** Ids of what is being fetched. */
  get ids(): string[] {
    return [...this.#tasks].map(({ pull }) => pull.id);
  }

  control({ say, hangUp, forget, ...settings }: PullControl): void {
    this.#settings = { ...this.#settings, ...settings };
    if (forget) this.#forget();
    if (say !== undefined) this.#events.say(say);
    if (hangUp) this.#events.hangUp();
  }

  start(pull: Pull): void {
    const timer = setInterval(() => this.#goOn(task), this.#settings.updateMs).unref();
    const task: Task = { pull, timer, bytes: 0 };
    this.#tasks.add(task);
    this.#say('DownloadStarted', task);
  }

  /** Stops a download; false if there is none of that id. */
  stop(id: string): boolean {
    const task = [...this.#tasks].find(({ pull }) => pull.id === id);
    if (task) this.#end('DownloadStopped', task);
    return task !== undefined;
  }

  close(): void {
    this.#forget();
  }

  #forget(): void {
    for (const { timer } of this.#tasks) clearInterval(timer);
    this.#tasks.clear();
  }

  #goOn(task: Task): void {
    const { bytesPerSecond, updateMs, stall, fail } = this.#settings;
    if (stall) return;
    const { pull } = task;
    const total = pull.items.reduce((sum, { size }) => sum + size, 0);
    if (fail || total === 0 || !pull.hubAnswers()) {
      this.#end('DownloadError', task);
      return;
    }
    task.bytes = Math.min(total, task.bytes + Math.ceil((bytesPerSecond * updateMs) / 1_000));
    if (task.bytes < total) {
      this.#say('DownloadUpdated', task);
      return;
    }
    this.#disk.add(pull.model);
    this.#end('DownloadSuccess', task);
  }

  #end(type: string, task: Task): void {
    clearInterval(task.timer);
    this.#tasks.delete(task);
    this.#say(type, task);
  }

  #say(type: string, { pull, bytes }: Task): void {
    const { id } = pull;
    // The size is known from the first bytes on.
    const items = itemsOf(pull, bytes, type !== 'DownloadStarted');
    this.#events.say(JSON.stringify({ type, task: { id, type: 'Model', items } }));
  }
}

/** The items of a task as they are told, the first ones being fetched first. */
export function itemsOf({ items }: Pull, bytes: number, knowsSize: boolean) {
  let left = bytes;
  return items.map(({ size, ...item }) => {
    const downloadedBytes = Math.min(size, left);
    left -= downloadedBytes;
    return { ...item, checksum: 'N/A', bytes: knowsSize ? size : 0, downloadedBytes };
  });
}
