/** Bytes `[start, end)`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A set of byte positions, held as ranges that neither overlap nor touch, in their order. */
export class RangeSet {
  #ranges: Range[] = [];

  constructor(ranges: Iterable<Range> = []) {
    const sorted = [...ranges].sort((a, b) => a.start - b.start);
    for (const { start, end } of sorted) {
      const last = this.#ranges.at(-1);
      if (end <= start) continue;
      if (last === undefined || start > last.end) this.#ranges.push({ start, end });
      else if (end > last.end) this.#ranges.splice(-1, 1, { start: last.start, end });
    }
  }

  /** In their order. */
  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  /** How many bytes are in the set. */
  get bytes(): number {
    return this.#ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Up to where all bytes from 0 are in the set. */
  get front(): number {
    const [first] = this.#ranges;
    return first?.start === 0 ? first.end : 0;
  }

  add(range: Range): void {
    if (range.end <= range.start) return;
    const before = this.#ranges.filter(({ end }) => end < range.start);
    const after = this.#ranges.filter(({ start }) => start > range.end);
    const touched = this.#ranges.slice(before.length, this.#ranges.length - after.length);
    const start = Math.min(range.start, touched[0]?.start ?? range.start);
    const end = Math.max(range.end, touched.at(-1)?.end ?? range.end);
    this.#ranges = [...before, { start, end }, ...after];
  }

  remove(range: Range): void {
    if (range.end <= range.start) return;
    this.#ranges = this.#ranges.flatMap(({ start, end }) =>
      [
        { start, end: Math.min(end, range.start) },
        { start: Math.max(start, range.end), end },
      ].filter((rest) => rest.start < rest.end),
    );
  }

  has({ start, end }: Range): boolean {
    return this.#ranges.some((one) => one.start <= start && end <= one.end);
  }

  /** What of a range is not in the set, in its order. */
  missing({ start, end }: Range): readonly Range[] {
    const gaps: Range[] = [];
    let at = start;
    for (const range of this.#ranges) {
      if (range.start >= end) break;
      if (range.start > at) gaps.push({ start: at, end: range.start });
      at = Math.max(at, range.end);
    }
    if (at < end) gaps.push({ start: at, end });
    return gaps;
  }

  /** What of other ranges is in the set. */
  within(others: readonly Range[]): readonly Range[] {
    return others.flatMap((other) =>
      this.#ranges
        .map(({ start, end }) => ({
          start: Math.max(start, other.start),
          end: Math.min(end, other.end),
        }))
        .filter(({ start, end }) => start < end),
    );
  }

  /** The first run of bytes below `limit` that are not in the set. */
  firstGap(limit: number): Range | undefined {
    let start = 0;
    for (const range of this.#ranges) {
      if (range.start > start) break;
      start = range.end;
    }
    if (start >= limit) return undefined;
    const next = this.#ranges.find((range) => range.start > start);
    return { start, end: Math.min(limit, next?.start ?? limit) };
  }

  /** The same without what lies at or above `limit`. */
  below(limit: number): RangeSet {
    return new RangeSet(
      this.#ranges.map(({ start, end }) => ({ start, end: Math.min(end, limit) })),
    );
  }
}
