/** Terms that are looked back on; before there are as many, everything is allowed. */
const WINDOW = 128;
/** Chunks that a term shall have on average: about half a megabyte. */
const WANTED = 8;
/** Known chunks are taken until the average is below this share of it, and again once it is reached. */
const HYSTERESIS = 0.5;

/** Keeps a file from falling into many short terms: known chunks in short runs are stored anew. */
export class Fragmentation {
  readonly #lengths: number[] = [];
  #sum = 0;
  #isTolerant = true;

  /** A new term begins with so many chunks. */
  begin(chunks: number): void {
    this.#lengths.push(chunks);
    this.#sum += chunks;
    if (this.#lengths.length > WINDOW) this.#sum -= this.#lengths.shift() ?? 0;
  }

  /** The last term goes on. */
  lengthen(chunks: number): void {
    this.#lengths[this.#lengths.length - 1] = (this.#lengths.at(-1) ?? 0) + chunks;
    this.#sum += chunks;
  }

  /** Whether a term of so many known chunks may begin. */
  allows(chunks: number): boolean {
    if (this.#lengths.length < WINDOW) return true;
    const average = this.#sum / this.#lengths.length;
    if (average >= WANTED * (this.#isTolerant ? HYSTERESIS : 1)) {
      this.#isTolerant = true;
      return true;
    }
    if (chunks >= average) return true;
    this.#isTolerant = false;
    return false;
  }
}
