import { RangeSet } from './ranges.ts';

const MIB = 1024 * 1024;
/** Answers that cross from the editor's own network stack may have 64 MiB at most. */
const LONGEST = 32 * MIB;
const SHORTEST = 8 * MIB;
const PIECES = 64;
/** Less than that is not worth a request of its own. */
const SMALLEST_PART = 256 * 1024;
/** A piece that will be there within so many ms is left to whoever fetches it. */
const PATIENCE = 1_000;

/** A part of the file that one connection fetches. */
export interface Piece {
  readonly start: number;
  /** Comes closer when another connection takes over the rest. */
  end: number;
  /** Up to where it was received. */
  position: number;
  /** When it was asked for, in ms since 1970. */
  readonly since: number;
  /** Others fetch all that is left of it. */
  isTakenOver: boolean;
}

/** Hands out the parts of a file, from the front to the end. */
export class Pieces {
  readonly #size: number;
  readonly #written: RangeSet;
  readonly #running = new Set<Piece>();
  /** Of the last part that came, in bytes per ms. */
  #speed = 0;

  /** @param written what is there; asked again each time */
  constructor(size: number, written: RangeSet) {
    this.#size = size;
    this.#written = written;
  }

  /** The next part that nobody fetches; undefined if there is none. */
  next(now: number): Piece | undefined {
    const taken = new RangeSet([...this.#written.ranges, ...this.#running]);
    const gap = taken.firstGap(this.#size);
    if (gap === undefined) return undefined;
    const length = Math.min(LONGEST, Math.max(SHORTEST, Math.ceil(this.#size / PIECES)));
    return this.#begin(gap.start, Math.min(gap.end, gap.start + length), now);
  }

  /**
   * Takes over the rest of the part that would come last, so that both come at the same time. Of
   * one that hardly moves nothing is left.
   */
  steal(now: number): Piece | undefined {
    const speeds = new Map([...this.#running].map((piece) => [piece, speedOf(piece, now)]));
    const own = Math.max(this.#speed, ...speeds.values());
    if (!(own > 0)) return undefined;
    const slowest = [...speeds]
      .filter(([piece, speed]) => {
        const rest = piece.end - piece.position;
        return now - piece.since > PATIENCE && rest > SMALLEST_PART && rest > speed * PATIENCE;
      })
      .sort(([a, x], [b, y]) => (b.end - b.position) / y - (a.end - a.position) / x)[0];
    if (slowest === undefined) return undefined;
    const [piece, speed] = slowest;
    const { position, end } = piece;
    const share = Math.floor(((end - position) * speed) / (speed + own));
    if (share < SMALLEST_PART) takeOver(piece);
    else piece.end = position + share;
    return this.#begin(piece.end, end, now);
  }

  /** One body brings the whole file: nothing is left for others while it runs. */
  takeAll(piece: Piece, now: number): Piece {
    this.release(piece, now);
    return this.#begin(0, this.#size, now);
  }

  /** A part is not fetched any more; what was not written of it is handed out again. */
  release(piece: Piece, now: number): void {
    this.#running.delete(piece);
    if (piece.position > piece.start) this.#speed = speedOf(piece, now);
  }

  #begin(start: number, end: number, since: number): Piece {
    const piece = { start, end, position: start, since, isTakenOver: false };
    this.#running.add(piece);
    return piece;
  }
}

/** Nothing more is wanted of a part. */
export function takeOver(piece: Piece): void {
  piece.end = piece.position;
  piece.isTakenOver = true;
}

/** Bytes per ms. */
function speedOf({ start, position, since }: Piece, now: number): number {
  return (position - start) / Math.max(1, now - since);
}
