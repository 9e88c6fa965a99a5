import type { DownloadStatus } from '../download/model.ts';
import { SpeedMeter } from '../download/speedMeter.ts';
import type { ObservedPull, Runtime } from '../runtime/runtime.ts';
import { inTime } from '../runtime/server/inTime.ts';
import type { Clock, Disposable } from '../sync/clock.ts';
import { quantisationOf } from '../sync/variants.ts';
import { withoutUndefined } from '../sync/withoutUndefined.ts';

/** A runtime that does not answer within this, in ms, is not waited for. */
const STOPPING_TIME = 5_000;

export interface ObservedPullsOptions {
  readonly clock: Clock;
  readonly onDidChange: () => void;
}

interface Observed {
  readonly runtime: Runtime;
  readonly pull: ObservedPull;
  readonly since: number;
  readonly speed: SpeedMeter;
}

/**
 * What runtimes fetch for other windows and other programs, as downloads that can be seen and
 * cancelled here; how they end is told to whoever asked for them.
 */
export class ObservedPulls implements Disposable {
  readonly #options: ObservedPullsOptions;
  #watches: readonly Disposable[] = [];
  #observed = new Map<string, Observed>();

  constructor(options: ObservedPullsOptions) {
    this.#options = options;
  }

  /** The runtimes to observe from now on. */
  setRuntimes(runtimes: readonly Runtime[]): void {
    this.dispose();
    this.#watches = runtimes.flatMap(({ pulls }) => pulls?.watch(() => this.#look(runtimes)) ?? []);
    this.#look(runtimes);
  }

  has(id: string): boolean {
    return this.#observed.has(id);
  }

  list(): DownloadStatus[] {
    const now = this.#options.clock.now();
    return [...this.#observed].map(([id, observed]) => statusOf(id, observed, now));
  }

  /** Has the runtime stop one. @throws RuntimeError */
  async cancel(id: string, signal: AbortSignal): Promise<void> {
    const observed = this.#observed.get(id);
    const { runtime, pull } = observed ?? {};
    if (runtime?.pulls === undefined || pull === undefined) return;
    const { pulls, id: host } = runtime;
    const limit = { host, limit: STOPPING_TIME, clock: this.#options.clock, signal };
    await inTime((own) => pulls.stop(pull.id, own), limit);
  }

  dispose(): void {
    for (const watch of this.#watches) watch.dispose();
    this.#watches = [];
  }

  #look(runtimes: readonly Runtime[]): void {
    const now = this.#options.clock.now();
    const before = this.#observed;
    this.#observed = new Map();
    for (const runtime of runtimes) {
      for (const pull of runtime.pulls?.running ?? []) {
        const id = `observed ${runtime.id} ${pull.id}`;
        const { since, speed } = before.get(id) ?? { since: now, speed: new SpeedMeter() };
        speed.note(now, pull.progress.bytes);
        this.#observed.set(id, { runtime, pull, since, speed });
      }
    }
    if (before.size > 0 || this.#observed.size > 0) this.#options.onDidChange();
  }
}

function statusOf(id: string, { pull, since, speed }: Observed, now: number): DownloadStatus {
  const { model, variant, progress } = pull;
  const bytesPerSecond = speed.speed(now);
  const left = progress.totalBytes === undefined ? undefined : progress.totalBytes - progress.bytes;
  return withoutUndefined({
    ...{ id, model, variant, revision: 'main', quantisation: quantisationOf(variant) },
    ...{ state: 'running' as const, phase: 'fetching' as const, target: 'cortex' as const },
    ...progress,
    bytesPerSecond: bytesPerSecond === undefined ? undefined : Math.round(bytesPerSecond),
    secondsLeft:
      left === undefined || bytesPerSecond === undefined || bytesPerSecond <= 0
        ? undefined
        : Math.ceil(left / bytesPerSecond),
    pausable: false,
    isOfOthers: true as const,
    createdAt: since,
  });
}
