import type { Clock } from '../../sync/clock.ts';
import { DownloadError } from '../errors.ts';
import type { Promised } from '../file/answer.ts';
import { brokenOff, promisedBytes } from '../file/answer.ts';
import type { ByteSource, RangeAnswer } from '../file/location.ts';
import type { Range } from '../file/ranges.ts';
import { RangeSet } from '../file/ranges.ts';
import type { PlannedFile } from '../model.ts';
import { Pace } from './pace.ts';
import type { CacheAnswer, SharedCache } from './sharedCache.ts';

export interface CacheFirstOptions {
  readonly cache: SharedCache;
  readonly file: PlannedFile;
  /** Where the bytes are that the cache does not bring. */
  readonly origin: ByteSource;
  readonly clock: Clock;
}

/**
 * The bytes of a file from a team's cache, and from where they are published as soon as the cache
 * does not have them, fails, or is slow. What it brings is not proven: the digest of the whole file
 * does that.
 */
export class CacheFirst implements ByteSource {
  readonly #options: CacheFirstOptions;
  readonly #pace: Pace;
  readonly #open = new Set<CacheAnswer>();
  readonly #taken = new RangeSet();
  #isLookedFor = true;
  #knowsRanges = true;

  constructor(options: CacheFirstOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock, () => {
      options.cache.isTooSlow();
      for (const answer of this.#open) answer.end();
    });
  }

  get host(): string {
    const { cache, origin } = this.#options;
    return this.#isUsed ? cache.host : origin.host;
  }

  /** As the origin says it: a cache names bytes by themselves. */
  get etag(): string | undefined {
    return this.#options.origin.etag;
  }

  /** The bytes that came from the cache. */
  get taken(): RangeSet {
    return this.#taken;
  }

  /** Asks for parts only: a cache that knows no ranges would bring the whole file. */
  get inParts(): Pick<ByteSource, 'ask'> {
    return { ask: (range, signal) => this.#ask(range, signal, false) };
  }

  /** A cache that knows no ranges is used from the beginning of a file only. */
  async ask(range: Range, signal: AbortSignal): Promise<RangeAnswer> {
    return await this.#ask(range, signal, range.start === 0);
  }

  /**
   * What came from the cache is wrong: nothing more is taken from there.
   * @returns the bytes that came from it
   */
  distrust(): RangeSet {
    const { cache, file } = this.#options;
    const taken = new RangeSet(this.#taken.ranges);
    for (const range of taken.ranges) this.#taken.remove(range);
    cache.hasWrongBytes(file.digest.hex);
    this.#isLookedFor = false;
    return taken;
  }

  get #isUsed(): boolean {
    return this.#isLookedFor && this.#options.cache.isUsable;
  }

  async #ask(range: Range, signal: AbortSignal, takesWhole: boolean): Promise<RangeAnswer> {
    const isAsked = this.#isUsed && (this.#knowsRanges || takesWhole);
    const cached = isAsked ? await this.#cached(range, signal, takesWhole) : undefined;
    return cached ?? (await this.#options.origin.ask(range, signal));
  }

  async #cached(
    range: Range,
    signal: AbortSignal,
    takesWhole: boolean,
  ): Promise<RangeAnswer | undefined> {
    const { cache, file } = this.#options;
    const answer = await cache.ask({
      ...{ method: 'GET', sha256: file.digest.hex, signal },
      headers: { range: `bytes=${range.start}-${range.end - 1}` },
    });
    if (answer === undefined) {
      // It is not there, and will not be while it is fetched.
      this.#isLookedFor = false;
      return undefined;
    }
    const promised = this.#promised(answer, range);
    this.#knowsRanges = promised?.isRange ?? false;
    if (promised?.isRange === true || (promised !== undefined && takesWhole)) {
      const body = this.#body(answer, promised, signal);
      return { url: answer.url, response: { ...answer.response, body }, isCached: true };
    }
    answer.end();
    return undefined;
  }

  /** Undefined if these are not the bytes that were asked for; then the cache is dropped. */
  #promised(answer: CacheAnswer, range: Range): Promised | undefined {
    const { cache, file } = this.#options;
    try {
      const promised = promisedBytes(answer, range, file.size);
      if (promised.end >= range.end) return promised;
      // One that deals out a few bytes at a time would take for ever without ever being slow.
      throw brokenOff(cache.host);
    } catch (error) {
      if (DownloadError.is(error, 'changed')) cache.hasWrongBytes(file.digest.hex);
      else cache.failed(error);
      return undefined;
    }
  }

  /** What the cache brings of an answer; where it fails, the origin goes on. */
  async *#body(
    answer: CacheAnswer,
    { start, end, isRange, isFramed }: Promised,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const { cache } = this.#options;
    let at = start;
    this.#open.add(answer);
    try {
      for await (const piece of this.#paced(answer)) {
        const own = piece.subarray(0, end - at);
        this.#take(at, own.length);
        at += own.length;
        yield own;
        // What comes to no end by itself is left; the connection of what does is used again.
        if (at === end && !isFramed) return;
      }
    } catch (error) {
      if (signal.aborted) throw error;
      cache.failed(error);
    } finally {
      this.#open.delete(answer);
      answer.end();
    }
    if (at === end) return;
    cache.failed(brokenOff(cache.host));
    if (!isRange) throw brokenOff(cache.host);
    yield* this.#rest({ start: at, end }, signal);
  }

  async *#paced({ response }: CacheAnswer): AsyncGenerator<Uint8Array> {
    const pieces = response.body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#pace.wait(pieces.next(), ({ done, value }) =>
          done === true ? 0 : value.length,
        );
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await pieces.return?.();
    }
  }

  async *#rest(range: Range, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { origin, file } = this.#options;
    const answer = await origin.ask(range, signal);
    const { isRange } = promisedBytes(answer, range, file.size);
    if (!isRange) throw brokenOff(origin.host);
    yield* answer.response.body;
  }

  #take(start: number, bytes: number): void {
    this.#taken.add({ start, end: start + bytes });
    this.#options.cache.noteReceived(bytes);
  }
}
