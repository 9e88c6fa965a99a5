import type { Clock, Disposable } from '../clock.ts';
import type { Link, LinkLimits, LinkState, LinkStatus } from './linkQuality.ts';
import { LIMITS, nextLinkState } from './linkQuality.ts';

/** Shorter bodies arrive in one piece and say nothing about a link, in bytes. */
const TELLING_BODY = 32 * 1024;
const WINDOW = 5;
/** Older measurements, in ms, may be of another network. */
const LONGEST_MEMORY = 10 * 60_000;

interface Sample {
  readonly at: number;
  readonly value: number;
}

/** Watches exchanges and derives the state of the link. Exchanges with this machine do not count. */
export class LinkMeter implements Link {
  readonly #clock: Clock;
  readonly #listeners = new Set<(status: LinkStatus) => void>();
  #state: LinkState = 'normal';
  #failures = 0;
  #latencies: Sample[] = [];
  #goodputs: Sample[] = [];
  #received = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get state(): LinkState {
    return this.#state;
  }

  get limits(): LinkLimits {
    return LIMITS[this.#state];
  }

  onDidChange(listener: (status: LinkStatus) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** An exchange began: call what it returns when it has an answer, or failed to get one. */
  begin(): { answered(): void; failed(): void } {
    const start = this.#clock.now();
    return {
      answered: () => {
        this.#failures = 0;
        this.#latencies = this.#with(this.#latencies, start, (duration) => duration);
        this.#decide();
      },
      failed: () => {
        this.#failures++;
        this.#decide();
      },
    };
  }

  /** A body begins to arrive: tell of each piece, and of the end. */
  body(): { received(bytes: number): void; ended(): void } {
    const start = this.#clock.now();
    const before = this.#received;
    let own = 0;
    return {
      received: (bytes) => {
        own += bytes;
        this.#received += bytes;
      },
      ended: () => {
        if (own < TELLING_BODY) return;
        // Bodies that arrive at once share the link: what all of them brought is what it carries.
        const bytes = this.#received - before;
        this.#goodputs = this.#with(
          this.#goodputs,
          start,
          (duration) => (bytes / Math.max(1, duration)) * 1_000,
        );
        this.#decide();
      },
    };
  }

  /** The network is reached in another way from now on. */
  reset(): void {
    this.#failures = 0;
    this.#latencies = [];
    this.#goodputs = [];
    this.#decide();
  }

  #with(samples: Sample[], start: number, valueOf: (duration: number) => number): Sample[] {
    const now = this.#clock.now();
    const duration = now - start;
    // The clock was set, or the machine slept in between.
    if (duration < 0 || duration > LONGEST_MEMORY) return samples;
    return [...samples, { at: now, value: valueOf(duration) }].slice(-WINDOW);
  }

  #decide(): void {
    const before = this.#state;
    this.#state = nextLinkState(before, {
      failures: this.#failures,
      latencies: this.#recent(this.#latencies),
      goodputs: this.#recent(this.#goodputs),
    });
    if (this.#state === before) return;
    const { state, limits } = this;
    for (const listener of this.#listeners) listener({ state, limits });
  }

  #recent(samples: readonly Sample[]): number[] {
    const now = this.#clock.now();
    return samples
      .filter(({ at }) => at <= now && now - at <= LONGEST_MEMORY)
      .map(({ value }) => value);
  }
}
