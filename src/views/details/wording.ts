import type { Size, SourceKey } from '../../sync/model.ts';

/** How things are said in the language of the reader: passed in, because only the editor knows. */
export interface Wording {
  readonly t: (message: string, ...args: (string | number)[]) => string;
  /** `4.7 GB`, `≈ 4.7 GB` or `size unknown`. */
  readonly size: (size: Size) => string;
  /** `4.7 GB`. */
  readonly bytes: (bytes: number) => string;
  /** `38 %`. */
  readonly percent: (share: number) => string;
  /** `4 min`. */
  readonly duration: (seconds: number) => string;
  /** `1.2M`. */
  readonly count: (count: number) => string;
  /** Every digit: `32,768`. */
  readonly number: (value: number) => string;
  /** `3 min. ago`. */
  readonly age: (time: number, now: number) => string;
  /** `12 Aug 2025`. */
  readonly date: (time: number) => string;
  /** With the time of day. */
  readonly moment: (time: number) => string;
  readonly sourceName: (key: SourceKey) => string;
  readonly sourceKind: (key: SourceKey) => string;
}
