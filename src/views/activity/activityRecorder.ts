import type { ActivityEvent, ActivityKind } from '../../sync/activity.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { ModelId } from '../../sync/model.ts';
import type { WindowSignals } from '../../sync/strategy/windowSignals.ts';

/** How long events wait for others, in ms, and how many at most do. */
const BATCH_DELAY = 5_000;
const MOST_WAITING = 50;
/** Whoever looks at a model for so long, in ms, is interested in it. */
const DWELLING = 20_000;
/** Models that are noted of what a search has found. */
const FOUND = 5;

export interface ActivityRecorderOptions {
  /** Keeps events; see Anticipation.record. */
  readonly record: (events: readonly ActivityEvent[]) => Promise<void>;
  /** Whether the user wants that anything is noted. */
  readonly isWanted: () => boolean;
  readonly signals: WindowSignals;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Notes what the user does in this window, and hands it over in batches. */
export class ActivityRecorder implements Disposable {
  readonly #options: ActivityRecorderOptions;
  readonly #subscription: Disposable;
  #waiting: ActivityEvent[] = [];
  #timer: Disposable | undefined;
  /** What is looked at, and since when (ms since 1970). */
  #looking: { readonly id: ModelId; readonly since: number } | undefined;

  constructor(options: ActivityRecorderOptions) {
    this.#options = options;
    this.#subscription = options.signals.onDidChange(() => {
      // A page that stays open while its reader is away is not looked at.
      if (!options.signals.active) this.looksAway();
    });
  }

  /** The user has opened the details of a model, and looks at them. */
  opened(id: ModelId): void {
    this.looksAway();
    this.#note({ kind: 'opened', models: [id] });
    this.#looking = { id, since: this.#options.clock.now() };
  }

  /** The user looks at no model any more. */
  looksAway(): void {
    const looking = this.#looking;
    this.#looking = undefined;
    if (looking === undefined || this.#options.clock.now() - looking.since < DWELLING) return;
    this.#note({ kind: 'dwelt', models: [looking.id] });
  }

  /** A search has led somewhere; these it had found, the best first. */
  searched(found: readonly ModelId[]): void {
    if (found.length > 0) this.#note({ kind: 'searched', models: found.slice(0, FOUND) });
  }

  /** A list was expanded. */
  expanded(list: { readonly author: string } | { readonly family: string }): void {
    this.#note({ kind: 'expanded', models: [], ...list });
  }

  /** Something was done with one model. */
  did(kind: Extract<ActivityKind, 'expanded' | 'favourited' | 'downloaded'>, id: ModelId): void {
    this.#note({ kind, models: [id] });
  }

  /** Nothing that waits is kept. */
  forget(): void {
    this.#waiting = [];
    this.#looking = undefined;
  }

  /** Hands over what waits; never rejects. */
  async flush(): Promise<void> {
    this.#timer?.dispose();
    this.#timer = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length === 0) return;
    try {
      await this.#options.record(events);
    } catch (error) {
      this.#options.logger.warn(`What was done is not noted: ${describeError(error)}`);
    }
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#timer?.dispose();
  }

  #note(event: Omit<ActivityEvent, 'at'>): void {
    const { isWanted, clock } = this.#options;
    if (!isWanted()) return;
    this.#waiting.push({ at: clock.now(), ...event });
    if (this.#waiting.length >= MOST_WAITING) void this.flush();
    else this.#timer ??= clock.after(BATCH_DELAY, () => void this.flush());
  }
}
